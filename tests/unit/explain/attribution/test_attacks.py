import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.errors import ProbeError
from core.explain.attacks.fewest_pixels import FewestPixels
from core.explain.attacks.fgsm import Fgsm
from core.explain.attacks.pgd import Pgd
from core.families.mlp import FAMILY as MLP
from core.models.network import build_network


def said(network: keras.Model, examples: np.ndarray) -> np.ndarray:
    return network(examples, training=False).numpy()


@pytest.mark.parametrize("attack", [Fgsm, Pgd])
def test_no_pixel_changes_more_than_the_size_and_the_answers_are_those_of_the_network(
    network: keras.Model, digits: Prepared, attack: type
) -> None:
    example = digits.x_test[2]
    found = attack(network)(example)
    own = said(network, example[None])[0].argmax()
    assert found["changed"].dtype == np.uint8
    for size, changed in zip(found["sizes"], found["changed"], strict=True):
        assert 0 < np.abs(changed.astype(int) - example).max() <= size
    np.testing.assert_allclose(found["answers"], said(network, found["changed"]), atol=1e-5)
    np.testing.assert_array_equal(found["flips"], found["answers"].argmax(axis=1) != own)
    assert found["flips"].any()


def test_many_small_steps_need_no_bigger_change_than_one_and_less_than_chance(
    network: keras.Model, digits: Prepared
) -> None:
    smaller, rng = 0, np.random.default_rng(0)
    for example in digits.x_test[:8]:
        one, many = (attack(network)(example)["flips"] for attack in (Fgsm, Pgd))
        assert many.sum() >= one.sum() - 1
        size = Pgd(network)(example)["sizes"][many][0]
        noisy = np.clip(example + size * rng.choice([-1, 1], (50, 8, 8, 1)), 0, 255).astype(np.uint8)
        own = said(network, example[None]).argmax()
        smaller += (said(network, noisy).argmax(axis=1) != own).mean() < 0.5
    assert smaller == 8


def test_one_step_is_the_sign_of_the_gradient_of_the_margin() -> None:
    inputs = keras.Input((3,))
    network = keras.Model(inputs, keras.layers.Dense(2, "softmax")(inputs))
    network.set_weights([np.array([[1, 2], [3, -1], [0, 0]], np.float32), np.array([4, 0], np.float32)])
    found = Fgsm(network)(np.zeros(3, np.float32))  # the answer is the first class; its margin falls along (1, -4, 0)
    np.testing.assert_allclose(found["changed"], found["sizes"][:, None] * [1, -1, 0])
    expected = 4 - 5 * found["sizes"] < 0
    np.testing.assert_array_equal(found["flips"], expected)


def test_an_attack_reaches_the_wanted_class(network: keras.Model, digits: Prepared) -> None:
    example = digits.x_test[0]
    own = int(said(network, example[None]).argmax())
    wanted = (own + 4) % 10
    for attack in (Pgd, FewestPixels):
        found = attack(network)(example, towards=wanted)
        assert found["flips"].any()
        assert (
            said(network, found["changed"])[found["flips"]].argmax(axis=1).tolist() == [wanted] * found["flips"].sum()
        )


def test_few_pixels_change_the_answer_and_none_of_them_is_idle(network: keras.Model, digits: Prepared) -> None:
    example = digits.x_test[4]
    found = FewestPixels(network)(example)
    changed, pixels = found["changed"][0], found["pixels"]
    own = said(network, example[None]).argmax()
    assert found["flips"].all()
    assert said(network, changed[None]).argmax() != own
    np.testing.assert_array_equal(np.argwhere((changed != example).any(axis=-1)), pixels[np.lexsort(pixels.T[::-1])])
    for y, x in pixels:
        without = changed.copy()
        without[y, x] = example[y, x]
        assert len(pixels) == 1 or said(network, without[None]).argmax() == own


def test_a_number_can_be_pushed_both_ways_and_never_flips() -> None:
    spec = DataSpec(Vector((Column("a", (), 5, 2), Column("b", (), 0, 1))), Number("y"), 9, 9)
    network = build_network(MLP.layers(MLP.presets["table"].config, spec), spec)
    row = np.array([6, 1], np.float32)
    lower, higher = (Pgd(network)(row, towards=way) for way in (0, 1))
    assert lower["answers"].min() < said(network, row[None])[0, 0] < higher["answers"].max()
    assert not higher["flips"].any()
    assert (np.abs(higher["changed"] - row) <= higher["sizes"][:, None] * [2, 1] + 1e-5).all()


def test_a_network_that_ignores_its_input_is_not_moved() -> None:
    spec = DataSpec(Vector((Column("a"), Column("b"))), Classes(("x", "y")), 9, 9)
    network = build_network(MLP.layers(MLP.presets["xor"].config, spec), spec)
    network.set_weights([np.zeros_like(weights) for weights in network.get_weights()])
    for attack in (Fgsm, Pgd, FewestPixels):
        assert not attack(network)(np.ones(2, np.float32))["flips"].any()


@pytest.mark.parametrize("towards", ["own", 10, -2])
def test_what_cannot_be_wanted_is_refused(network: keras.Model, digits: Prepared, towards: int | str) -> None:
    example = digits.x_test[0]
    wanted = int(said(network, example[None]).argmax()) if towards == "own" else int(towards)
    with pytest.raises(ProbeError, match="cannot be pushed towards"):
        Fgsm(network)(example, towards=wanted)
