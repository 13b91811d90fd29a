import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.datasets.features import Column, Image, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.errors import ProbeError
from core.explain.attribution.grad_cam import GradCam, last_maps
from core.explain.attribution.input_x_gradient import InputXGradient
from core.explain.attribution.integrated_gradients import IntegratedGradients
from core.explain.attribution.logits import logits_of
from core.explain.attribution.occlusion import Occlusion
from core.explain.attribution.rise import Rise, draw_masks
from core.explain.attribution.saliency import Saliency
from core.explain.honesty.trust import ATTRIBUTIONS
from core.families.cnn import FAMILY as CNN
from core.families.mlp import FAMILY as MLP
from core.layers.blocks import Conv
from core.models.network import build_network

LEARNING = {preset.config.layers: name for name, preset in CNN.presets.items() if not preset.shows_fault}
BIG = ("saliency", "input_x_gradient", "grad_cam")  # what a pretrained network is asked, for speed


def probabilities(network: keras.Model, examples: np.ndarray) -> np.ndarray:
    return network(examples, training=False).numpy()


def test_logits_are_those_whose_softmax_the_network_answers(network: keras.Model, digits: Prepared) -> None:
    logits = logits_of(network)(digits.x_test[:9])
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = probabilities(network, digits.x_test[:9])
    np.testing.assert_allclose(shares / shares.sum(axis=1, keepdims=True), expected, atol=1e-5)


def test_a_dense_layer_that_contains_its_softmax_is_explained_before_it() -> None:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,))
    network = keras.Model(inputs, keras.layers.Dense(3, "softmax", bias_initializer="ones")(inputs))
    example = np.arange(5, dtype=np.float32)
    kernel, bias = network.get_weights()
    found = Saliency(network)(example, target=2)
    np.testing.assert_allclose(found["logits"], example @ kernel + bias, rtol=1e-5)
    np.testing.assert_allclose(found["attribution"], np.abs(kernel[:, 2]), rtol=1e-5)


def test_the_gradient_is_that_of_finite_differences(network: keras.Model) -> None:
    example = np.random.default_rng(0).integers(1, 256, (8, 8, 1), dtype=np.uint8)  # no two pixels tie in a pooling
    shift = 0.05 * np.eye(64).reshape(64, 8, 8, 1)
    logits = logits_of(network)
    slopes = (logits(example + shift) - logits(example - shift))[:, 4] / 0.1
    _, gradients = logits.gradients(example[None], logits.one_hot(4))
    np.testing.assert_allclose(gradients.ravel(), slopes, atol=0.02 * np.abs(slopes).max())
    found = Saliency(network)(example, target=4)["attribution"]
    np.testing.assert_allclose(found, np.abs(gradients[0, ..., 0]), rtol=1e-4)


def test_integrated_gradients_add_up_to_the_change_of_the_logit(network: keras.Model, digits: Prepared) -> None:
    method, before = IntegratedGradients(network), keras.Function(network.inputs[0], network.layers[-1].input)
    black = np.asarray(before(np.zeros((1, 8, 8, 1), np.float32)))[0]
    for example in digits.x_test[:20]:
        found = method(example, points=256)
        after = np.asarray(before(example[None].astype(np.float32)))[0]
        change = (after - black)[found["target"]]
        assert found["target"] == after.argmax()
        assert found["attribution"].sum() == pytest.approx(change, rel=0.01)
        assert found["completeness"] == pytest.approx(abs(found["attribution"].sum() - change) / abs(change), abs=1e-4)


@pytest.mark.parametrize("baseline", ["white", "blurred"])
def test_any_baseline_is_complete(network: keras.Model, digits: Prepared, baseline: str) -> None:
    found = IntegratedGradients(network)(digits.x_test[1], target=7, baseline=baseline, points=256)
    assert found["target"] == 7
    assert found["completeness"] < 0.05


def test_input_times_gradient_of_a_network_that_is_piecewise_linear_misses_only_the_biases() -> None:
    spec = DataSpec(Image(6, 6, 1), Classes(("a", "b")), 9, 9)
    network = build_network(MLP.layers(MLP.presets["digits"].config, spec), spec)  # ReLU, and biases of zero at first
    example = np.random.default_rng(0).integers(0, 256, (6, 6, 1), dtype=np.uint8)
    found = InputXGradient(network)(example, target=1)
    assert found["attribution"].sum() == pytest.approx(float(found["logits"][1]), rel=1e-4)


def test_grad_cam_is_that_of_plain_numpy(network: keras.Model, digits: Prepared) -> None:
    example, kernels = digits.x_test[5], network.get_layer("conv_2")
    found = GradCam(network)(example, layer="conv_2")
    maps = np.asarray(keras.Function(network.inputs[0], kernels.output)(example[None].astype(np.float32)))[0]
    hidden, logit = network.get_layer("dense_1").get_weights(), network.get_layer("logits").get_weights()
    units = maps.ravel() @ hidden[0] + hidden[1]
    by_unit = logit[0][:, found["target"]] * (units > 0)
    weights = (hidden[0] @ by_unit).reshape(maps.shape).mean(axis=(0, 1))
    expected = np.maximum((maps * weights).sum(axis=-1), 0)
    np.testing.assert_allclose(found["map"], expected, atol=1e-5 * expected.max())
    assert found["attribution"].shape == (8, 8)
    assert found["attribution"].max() <= found["map"].max() * 1.001


def test_grad_cam_looks_into_a_network_inside_the_network() -> None:
    keras.utils.set_random_seed(0)
    inside = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="deep"), keras.layers.ReLU()])
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    pooled = keras.layers.GlobalAveragePooling2D()(inside(keras.layers.Rescaling(1 / 255)(inputs)))
    network = keras.Model(inputs, keras.layers.Dense(2, "softmax")(pooled))
    example = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert last_maps(network) is inside.layers[-1]
    maps = np.asarray(inside(example[None] / np.float32(255)))[0]
    kernel = network.layers[-1].get_weights()[0][:, 1]
    cam = (maps * kernel).mean(axis=-1) * maps.shape[-1] / 36
    found = GradCam(network)(example, target=1)["map"]
    np.testing.assert_allclose(found, np.maximum(cam, 0) if (cam > 0).any() else cam, atol=1e-6)


def test_the_last_convolution_ends_with_the_block_that_it_is_in() -> None:
    spec = DataSpec(Image(28, 28, 1), Classes(("a", "b")), 9, 9)
    layers = {name: CNN.layers(CNN.presets[name].config, spec) for name in ("tiny_resnet", "article")}
    assert last_maps(build_network(layers["tiny_resnet"], spec)).name == "residual_3"
    assert last_maps(build_network(layers["article"], spec)).name == "conv_2"


@pytest.fixture(scope="module")
def blind(network: keras.Model) -> keras.Model:
    """A network to which only the rows 2 to 5 matter."""
    spec = DataSpec(Image(8, 8, 1), Classes(("a", "b")), 9, 9)
    blind = build_network(MLP.layers(MLP.presets["digits"].config, spec), spec)
    first = blind.get_layer("dense_1")
    kernel, bias = first.get_weights()
    seen = np.zeros((8, 8), bool)
    seen[2:6] = True
    first.set_weights([kernel * seen.reshape(-1, 1), bias])
    return blind


def test_what_cannot_matter_is_zero(blind: keras.Model) -> None:
    example = np.random.default_rng(0).integers(1, 256, (8, 8, 1), dtype=np.uint8)
    for size in (1, 2):  # no patch of two rows lies in the upper rows without touching the third but the first
        found = Occlusion(blind)(example, size=size)["attribution"]
        assert not found[[0, 1, 6, 7]].any()
        assert found[2:6].any()
    for method in ("saliency", "input_x_gradient", "integrated_gradients", "smoothgrad"):
        found = ATTRIBUTIONS[method](blind)(example)["attribution"].reshape(8, 8)
        assert not found[[0, 1, 6, 7]].any(), method
        assert found[2:6].all(), method


def test_occlusion_of_single_pixels_is_the_fall_of_the_logit(network: keras.Model, digits: Prepared) -> None:
    example = digits.x_test[8]
    covered = np.repeat(example[None], 64, axis=0)
    covered.reshape(64, 64)[np.arange(64), np.arange(64)] = 255
    found = Occlusion(network)(example, target=3, baseline="white", size=1)
    logits = np.log(probabilities(network, np.concatenate([example[None], covered])))
    logits += found["logits"][3] - logits[0, 3]  # what a softmax adds is not known, so only one column is compared
    expected = logits_of(network)(example[None])[0, 3] - logits_of(network)(covered)[:, 3]
    np.testing.assert_allclose(found["attribution"].ravel(), expected, atol=1e-4)


def test_rise_finds_the_weights_of_a_linear_network() -> None:
    inputs = keras.Input((6,))
    network = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    kernel = np.array([3, -2, 1, 0, 0.5, -1], np.float32)
    network.set_weights([kernel[:, None], np.array([5], np.float32)])
    found = Rise(network)(np.ones(6, np.float32), masks=8000)["attribution"]
    np.testing.assert_allclose(found, kernel / 2, atol=0.12)  # shown in half of the masks


def test_masks_of_rise_are_smooth_and_half_open() -> None:
    masks = draw_masks(np.random.default_rng(0), 64, (30, 20))
    assert masks.shape == (64, 30, 20)
    assert masks.mean() == pytest.approx(0.5, abs=0.03)
    assert np.abs(np.diff(masks, axis=1)).max() < 0.5


@pytest.mark.parametrize("preset", LEARNING.values())
def test_no_method_gives_an_empty_map_on_any_preset(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.explain.attribution.logits.EAGER_CALLS", 1000)  # compiling would take longer
    side, channels = (32, 3) if preset == "photos" else (28, 1)
    spec = DataSpec(Image(side, side, channels), Classes(tuple("0123456789")), 100, 100)
    config = CNN.presets[preset].config
    network = build_network(CNN.layers(config, spec), spec)
    example = np.random.default_rng(0).integers(0, 256, spec.input_shape, dtype=np.uint8)
    budget = {"rise": {"masks": 16}, "integrated_gradients": {"points": 16}, "occlusion": {"size": side // 2}}
    has_convolution = any(isinstance(block, Conv) for block in config.layers) or preset in ("photos", "tiny_resnet")
    for name in ATTRIBUTIONS if channels == 1 else BIG:
        if has_convolution or name != "grad_cam":
            found = ATTRIBUTIONS[name](network)(example, **budget.get(name, {}))["attribution"]
            assert found.dtype == np.float32
            assert found.shape[:2] == (side, side)
            assert np.isfinite(found).all()
            assert found.any(), name


def test_a_row_is_explained_by_its_numbers() -> None:
    columns = (Column("age", (), 40, 10), Column("size", (), 2, 0.5), Column("kind", ("a", "b")))
    spec = DataSpec(Vector(columns), Number("price", "", 100, 20), 9, 9)
    network = build_network(MLP.layers(MLP.presets["table"].config, spec), spec)
    row = np.array([55, 1, 0, 1], np.float32)
    for name, method in ATTRIBUTIONS.items():
        if name != "grad_cam":
            found = method(network)(row)
            assert found["attribution"].shape == (4,)
            assert found["attribution"].any(), name
    found = IntegratedGradients(network)(row, points=256)
    average = np.array([40, 2, 0, 0], np.float32)  # the mean of each number
    change = probabilities(network, row[None])[0, 0] - probabilities(network, average[None])[0, 0]
    assert found["attribution"].sum() == pytest.approx(change, rel=0.01)
    assert found["answers"] == pytest.approx(probabilities(network, row[None])[0], rel=1e-5)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("saliency", {"target": 10}, "no answer 10, expected 0 to 9"),
        ("smoothgrad", {"noise": 2.0}, "noise is out of range"),
        ("integrated_gradients", {"baseline": "pink"}, "no baseline 'pink'"),
        ("integrated_gradients", {"points": 0}, "points is out of range"),
        ("grad_cam", {"layer": "dense_1"}, "no layer 'dense_1' with maps"),
        ("occlusion", {"size": 9}, "a side of 1 to 8 pixels"),
        ("rise", {"masks": 3}, "masks is out of range"),
    ],
)
def test_what_does_not_fit_is_refused(
    network: keras.Model, digits: Prepared, method: str, options: dict, words: str
) -> None:
    with pytest.raises(ProbeError, match=words):
        ATTRIBUTIONS[method](network)(digits.x_test[0], **options)


def test_a_network_without_convolution_has_no_grad_cam(blind: keras.Model) -> None:
    with pytest.raises(ProbeError, match="needs a convolution"):
        GradCam(blind)(np.zeros((8, 8, 1), np.uint8))
