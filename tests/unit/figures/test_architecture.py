"""What becomes of an example in each layer, and the small drawing of it."""

import itertools
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets import DATASETS
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families.cnn import PRESETS, CnnConfig, build_layers
from core.figures.network.architecture import SIDE, Stage, glyph, short, stages
from core.layers import LayerCost, LayerSpec, Shape, total_multiply_adds, total_parameters, trace
from core.layers.blocks import Conv, Dense, Flatten, GlobalPool, Residual
from tests.support import random_configs as some

SPEC = DATASETS["mnist_5k"].spec
SIZES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


def of(config: CnnConfig, spec: DataSpec = SPEC) -> tuple[list[Stage], Shape]:
    """Follow an example through the network of a config."""
    return stages(build_layers(config, spec), spec.input_shape), spec.input_shape


def grouped(specs: list[LayerSpec], input_shape: Shape) -> dict[str, list[LayerCost]]:
    """Return the costs of a possible network by the name that people see."""
    costs = trace(specs, input_shape)
    return {name: list(group) for name, group in itertools.groupby(costs, lambda cost: cost.spec.seen_as)}


# What becomes of an example


@pytest.mark.parametrize("preset", PRESETS)
def test_each_layer_has_the_shape_and_the_costs_that_tracing_it_gives(preset: str) -> None:
    specs = build_layers(PRESETS[preset].config, SPEC)
    found, expected = stages(specs, SPEC.input_shape), grouped(specs, SPEC.input_shape)
    assert [stage.name for stage in found] == list(expected)
    for stage, costs in zip(found, expected.values(), strict=True):
        assert stage.shape == costs[-1].output_shape
        assert stage.parameters == sum(cost.parameters for cost in costs)
        assert stage.multiply_adds == sum(cost.multiply_adds for cost in costs)
        assert stage.receptive_field == costs[-1].receptive_field
        assert not stage.is_fault


@settings(max_examples=50)
@given(config=some.small_configs, spec=some.small_specs)
def test_any_network_is_followed_as_far_as_an_example_comes(config: CnnConfig, spec: DataSpec) -> None:
    specs = build_layers(config, spec)
    found = stages(specs, spec.input_shape)
    names = list(dict.fromkeys(spec.seen_as for spec in specs))
    assert [stage.name for stage in found] == names
    try:
        costs = trace(specs, spec.input_shape)
    except ConfigError as error:
        place = names.index(error.field)
        assert [stage.is_fault for stage in found] == [n == place for n in range(len(names))]
        assert all(stage.shape for stage in found[:place])
        assert not any(stage.shape for stage in found[place:])
    else:
        assert not any(stage.is_fault for stage in found)
        assert sum(stage.parameters for stage in found) == total_parameters(costs)
        assert sum(stage.multiply_adds for stage in found) == total_multiply_adds(costs)
        assert found[-1].shape == (spec.num_classes,)


def test_a_block_of_several_layers_is_one_stage() -> None:
    found, _ = of(CnnConfig(layers=(Residual(filters=4, stride=2), GlobalPool())))
    assert [stage.name for stage in found] == ["rescale", "residual_1", "global_pool_1", "logits", "probabilities"]
    convolutions = 9 * 1 * 4 + 9 * 4 * 4 + 1 * 1 * 4
    assert found[1].parameters == convolutions + 3 * 4 * 4  # and three normalisations
    assert found[1].shape == (14, 14, 4)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_residual_block_has_the_colour_of_a_convolution(stride: int) -> None:
    found, _ = of(CnnConfig(layers=(Conv(filters=4), Residual(filters=4, stride=stride), GlobalPool(), Dense())))
    colour = {stage.name: stage.colour for stage in found}
    assert colour["residual_1"] == colour["conv_1"]
    assert len({colour[name] for name in ("rescale", "conv_1", "global_pool_1", "dense_1")}) == 4


def test_a_strided_convolution_of_one_pixel_has_the_colour_of_a_convolution_not_of_its_step() -> None:
    found, _ = of(CnnConfig(layers=(Conv(), Conv(kernel_size=1, stride=2), GlobalPool())))
    assert found[1].colour == found[2].colour


def test_a_fault_within_a_block_is_the_blocks() -> None:
    found, _ = of(CnnConfig(layers=(Flatten(), Residual(), Dense())))
    assert [stage.name for stage in found if stage.is_fault] == ["residual_1"]
    assert [stage.name for stage in found if stage.shape is None][1:] == ["dense_1", "logits", "probabilities"]


def test_layers_that_only_scale_place_or_pass_on_what_comes_in_are_known() -> None:
    found, _ = of(PRESETS["fast"].config)
    assert [stage.name for stage in found if stage.passes_on] == ["rescale", "flatten_1", "dropout_1"]
    blocks, _ = of(CnnConfig(layers=(Residual(filters=2), GlobalPool())))
    assert [stage.name for stage in blocks if stage.passes_on] == ["rescale"]


# The drawing


def test_what_cannot_be_looks_otherwise_than_what_is_only_not_reached() -> None:
    found, _ = of(CnnConfig(layers=(Flatten(), Conv(), Dense())))
    dashed = [rect.get("stroke") for stage in found for rect in rects(stage) if rect.get("stroke-dasharray")]
    assert len(dashed) == 4  # the convolution, dense, logits, probabilities
    assert dashed[0] not in dashed[1:]
    assert len(set(dashed[1:])) == 1


@given(
    shape=st.one_of(
        st.tuples(st.integers(1, 10_000)), st.tuples(st.integers(1, 512), st.integers(1, 512), st.integers(1, 4096))
    )
)
def test_a_layer_of_any_size_stays_in_its_place(shape: Shape) -> None:
    for rect in rects(Stage("layer", "#000000", shape)):
        left, top, width, height = (float(str(rect.get(side))) for side in ("x", "y", "width", "height"))
        assert min(left, top) >= -0.1
        assert max(left + width, top + height) <= SIDE + 0.1


def test_larger_maps_are_larger_squares_and_more_of_them_are_more_sheets() -> None:
    sides = [sheets(shape)[0] for shape in ((4, 4, 1), (14, 14, 1), (28, 28, 1))]
    assert sides == sorted(set(sides))
    counts = [sheets(shape)[1] for shape in ((8, 8, 1), (8, 8, 8), (8, 8, 64))]
    assert counts == sorted(set(counts))
    assert sheets((10,)) != sheets((1000,))
    assert sheets((10,))[1] == 1


# Short numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1, "1"),
        (999, "999"),
        (1000, "1 k"),
        (1234, "1.23 k"),
        (12_345, "12.3 k"),
        (123_456, "123 k"),
        (4_567_890, "4.57 M"),
        (2e9, "2 G"),
        (123e9, "123 G"),
    ],
)
def test_a_number_is_short(number: float, text: str) -> None:
    assert short(number) == text


@given(number=st.integers(0, 999 * 10**9))
def test_any_number_is_said_to_half_a_percent_and_never_with_an_exponent(number: int) -> None:
    said = short(number)
    assert re.fullmatch(r"[\d,.]+( [kMG])?", said)
    assert value_of(said) == pytest.approx(number, rel=0.005)


@pytest.mark.parametrize("number", [999.4, 999.6, 999_499, 999_500, 999_999, 999_500_000, 999_999_999])
def test_a_number_just_below_the_next_unit_is_said_like_any_other(number: float) -> None:
    said = short(number)
    assert "e" not in said
    assert value_of(said) == pytest.approx(number, rel=0.005)


def rects(stage: Stage) -> list[Element]:
    """Return what a layer is drawn of."""
    return list(ElementTree.fromstring(glyph(stage)).iter("rect"))


def value_of(text: str) -> float:
    """Return the number that a short text means."""
    number, _, size = text.partition(" ")
    return float(number.replace(",", "")) * SIZES[size]


def sheets(shape: Shape) -> tuple[float, int]:
    """Return the height of what is drawn for a layer of this shape, and how many of it there are."""
    found = rects(Stage("layer", "#123456", shape))
    return float(str(found[0].get("height"))), len(found)
