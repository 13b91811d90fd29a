"""Train a plain Keras DCGAN on MNIST, as in tutorials: a `train_step` that runs the generator twice.

    python benchmarks/baselines/plain_keras_gan.py mnist.npz [--steps 400]

The networks are those of the preset `digits_30s`. Prints one JSON line: steps per second without the first 20.
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

LATENT, BATCH, WARM = 64, 64, 20


def generator() -> keras.Model:
    """Return the generator: noise (n, 64) to images (n, 28, 28, 1) in -1 to 1."""
    x = noise = keras.Input((LATENT,))
    x = layers.Reshape((7, 7, 64))(layers.Dense(7 * 7 * 64, activation="relu")(x))
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.Conv2DTranspose(32, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    return keras.Model(noise, layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="tanh")(x))


def discriminator() -> keras.Model:
    """Return the discriminator: images (n, 28, 28, 1) to scores (n, 1)."""
    x = image = keras.Input((28, 28, 1))
    for filters in (32, 64):
        x = layers.Conv2D(filters, 5, strides=2, padding="same", activation="leaky_relu")(x)
        x = layers.BatchNormalization(momentum=0.8)(x)
    return keras.Model(image, layers.Dense(1)(layers.Flatten()(x)))


class Gan(keras.Model):
    """Generator and discriminator with their training step."""

    def __init__(self) -> None:
        super().__init__()
        self.generator, self.discriminator = generator(), discriminator()
        self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, d_optimizer: keras.optimizers.Optimizer, g_optimizer: keras.optimizers.Optimizer) -> None:
        """Set an optimiser for each network."""
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def train_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        """Update D, then G, each with newly made images."""
        size = tf.shape(real)[0]
        fake = self.generator(tf.random.normal((size, LATENT)), training=True)
        with tf.GradientTape() as tape:
            on_real, on_fake = self.discriminator(real, training=True), self.discriminator(fake, training=True)
            d_loss = self.loss_of(0.8 * tf.ones_like(on_real), on_real) + self.loss_of(tf.zeros_like(on_fake), on_fake)
        weights = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        with tf.GradientTape() as tape:
            answer = self.discriminator(self.generator(tf.random.normal((size, LATENT)), training=True), training=True)
            g_loss = self.loss_of(tf.ones_like(answer), answer)
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


class Clock(keras.callbacks.Callback):
    """A clock that starts after the first `WARM` steps."""

    began = 0.0

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Start the clock after step `WARM`."""
        if batch + 1 == WARM:
            self.began = time.perf_counter()


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz")
    parser.add_argument("--steps", type=int, default=400)
    options = parser.parse_args()
    images = np.load(options.npz)["x_train"][..., None].astype(np.float32) / 127.5 - 1
    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(10_000).batch(BATCH, drop_remainder=True).repeat()
    gan, clock = Gan(), Clock()
    gan.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), keras.optimizers.Adam(2e-3, beta_1=0.5))
    gan.fit(batches, steps_per_epoch=options.steps, epochs=1, verbose=0, callbacks=[clock])
    print(json.dumps({"steps_per_s": round((options.steps - WARM) / (time.perf_counter() - clock.began), 2)}))


if __name__ == "__main__":
    main()
