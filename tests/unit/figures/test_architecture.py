"""The network as a strip: what it says of each layer, and that it can be drawn."""

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
from core.figures.architecture import BOX, COLUMN, HEIGHT, TOP, Stage, draw_architecture, short, stages
from core.layers import LayerCost, LayerSpec, Shape, total_multiply_adds, total_parameters, trace, written
from core.layers.blocks import Conv, Dense, Flatten, GlobalPool, Residual
from tests.support import random_configs as some

SPEC = DATASETS["mnist_5k"].spec
SIZES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
HOSTILE = "<script>alert('1')</script> & \"quoted\" </text>"


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


@settings(max_examples=100)
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


# The drawing


@pytest.mark.parametrize("preset", PRESETS)
def test_the_strip_says_of_every_layer_its_name_shape_parameters_multiply_adds_and_field(preset: str) -> None:
    specs = build_layers(PRESETS[preset].config, SPEC)
    columns = columns_of(draw_architecture(stages(specs, SPEC.input_shape), SPEC.input_shape))
    assert columns[0] == ["image", "28×28×1"]
    expected = grouped(specs, SPEC.input_shape)
    assert len(columns) == 1 + len(expected)
    for texts, (name, costs) in zip(columns[1:], expected.items(), strict=True):
        shape, parameters, adds = costs[-1].output_shape, total_parameters(costs), total_multiply_adds(costs)
        assert texts[:2] == [name, "×".join(map(str, shape))]
        assert number_in(texts, " parameters") == pytest.approx(parameters, rel=0.005)
        assert number_in(texts, " multiply-adds") == pytest.approx(adds, rel=0.005)
        side = costs[-1].receptive_field
        assert texts[-1] == (f"sees {side}×{side} pixels" if side else "sees all pixels")


@settings(max_examples=100)
@given(config=some.small_configs, spec=some.small_specs)
def test_the_strip_of_any_network_is_sound_markup_that_names_every_layer_and_marks_faults(
    config: CnnConfig, spec: DataSpec
) -> None:
    found, shape = of(config, spec)
    columns = columns_of(draw_architecture(found, shape))
    assert [texts[0] for texts in columns] == ["image", *(stage.name for stage in found)]
    for texts, stage in zip(columns[1:], found, strict=True):
        if stage.shape:
            assert texts[1] == written(stage.shape).replace("x", "×")
        else:
            assert texts[1:] == ["cannot be built" if stage.is_fault else "not reached"]


def test_a_fault_looks_otherwise_than_what_is_only_not_reached() -> None:
    found, shape = of(CnnConfig(layers=(Flatten(), Conv(), Dense())))
    root = parsed(draw_architecture(found, shape))
    dashed = [rect.get("stroke") for rect in root.iter("rect") if rect.get("stroke-dasharray")]
    assert len(dashed) == 4  # the convolution, dense, logits, probabilities
    assert dashed[0] not in dashed[1:]
    assert len(set(dashed[1:])) == 1


def test_the_strip_is_said_to_those_who_cannot_see_it_and_can_be_scrolled_by_keyboard() -> None:
    found, shape = of(CnnConfig(layers=(Conv(filters=4), Flatten(), Conv())))
    root = parsed(draw_architecture(found, shape))
    assert root.get("tabindex") == "0"
    assert root.get("aria-label")
    assert "overflow-x: auto" in str(root.get("style"))
    svg = root.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == (
        "The network, layer by layer: image 28x28x1 to rescale 28x28x1 to conv_1 26x26x4 to flatten_1 2704 "
        "to conv_2 impossible to logits impossible to probabilities impossible"
    )


def test_the_strip_uses_the_pages_ink_for_its_words() -> None:
    root = parsed(draw_architecture(*of(PRESETS["fast"].config)))
    svg = root.find("svg")
    assert svg is not None
    assert svg.get("fill") == "currentColor"
    assert not [text.get("fill") for text in root.iter("text") if text.get("fill")]


def test_foreign_text_is_escaped_wherever_it_stands() -> None:
    shown = [
        Stage(HOSTILE, "#000000", (2, 2, 1), 1, 1, 1),
        Stage(f"{HOSTILE} 2", "#000000", None, is_fault=True),
        Stage(f"{HOSTILE} 3", "#000000", None),
    ]
    strip = draw_architecture(shown, (4, 4, 1))
    root = parsed(strip)
    assert [texts[0] for texts in columns_of(strip)[1:]] == [stage.name for stage in shown]
    assert HOSTILE in str(next(root.iter("svg")).get("aria-label"))
    assert "<script" not in strip


def test_forty_layers_are_drawn_side_by_side_without_touching() -> None:
    layers = (*[Conv(filters=256, padding="same")] * 38, Flatten(), Dense(units=1024))
    found, shape = of(CnnConfig(layers=layers))
    root = parsed(draw_architecture(found, shape))
    svg = root.find("svg")
    assert svg is not None
    columns = 1 + 1 + 40 + 2  # image, rescale, layers, logits and probabilities
    assert svg.get("viewBox") == f"0 0 {columns * COLUMN} {HEIGHT}"
    assert (svg.get("width"), svg.get("height")) == (str(columns * COLUMN), str(HEIGHT))
    assert len(columns_of(draw_architecture(found, shape))) == columns
    for rect in root.iter("rect"):
        left, width = (float(str(rect.get(side))) for side in ("x", "width"))
        assert left // COLUMN == (left + width) // COLUMN  # within its own column


@given(
    shape=st.one_of(
        st.tuples(st.integers(1, 10_000)), st.tuples(st.integers(1, 512), st.integers(1, 512), st.integers(1, 4096))
    )
)
def test_a_layer_of_any_size_stays_in_its_place(shape: Shape) -> None:
    root = parsed(draw_architecture([Stage("layer", "#000000", shape)], (1, 1, 1)))
    for rect in root.iter("rect"):
        left, top, width, height = (float(str(rect.get(side))) for side in ("x", "y", "width", "height"))
        assert top >= TOP - 0.1
        assert top + height <= TOP + BOX + 0.1
        assert left // COLUMN == (left + width) // COLUMN


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


def parsed(strip: str) -> Element:
    return ElementTree.fromstring(strip)


def columns_of(strip: str) -> list[list[str]]:
    """Return the words of each column, from the top down."""
    found: dict[float, list[tuple[float, str]]] = {}
    for text in parsed(strip).iter("text"):
        found.setdefault(float(str(text.get("x"))), []).append((float(str(text.get("y"))), text.text or ""))
    assert all((x / COLUMN) % 1 == 0.5 for x in found)
    return [[words for _, words in sorted(found[x])] for x in sorted(found)]


def number_in(texts: list[str], unit: str) -> float:
    """Return the number before a unit; 0 if it is not mentioned."""
    found = [text.removesuffix(unit) for text in texts if text.endswith(unit)]
    return value_of(found[0]) if found and found[0] != "no" else 0.0


def value_of(text: str) -> float:
    """Return the number that a short text means."""
    number, _, size = text.partition(" ")
    return float(number.replace(",", "")) * SIZES[size]


def sheets(shape: Shape) -> tuple[float, int]:
    """Return the height of what is drawn for a layer of this shape, and how many of it there are."""
    with_image = list(parsed(draw_architecture([Stage("layer", "#123456", shape)], (1, 1, 1))).iter("rect"))
    found = [rect for rect in with_image if rect.get("fill") == "#123456"]
    return float(str(found[0].get("height"))), len(found)
