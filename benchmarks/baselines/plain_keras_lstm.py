"""Train a plain Keras LSTM on the next character: what a user would run instead of Glassbox.

`model.fit` and nothing else. The first epoch, which also traces the graph, does not count. Prints one JSON line:
steps_per_s and steps_per_cpu_s, over as many whole epochs as fit into --seconds.

    python plain_keras_lstm.py arrays.npz [--steps-per-execution 20] [--unroll] [--policy mixed_bfloat16] [--seconds 20]
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

parser = argparse.ArgumentParser()
parser.add_argument("npz")
parser.add_argument("--steps-per-execution", type=int, default=1)
parser.add_argument("--unroll", action="store_true")
parser.add_argument("--policy", default="float32")
parser.add_argument("--seconds", type=float, default=20.0)
args = parser.parse_args()

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
keras.config.set_dtype_policy(args.policy)
data = np.load(args.npz)
x, y, tokens = data["x"], data["y"], int(data["tokens"])
model = keras.Sequential(
    [
        keras.Input(x.shape[1:], dtype="int32"),
        layers.Embedding(tokens, 64),
        layers.LSTM(128, return_sequences=True, unroll=args.unroll),
        layers.Dense(tokens, dtype="float32"),
    ]
)
model.compile(
    keras.optimizers.Adam(1e-2, global_clipnorm=1.0),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
    steps_per_execution=args.steps_per_execution,
)
model.fit(x, y, batch_size=64, epochs=1, verbose=0)
steps, began, cpu = 0, time.perf_counter(), time.process_time()
while time.perf_counter() - began < args.seconds:
    model.fit(x, y, batch_size=64, epochs=1, verbose=0)
    steps += -(-len(x) // 64)
took, spent = time.perf_counter() - began, time.process_time() - cpu
print(json.dumps({"steps_per_s": round(steps / took, 2), "steps_per_cpu_s": round(steps / spent, 2)}))
