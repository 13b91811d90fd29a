"""Train a generator against a discriminator."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sqlalchemy.exc import DatabaseError

from core.analysis.gan.point_clouds import grid_divergences
from core.datasets import Prepared
from core.datasets.dataset import Progress
from core.datasets.points.points import LIMIT
from core.errors import GlassboxError
from core.explain.samples import Samples
from core.explain.stages import Stages
from core.families import Family
from core.families.gan.config import GanConfig
from core.families.gan.fight import fight, real_rows
from core.families.gan.layers import HALF_RANGE
from core.families.gan.noise import MESH, draw_noise, fixed_noise, mesh_noise
from core.figures.network.frame import MOST_EXAMPLES, Frame, make_frame
from core.jobs.work import Work
from core.layers import NetworkSpec
from core.models.network import build_network, freeze, plain_copy, steer_dropout
from core.runs.gan_quality import judge_if_possible
from core.schedule.split import evenly_spread
from core.training.batches import Batches
from core.training.gan.losses import OBJECTIVES, gradient_penalty, r1_penalty
from core.training.optimizers import Adam
from core.training.step import Trainee

SNAPSHOTS = 30  # evenly spread snapshots of a run, besides those of every run
UNSEEN = 128  # unseen real examples for measuring D
ARROWS = 60
ARROW = 0.2  # length of the longest arrow, in units of the plane
BINS = 30  # per axis, for the divergences


class Gan(Trainee):
    """A generator and a discriminator with their data.

    Args:
        family: Defines the layers.
        config: The run's settings.
        data: The prepared arrays.
        policy: Keras dtype policy.
        tell: Unused progress callback; every trainee takes one.
        frozen: Layers that are not trained, as users see them.
    """

    config: GanConfig
    SAVES_EPOCHS = False
    STEP_COST = 2.5

    def __init__(
        self,
        family: Family,
        config: GanConfig,
        data: Prepared,
        policy: str,
        tell: Progress = lambda words, share: None,
        frozen: Collection[str] = (),
    ) -> None:
        super().__init__(("d_loss", "g_loss", "d_real", "d_fake", "d_gradient_norm", "g_gradient_norm"))
        self.config, self.data_spec = config, data.spec
        specs = {network.id: network for network in family.networks(config, data.spec)}
        built = {name: _for_training(network, policy) for name, network in specs.items()}
        for name, network in built.items():
            freeze(network, specs[name].specs, frozen)
        self._specs, self._family = specs, family
        self._generator, self._discriminator = built["generator"], built["discriminator"]
        self._shown = self._generator
        if config.average:
            self._shown = _for_training(specs["generator"], policy)
            self._shown.set_weights(self._generator.get_weights())
        self.networks = {"generator": self._shown, "discriminator": self._discriminator}
        self._num_classes = config.num_classes(data.spec)
        self._scale = HALF_RANGE if data.spec.is_image else 1.0
        self._objectives, self._target = OBJECTIVES[config.loss], 1.0 - config.label_smoothing
        self._steps_done = self.add_weight(shape=(), initializer="zeros", trainable=False, dtype="int64", name="done")
        self.plan = config.plan(data.spec)
        arrays = (np.asarray(data.x_train), np.asarray(data.y_train).astype(np.int32))
        self.batches = Batches(arrays, self.plan, config.seed)
        rows = evenly_spread(np.arange(len(data.y_test)), UNSEEN)  # the user's own photos are sorted by class
        self._unseen_batch = (
            np.array(data.x_test[rows]).astype(np.float32),
            np.array(data.y_test[rows]).astype(np.int32),
        )
        self._noise, self._mesh = fixed_noise(config, data.spec), mesh_noise(config, data.spec)
        self._data, self._real_spread = data, max(spread(np.array(data.x_test[real_rows(data)])), 1e-12)
        self._unseen = np.array(data.x_test) if not data.spec.is_image else None
        self._samples = Samples(self._shown)
        self._stages = {name: Stages(network) for name, network in self.networks.items()}
        self._scores = tf.function(self._measure, reduce_retracing=True)
        steered = {"g": config.g_optimizer, "d": config.d_optimizer}
        self._g_optimizer, self._d_optimizer = (
            _optimizer(steered[side], getattr(config, f"{side}_learning_rate"), config.beta_1) for side in "gd"
        )
        self.compile(optimizer=self._d_optimizer, jit_compile=False)
        self._g_optimizer.build(self._generator.trainable_variables)
        self._d_optimizer.build(self._discriminator.trainable_variables)

    @property
    def optimizers(self) -> Sequence[keras.optimizers.Optimizer]:
        """The optimisers of D and G."""
        return [self._d_optimizer, self._g_optimizer]

    @property
    def updates(self) -> keras.Variable:
        """Number of steps done; either network may rest in a step."""
        return self._steps_done

    def count_from(self, step: int) -> None:
        """Count steps on from `step`, whatever the optimisers have counted."""
        self._steps_done.assign(step)

    def steer(self, config: Any) -> None:
        """Let these settings hold from the next step on; only those of `dials_of` may differ from the run's own."""
        for network in self._family.networks(config, self.data_spec):
            steer_dropout({"generator": self._generator}.get(network.id, self.networks[network.id]), network.specs)
        self._g_optimizer.learning_rate = config.g_learning_rate
        self._d_optimizer.learning_rate = config.d_learning_rate

    def holders(self, name: str) -> Sequence[keras.Model]:
        """Return the networks that hold the weights of a saved network: of the generator also the one that trains."""
        return [self._shown, self._generator] if name == "generator" else [self.networks[name]]

    def start_from_saved(self) -> None:
        """Let the generator that trains start from the average that was saved."""
        self._generator.set_weights(self._shown.get_weights())

    # One step

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Run one step on examples (n, ...) and labels int32 (n,)."""
        x, y = tf.cast(data[0], tf.float32), data[1]
        numbers = self._in_turns(x, y) if self.config.takes_turns else self._together(x, y)
        self._steps_done.assign_add(1)
        self.remember(*numbers)
        return {"loss": numbers[0]}

    def _together(self, real: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Update both networks from D's scores of the same generated examples, with one generator pass."""
        with tf.GradientTape(persistent=True) as tape:
            fake = self._make(labels, 0)
            d_loss, on_real, on_fake = self._d_loss(real, fake, labels, 0)
            g_loss = self._objectives.of_generator(on_fake)
        d_norm = self._apply(self._d_optimizer, tape, d_loss, self._discriminator.trainable_variables)
        g_norm = self._apply(self._g_optimizer, tape, g_loss, self._generator.trainable_variables)
        self._update_ema()
        return d_loss, g_loss, self._answer(on_real), self._answer(on_fake), d_norm, g_norm

    def _in_turns(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Update D `d_updates` times, each on new real examples, then G `g_updates` times."""
        size, zero = self.config.batch_size, tf.constant(0.0)
        real, labels = x[:size], y[:size]
        d_norm = g_norm = zero
        for turn in range(self.config.d_updates):
            real, labels = (array[turn * size : (turn + 1) * size] for array in (x, y))
            fake = self._make(labels, turn)
            with tf.GradientTape() as tape:
                d_loss, on_real, on_fake = self._d_loss(real, fake, labels, turn)
            d_norm = self._apply(self._d_optimizer, tape, d_loss, self._discriminator.trainable_variables)
        if not self.config.d_updates:
            d_loss, on_real, on_fake = self._d_loss(real, self._make(labels, 0), labels, 0)
        g_loss = self._objectives.of_generator(on_fake)
        for turn in range(self.config.g_updates):
            with tf.GradientTape() as tape:
                fake = self._make(labels, 100 + turn)
                g_loss = self._objectives.of_generator(self._score(self._blur(fake, 200 + turn), labels))
            g_norm = self._apply(self._g_optimizer, tape, g_loss, self._generator.trainable_variables)
        self._update_ema()
        return d_loss, g_loss, self._answer(on_real), self._answer(on_fake), d_norm, g_norm

    def _d_loss(
        self, real: tf.Tensor, fake: tf.Tensor, labels: tf.Tensor, turn: int
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return D's loss with penalties, and its scores of real and generated examples."""
        config = self.config
        real, fake = self._blur(real, 300 + turn), self._blur(fake, 400 + turn)
        on_real, on_fake = self._score(real, labels), self._score(fake, labels)
        loss = self._objectives.of_discriminator(on_real, on_fake, self._target)
        if config.objective.has_gradient_penalty and config.penalty:
            shares = self._chance((tf.shape(real)[0],), 500 + turn, uniform=True)
            between = gradient_penalty(lambda x: self._score(x, labels), real, fake, shares, self._scale)
            loss += config.penalty * between
        if config.r1:
            loss += config.r1 * r1_penalty(lambda x: self._score(x, labels), real, self._scale)
        return loss, on_real, on_fake

    def _make(self, labels: tf.Tensor, turn: int) -> tf.Tensor:
        """Generate one example per label; a resting generator keeps its batch statistics too."""
        return self._generator(self._draw(labels, turn), training=self.config.g_updates > 0)

    def _score(self, x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Return D's scores; a resting discriminator keeps its batch statistics too."""
        scores = tf.cast(self._discriminator(x, training=self.config.d_updates > 0), tf.float32)
        return tf.gather(scores, labels, batch_dims=1) if self._num_classes else scores[:, 0]

    def _draw(self, labels: tf.Tensor, turn: int) -> tf.Tensor:
        """Draw noise for these labels, with their one-hot classes if conditional."""
        noise = self._chance((tf.shape(labels)[0], self.config.latent), turn, uniform=self.config.noise == "uniform")
        if self.config.noise == "uniform":
            noise = 2 * noise - 1
        return tf.concat([noise, tf.one_hot(labels, self._num_classes)], 1) if self._num_classes else noise

    def _blur(self, x: tf.Tensor, turn: int) -> tf.Tensor:
        """Add instance noise (Sonderby et al., 2017)."""
        width = self.config.instance_noise * self._scale
        return x + width * self._chance(tf.shape(x), turn) if width else x

    def _chance(self, shape: tuple[tf.Tensor | int, ...] | tf.Tensor, turn: int, *, uniform: bool = False) -> tf.Tensor:
        """Draw random numbers from seed, step and turn alone, so that a resumed run continues exactly."""
        seed = tf.stack([tf.constant(self.config.seed, tf.int64) + 10_000 * turn, self._steps_done.value])
        draw = tf.random.stateless_uniform if uniform else tf.random.stateless_normal
        return draw(shape, seed)

    @staticmethod
    def _apply(
        optimizer: keras.Optimizer, tape: tf.GradientTape, loss: tf.Tensor, weights: Sequence[keras.Variable]
    ) -> tf.Tensor:
        gradients = tape.gradient(loss, weights)
        optimizer.apply(gradients, weights)
        return tf.linalg.global_norm(gradients)

    def _update_ema(self) -> None:
        """Update the moving average of the generator; faster at first, as early weights are noise."""
        if self._shown is self._generator:
            return
        done = tf.cast(self._steps_done.value, tf.float32)
        ema_decay = tf.minimum(self.config.average, (1 + done) / (10 + done))
        for shown_one, trained in zip(self._shown.variables, self._generator.variables, strict=True):
            if "float" in str(trained.dtype):
                apart = shown_one.value - trained.value
                tf.raw_ops.ResourceApplyGradientDescent(var=shown_one.value.handle, alpha=1 - ema_decay, delta=apart)

    def _answer(self, scores: tf.Tensor) -> tf.Tensor:
        """Return D's mean belief that examples are real, 0 to 1; the mean score where scores are no probabilities."""
        share = self.config.objective.real_share(scores, tf.experimental.numpy)
        return tf.reduce_mean(scores if share is None else share)

    # Measurements and views

    def first_numbers(self) -> dict[str, float]:
        """Return the untrained networks' losses on the first batch."""
        x, y = self.batches.batch(tf.constant(0, tf.int64))
        on_real, on_fake = self._scores(tf.cast(x, tf.float32), y)
        d_loss = self._objectives.of_discriminator(on_real, on_fake, self._target)
        g_loss = self._objectives.of_generator(on_fake)
        answers = {"d_real": float(self._answer(on_real)), "d_fake": float(self._answer(on_fake))}
        return {"d_loss": float(d_loss), "g_loss": float(g_loss), **answers}

    def _measure(self, real: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return D's scores of real and as many generated examples, in inference mode."""
        fake = self._shown(self._draw(labels, 600), training=False)
        found = []
        for x in (real, fake):
            scores = tf.cast(self._discriminator(x, training=False), tf.float32)
            found.append(tf.gather(scores, labels, batch_dims=1) if self._num_classes else scores[:, 0])
        return found[0], found[1]

    def is_snapshot_due(self, before: int, after: int) -> bool:
        """Return whether a film frame is due in (before, after]."""
        every = max(1, self.plan.total_steps // SNAPSHOTS)
        return after // every > before // every

    def snapshot_metrics(self) -> dict[str, float]:
        """Return D's accuracy on unseen examples, and the samples' diversity; for points also divergences."""
        on_real, on_fake = (scores.numpy() for scores in self._scores(*self._unseen_batch))
        right = self.config.objective.d_accuracy(on_real, on_fake)
        made = next(iter(self._samples(self._noise).values()))
        numbers = {"val_d_accuracy": right, "val_diversity": spread(made) / self._real_spread}
        if self._unseen is not None:
            many = self._samples(draw_noise(self.config, self._num_classes, len(self._unseen), self.config.seed + 1))
            bounds = ((-LIMIT, LIMIT), (-LIMIT, LIMIT))
            if not np.isfinite(many["plane/fake"]).all():
                return {**numbers, "val_kl": math.inf}
            apart = grid_divergences(self._unseen, many["plane/fake"], BINS, bounds)
            numbers |= {"val_kl": apart.kl, "val_js": apart.js}
        return {name: round(value, 5) for name, value in numbers.items()}

    def frame(self) -> Frame:
        """Return what both networks make of noise and of each other."""
        count = MOST_EXAMPLES if self.data_spec.is_image else None
        return make_frame(self._fight(count), None, self.data_spec)

    def _fight(self, count: int | None = None) -> dict[str, np.ndarray]:
        return fight(lambda network, given: self._stages[network](given), self.config, self._data, count)

    def views(self) -> dict[str, np.ndarray]:
        """Return samples of the fixed noise and D's verdict; for points also D's answers over the plane."""
        seen = self._fight()
        return seen if self.data_spec.is_image else {**seen, **self._plane(seen["plane/fake"])}

    def _plane(self, made: np.ndarray) -> dict[str, np.ndarray]:
        at = tf.constant(made[:ARROWS])
        with tf.GradientTape() as tape:
            tape.watch(at)
            total = tf.reduce_sum(self._discriminator(at, training=False)[:, 0])
        way = tape.gradient(total, at).numpy()
        longest = max(float(np.linalg.norm(way, axis=1).max()), 1e-12)
        mesh = self._samples(self._mesh)["plane/fake"]
        return {
            "plane/arrows": ARROW * way / longest,
            "plane/mesh": mesh.reshape(-1, MESH, 2),
        }

    def finish(self, work: Work) -> dict[str, object]:
        """Save both networks in float32, request an evaluation, and return the last metrics."""
        for name, network in self.networks.items():
            plain = plain_copy(network, self._specs[name].specs, self._specs[name])
            with work.files.replacing(work.files.network(name)) as temporary:
                plain.save(temporary)
        with suppress(GlassboxError, DatabaseError):  # the training succeeded, whether or not it can be evaluated
            judge_if_possible(work.store, work.run)
        seen = {name.removeprefix("val_"): value for name, value in self.snapshot_metrics().items()}
        return {f"{name}_last": value if math.isfinite(value) else None for name, value in seen.items()}


def spread(examples: np.ndarray) -> float:
    """Return the mean pairwise distance of examples (n, ...); infinite unless all are finite."""
    if len(examples) < 2:
        return 0.0
    flat = examples.reshape(len(examples), -1).astype(np.float32)
    if not np.isfinite(flat).all():
        return math.inf
    # Row by row: a matrix product competes with TensorFlow's threads and takes ten times as long.
    total = sum(float(np.sqrt(((flat - row) ** 2).sum(1)).sum()) for row in flat)
    return total / (len(flat) * (len(flat) - 1))


def _for_training(network: NetworkSpec, policy: str) -> keras.Model:
    return build_network(network.specs, network, policy=policy, fast=True)


def _optimizer(word: str, rate: float, memory: float) -> keras.optimizers.Optimizer:
    if word == "adam":
        return Adam(learning_rate=rate, beta_1=memory)
    if word == "rmsprop":
        return keras.optimizers.RMSprop(learning_rate=rate)
    return keras.optimizers.SGD(learning_rate=rate, momentum=memory)
