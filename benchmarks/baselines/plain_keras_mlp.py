"""Train a plain Keras multilayer perceptron: what a user would run instead of Glassbox.

`model.fit` and nothing else: Adam, softmax, arrays of float32 in memory. The first epoch, which also traces the graph,
does not count. Prints one JSON line: steps_per_s, over as many whole epochs as fit into --seconds.

    python plain_keras_mlp.py arrays.npz --layers 8,8 --batch 10 [--seconds 5]
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

parser = argparse.ArgumentParser()
parser.add_argument("npz")
parser.add_argument("--layers", required=True)
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--seconds", type=float, default=5.0)
args = parser.parse_args()

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(args.npz)
x, y = data["x_train"].astype("float32"), data["y_train"].astype("int32")
hidden = [layers.Dense(int(units), activation="tanh") for units in args.layers.split(",")]
model = keras.Sequential([keras.Input(x.shape[1:]), *hidden, layers.Dense(int(y.max()) + 1, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=args.batch, epochs=1, verbose=0)
steps, began = 0, time.perf_counter()
while time.perf_counter() - began < args.seconds:
    model.fit(x, y, batch_size=args.batch, epochs=5, verbose=0)
    steps += 5 * -(-len(x) // args.batch)
print(json.dumps({"steps_per_s": round(steps / (time.perf_counter() - began))}))
