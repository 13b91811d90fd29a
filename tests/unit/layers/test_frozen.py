from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.layers.frozen import MOST_BYTES, cached_part, frozen_part
from core.layers.spec import LayerSpec

FROZEN = {"trainable": False}
SCALED = LayerSpec("Rescaling", {"scale": 1.0}, "rescale")
CONV = LayerSpec("Conv2D", {"filters": 2, "kernel_size": 3, **FROZEN}, "conv")
NORM = LayerSpec("BatchNormalization", FROZEN, "norm")
POOL = LayerSpec("GlobalAveragePooling2D", {}, "pool")
LOGITS = LayerSpec("Dense", {"units": 2}, "logits")
END = LayerSpec("Activation", {"activation": "softmax"}, "probabilities")


def names(specs: tuple[LayerSpec, ...]) -> str:
    return " ".join(spec.name for spec in specs)


def cut(*specs: LayerSpec) -> tuple[str, str]:
    frozen = frozen_part(specs)
    assert frozen == specs[: len(frozen)]
    return names(frozen), names(specs[len(frozen) :])


def test_layers_without_weights_behind_frozen_ones_belong_to_them() -> None:
    assert cut(SCALED, CONV, NORM, POOL, LOGITS, END) == ("rescale conv norm pool", "logits probabilities")


def test_dropout_is_another_each_time() -> None:
    dropout = LayerSpec("Dropout", {"rate": 0.2}, "dropout")
    assert cut(SCALED, CONV, dropout, POOL, LOGITS, END) == ("rescale conv", "dropout pool logits probabilities")


@pytest.mark.parametrize(
    "first",
    [
        LayerSpec("Conv2D", {"filters": 3, "kernel_size": 1}, "colours"),
        LayerSpec("BatchNormalization", {}, "own_norm"),
        LayerSpec("LayerNormalization", {}, "own_norm"),
        replace(CONV, name="wrapped", wrapper="SpectralNormalization"),
    ],
)
def test_what_comes_behind_a_layer_that_changes_is_not_the_same_twice(first: LayerSpec) -> None:
    assert cut(SCALED, first, CONV, POOL, LOGITS)[0] == ""


def test_without_a_frozen_weight_there_is_nothing_worth_keeping() -> None:
    assert cut(SCALED, POOL, LOGITS, END)[0] == ""


def test_the_cut_is_where_one_output_crosses() -> None:
    """A sum behind a trained layer takes what comes before the normalisation too."""
    trained = LayerSpec("Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same"}, "trained")
    around = LayerSpec("Add", {}, "sum", ("trained", "conv"))
    assert cut(SCALED, CONV, NORM, trained, around, POOL, LOGITS) == ("rescale conv", "norm trained sum pool logits")
    inside = replace(around, inputs=("norm", "conv"))
    assert cut(SCALED, CONV, NORM, inside, POOL, trained, LOGITS)[0] == "rescale conv norm sum pool"


KINDS = st.sampled_from([CONV, NORM, POOL, SCALED, LOGITS, replace(CONV, kwargs={"filters": 2, "kernel_size": 3})])


@given(st.lists(st.tuples(KINDS, st.integers(0, 5)), max_size=8))
def test_nothing_that_is_learned_comes_before_the_cut_and_one_output_crosses(drawn: list) -> None:
    specs = []
    for place, (spec, back) in enumerate(drawn):
        inputs = (str(place - 1), str(max(place - 1 - back, 0))) if place and back else ()
        specs.append(replace(spec, name=str(place), inputs=inputs))
    frozen = frozen_part(specs)
    rest = specs[len(frozen) :]
    learns = [spec.kwargs.get("trainable", True) and spec.keras_class in ("Conv2D", "Dense") for spec in frozen]
    assert not any(learns)
    crossing = {name for spec in rest for name in spec.inputs} & {spec.name for spec in frozen}
    assert crossing <= {spec.name for spec in frozen[-1:]}


def test_features_are_kept_of_examples_that_stay_the_same_and_if_they_find_room() -> None:
    specs = (SCALED, CONV, LayerSpec("Flatten", {}, "flat"), LOGITS)
    most = MOST_BYTES // (4 * 2 * 6 * 6)
    assert cached_part(specs, (8, 8, 1), most, augments=False) == specs[:3]
    assert cached_part(specs, (8, 8, 1), most + 1, augments=False) == ()
    assert cached_part(specs, (8, 8, 1), 1, augments=True) == ()
    assert cached_part((SCALED, POOL, LOGITS), (8, 8, 1), 1, augments=False) == ()
