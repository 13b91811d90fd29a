"""Every value of every kind of layer, written out by the page's own arithmetic and by NumPy, is the network's."""

import json
from collections.abc import Iterator
from pathlib import Path as File

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from core.errors import ProbeError
from core.explain.arithmetic import ingredients
from core.explain.arithmetic.path import Path, UnitPath
from core.families.gan.layers import DISCRIMINATOR_BLOCKS, GENERATOR_BLOCKS
from core.families.mlp import MLP_BLOCKS
from core.layers.blocks import LAYER_BLOCKS, to_specs

CODE = File(__file__).parents[4] / "pages/_ui/components/layers/arithmetic.js"
L = keras.layers


def image_network() -> keras.Model:
    """A network with each kind of layer that maps go through, and each activation."""
    given = keras.Input((13, 11, 2), dtype="uint8", name="input")
    x = L.Rescaling(1 / 255, name="rescale")(given)
    x = L.Conv2D(6, (5, 3), padding="same", activation="gelu", name="conv")(x)
    x = L.Conv2D(4, 3, strides=2, groups=2, activation="elu", name="grouped")(x)
    x = L.Conv2D(4, 2, dilation_rate=2, padding="same", activation="leaky_relu", use_bias=False, name="dilated")(x)
    x = L.LayerNormalization(name="layer_norm")(x)
    x = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="selu", name="depthwise")(x)
    y = L.SeparableConv2D(8, 3, padding="same", activation="silu", name="separable")(x)
    x = L.Add(name="add")([x, y])
    x = L.Concatenate(name="join")([x, y])
    x = L.BatchNormalization(name="batch_norm")(x)
    x = L.Activation("tanh", name="bend")(x)
    x = L.Conv2DTranspose(5, 3, strides=2, padding="same", activation="relu6", name="up_same")(x)
    x = L.Conv2DTranspose(5, 3, strides=2, activation="softplus", name="up")(x)
    x = L.UpSampling2D(2, name="repeat")(x)
    x = L.Cropping2D(((1, 2), (0, 1)), name="crop")(x)
    x = L.MaxPooling2D(3, 2, padding="same", name="most")(x)
    x = L.AveragePooling2D(2, 2, padding="same", name="mean")(x)
    tops = [L.GlobalMaxPooling2D(name="global_most")(x), L.GlobalAveragePooling2D(name="global_mean")(x)]
    flat = L.Dropout(0.5, name="drop")(L.Flatten(name="flat")(x))
    tops.append(L.Dense(3, activation="sigmoid", name="dense")(flat))
    x = L.Concatenate(name="tops")(tops)
    x = L.Dense(4, name="logits")(x)
    return keras.Model(given, L.Activation("softmax", name="probabilities")(x))


def row_network() -> keras.Model:
    given = keras.Input((4,), name="input")
    x = L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 0.25, 9.0], name="standardise")(given)
    x = L.BatchNormalization(name="batch_norm")(L.Dense(5, activation="relu", name="dense")(x))
    return keras.Model(given, L.Dense(3, activation="softmax", name="answer")(x))


@pytest.fixture(scope="module")
def networks() -> list[tuple[keras.Model, np.ndarray]]:
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(3)
    found = [
        (image_network(), random.integers(0, 256, (13, 11, 2), dtype=np.uint8)),
        (row_network(), random.normal(size=4).astype(np.float32)),
    ]
    for network, _ in found:
        for weight in network.weights:
            if weight.path.rpartition("/")[2] in ("bias", "gamma", "beta", "moving_mean", "moving_variance"):
                weight.assign(random.uniform(0.1, 1.0, weight.shape))
    return found


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that knows the arithmetic of ours."""
    page = browser.new_page()
    page.add_script_tag(content=CODE.read_text() + READ)
    yield page
    page.close()


READ = """
const tensor = ({ shape, data }) => ({ shape, data: Float32Array.from(data) });
const computed = ({ about, arrays }) => {
  const inputs = Object.keys(arrays).filter((name) => name.startsWith("inputs/")).map((name) => tensor(arrays[name]));
  const named = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor(array)]));
  const unit = { about, inputs, ...named }, [high, wide] = sideOf(unit.output);
  return Array.from({ length: high * wide }, (_, at) => valueAt(unit, Math.floor(at / wide), at % wide));
};
"""


def unit_of(found: dict[str, np.ndarray]) -> dict:
    arrays = {name.removeprefix("unit/"): array for name, array in found.items() if name.startswith("unit/")}
    about = json.loads(arrays.pop("about").tobytes())
    sent = {name: {"shape": array.shape, "data": array.ravel().tolist()} for name, array in arrays.items()}
    return {"about": about, "arrays": sent}


def test_the_pages_arithmetic_is_the_networks_for_every_kind_of_layer(
    networks: list[tuple[keras.Model, np.ndarray]], page: Page
) -> None:
    seen = set()
    for network, example in networks:
        read = UnitPath(network)
        read.path._stages = lambda examples: ({}, np.zeros((1, 1)))  # only what is opened is looked at here
        for layer in network.layers[1:]:
            if isinstance(layer, L.Flatten | L.Dropout):
                continue
            unit = layer.output.shape[-1] - 1
            found = read(example, layer=layer.name, unit=unit)
            sent = unit_of(found)
            seen.add(sent["about"]["kind"])
            computed = page.evaluate("computed", sent)
            np.testing.assert_allclose(
                computed, found["unit/output"].ravel(), rtol=1e-4, atol=1e-4, err_msg=f"{layer.name} {sent['about']}"
            )
            np.testing.assert_array_equal(found["unit/output"], np.atleast_1d(found["opened"][..., unit]))
    kinds = {"average", "batch_norm", "convolution", "dense", "layer_norm", "maximum", "same", "scale", "softmax"}
    assert seen == kinds | {"sum", "transposed"}


def test_what_a_value_sees_is_where_a_change_of_the_input_changes_it() -> None:
    keras.utils.set_random_seed(1)
    given = keras.Input((20, 20, 1), name="input")
    x = L.Conv2D(2, 3, padding="same", name="first")(given)
    short = L.Conv2D(2, 1, strides=2, name="short")(x)
    x = L.Conv2D(2, 3, strides=2, padding="same", dilation_rate=1, name="second")(x)
    x = L.AveragePooling2D(2, 1, name="pool")(L.Add(name="sum")([x, short]))
    network = keras.Model(given, L.Dense(2, name="answer")(L.Flatten(name="flat")(x)))
    read, y, x_ = UnitPath(network), 4, 2
    blank = np.zeros((20, 20, 1), np.float32)
    about = unit_of(read(blank, layer="pool", unit=1))["about"]
    assert unit_of(read(blank, layer="answer", unit=1))["about"]["field"] is None
    reader = keras.Model(network.input, network.get_layer("pool").output)
    pixels = np.eye(400, dtype=np.float32).reshape(400, 20, 20, 1)
    changes = (reader.predict(pixels, verbose=0) - reader.predict(blank[None], verbose=0))[:, y, x_, 1].reshape(20, 20)
    for side, at, seen in ((0, y, changes.any(1)), (1, x_, changes.any(0))):
        field = about["field"][side]
        start = field["start"] + at * field["jump"]
        assert np.flatnonzero(seen)[[0, -1]].tolist() == [max(0, start), start + field["size"] - 1]


def test_a_layer_or_unit_that_is_not_there_is_refused(networks: list[tuple[keras.Model, np.ndarray]]) -> None:
    network, row = networks[1]
    with pytest.raises(ProbeError, match="no layer 'conv_9'"):
        Path(network)(row, layer="conv_9")
    with pytest.raises(ProbeError, match="no unit 5 in dense, expected 0 to 4"):
        UnitPath(network)(row, layer="dense", unit=5)


def test_every_layer_that_users_can_add_is_written_out() -> None:
    blocks = {*LAYER_BLOCKS, *GENERATOR_BLOCKS, *DISCRIMINATOR_BLOCKS, *MLP_BLOCKS}
    used = {spec.keras_class for block in blocks for spec in to_specs((block(),), "rescale", 1)}
    assert len(used) > 12
    assert used - {"Dropout", "Flatten", "Reshape"} <= set(ingredients._KINDS)
