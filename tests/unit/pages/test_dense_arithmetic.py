"""What the browser computes of a network of dense layers, from its weights alone, is what Keras computes."""

import json
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

from core.datasets.features import PLANE, Column, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.families.mlp import MlpConfig
from core.families.mlp.config import build_networks
from core.figures.network.dense import dense_layers, flat
from core.layers.blocks import ACTIVATIONS, BatchNorm, Dense, Dropout, LayerNorm
from core.layers.derived import TITLES
from core.models.network import build_network
from core.training.snapshots import weights_of

CODE = Path(__file__).parents[3] / "pages/_ui/components"
COUNT = 7
RUN = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(({ layers, inputs, weights, given, count }) => {
  const { tensors, size } = tensorsOf(layers, inputs);
  const made = forward(layers, tensors, Float32Array.from(weights), Float32Array.from(given), count);
  return { size, names: tensors.map(({ name }) => name), made: made.map(({ values }) => Array.from(values)) };
})));
"""
TABLE = Vector((Column("age", mean=40.0, spread=12.0), Column("colour", ("red", "blue"), 0.4, 0.5)))
SPECS = {
    "classes": DataSpec(TABLE, Classes(("a", "b", "c")), 10, 10),
    "number": DataSpec(TABLE, Number("price", "EUR", 50.0, 7.0), 10, 10),
    "points": DataSpec(PLANE, Classes(("a", "b")), 10, 10),
}


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_the_browsers_network_is_keras_network_layer_by_layer_with_every_activation() -> None:
    keras.utils.set_random_seed(5)
    random = np.random.default_rng(5)
    bends = [Dense(units=4, activation=name) for name in ACTIVATIONS]
    whole = (BatchNorm(), *bends[:5], LayerNorm(), Dropout(), *bends[5:], BatchNorm())
    asked: list[dict[str, object]] = []
    expected: list[tuple[list[str], list[np.ndarray]]] = []
    for spec in SPECS.values():
        for layers in ((), whole):
            inputs = ",".join(TITLES) if spec.features.is_point else "x,y"
            [described] = build_networks(MlpConfig(layers=layers, inputs=inputs), spec)
            network = build_network(described.specs, described, fast=True)
            for weight in network.weights:
                weight.assign(random.uniform(0.2 if "variance" in weight.path else -0.9, 0.9, weight.shape))
            width = spec.input_shape[0]
            x = random.normal((40, 0, 0)[-width:], (12, 1, 1)[-width:], (COUNT, width)).astype(np.float32)
            sent = dense_layers([described])
            assert sent is not None
            weights = flat(weights_of(network))
            assert weights.size == network.count_params()
            given = {"layers": sent, "inputs": width, "weights": weights.tolist(), "given": x.T.ravel().tolist()}
            asked.append({**given, "count": COUNT})
            seen = [layer.output for layer in network.layers[1:] if not layer.name.startswith("derived_")]
            reader = keras.Model(network.input, seen)
            paths = ["/".join(weight.path.split("/")[-2:]) for weight in network.weights]
            expected.append((paths, [np.asarray(one).T.ravel() for one in reader(x, training=False)]))
    script = "\n".join((CODE / name).read_text() for name in ("layers/arithmetic.js", "graph/dense.js")) + RUN
    done = subprocess.run(["node", "-e", script], input=json.dumps(asked), capture_output=True, text=True, check=True)
    for found, (paths, made) in zip(json.loads(done.stdout), expected, strict=True):
        assert found["names"] == paths
        for ours, keras_own in zip(found["made"], made, strict=True):
            np.testing.assert_allclose(ours, keras_own, rtol=2e-4, atol=2e-4)
