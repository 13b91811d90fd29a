"""The CNN page's list of layers, edited in place."""

from dataclasses import replace
from typing import Any

import pytest

from core.config.fields import Bounded
from core.datasets import DATASETS
from core.families.cnn import PRESETS, CnnConfig, build_layers
from core.figures.network.architecture import stages
from core.layers.blocks import (
    LAYER_BLOCKS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerBlock,
    LayerNorm,
    Pool,
    Residual,
    SeparableConv,
)
from core.store import Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME
from tests.support.reading import (
    as_drawn,
    boxes_of,
    captions,
    data_of,
    form,
    held,
    layer_choice,
    layer_names,
    layers_seen,
    on_screen,
    own,
    parameter,
    section,
    summary,
    titles_of,
    words_of,
)
from tests.support.tab import Tab

SPEC = DATASETS["mnist_5k"].spec
FIRST = Conv(filters=4)
LAYERS: tuple[LayerBlock, ...] = (FIRST, Pool(size=4), Flatten(), Dense(units=8))
MOST = 40
ADD, VERBS = "cnn_layers_add", ("up", "down", "duplicate", "remove")
KINDS = {kind.kind: kind for kind in LAYER_BLOCKS}


# What is shown


def test_the_list_says_of_each_layer_what_is_set_and_what_comes_out_of_it(visit: Visit) -> None:
    layers = (Conv(filters=4, padding="same"), Residual(filters=4), Pool(method="average"), Flatten(), Dropout())
    app = visit("cnn", layers=link_of(layers))
    assert layer_choice(app).options == titles_of(layers)
    residual = 2 * (9 * 4 * 4 + 4 * 4)  # two convolutions without a bias, each with a normalisation
    assert list(layer_choice(app).proto.captions) == [
        "4 × 3×3, ReLU, same → 28×28×4, 40 parameters",
        f"4 × 3×3 twice, ReLU → 28×28×4, {residual} parameters",
        "average 2×2 → 14×14×4, 0 parameters",
        "784, 0 parameters",
        "0.5 → 784, 0 parameters",
    ]


def test_the_first_layer_is_chosen_at_first_and_its_settings_are_shown(visit: Visit) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    assert layer_choice(app).value == 0
    assert "**conv_1** Convolution" in words_of(section(app, "layers"))
    assert {name: parameter(app, name).value for name in Conv.fields()} == vars(FIRST)


@pytest.mark.parametrize("kind", LAYER_BLOCKS)
def test_every_parameter_of_a_kind_of_layer_has_a_widget_with_its_label_and_default(
    visit: Visit, kind: type[LayerBlock]
) -> None:
    app = visit("cnn", layers=link_of([kind()]))
    for name, field in kind.fields().items():
        control, default = parameter(app, name), getattr(kind(), name)
        assert control.label == field.label
        assert control.help == f"{field.help} Default: {field.say(default)}."
        assert control.value == default
        if isinstance(field, Bounded):
            assert (control.min, control.max) == (field.low, field.high)
        else:
            assert control.options == list(field.titles.values())
    assert ("This layer has no settings." in captions(section(app, "layers"))) == (not kind.fields())


def test_another_layer_can_be_chosen_which_changes_nothing_else(visit: Visit) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    before = own(app), boxes_of(app), layers_seen(app)
    layer_choice(app).set_value(3).run()
    assert layer_choice(app).value == 3
    assert on_screen(parameter(app, "units")) == 8
    assert (own(app), boxes_of(app), layers_seen(app)) == before
    assert data_of(app, "network")["edited"] == ["dense_1"]
    expect(app, LAYERS)


# A parameter


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (0, "filters", 7),
        (0, "kernel_size", 5),
        (0, "activation", "gelu"),
        (0, "stride", 2),
        (0, "padding", "same"),
        (0, "dilation", 3),
        (1, "method", "average"),
        (1, "size", 2),
        (1, "stride", 3),
        (3, "units", 9),
    ],
)
def test_a_parameter_of_the_chosen_layer_changes_link_strip_and_what_train_trains(
    visit: Visit, store: Store, place: int, name: str, value: Any
) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    choose(app, place)
    parameter(app, name).set_value(value).run()
    control = parameter(app, name)
    assert on_screen(control) == as_drawn(control, LAYERS[place].field(name), value)
    changed = replace(LAYERS[place], **{name: value})
    layers = (*LAYERS[:place], changed, *LAYERS[place + 1 :])
    expect(app, layers)
    assert layer_choice(app).value == place
    expect_trained(app, store, layers)


def test_several_parameters_one_after_the_other_are_all_kept(visit: Visit) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    for name, value in (("filters", 6), ("kernel_size", 5), ("padding", "same"), ("activation", "tanh")):
        parameter(app, name).set_value(value).run()
    choose(app, 3)
    parameter(app, "units").set_value(20).run()
    choose(app, 0)
    assert {name: parameter(app, name).value for name in ("filters", "kernel_size", "padding", "activation")} == {
        "filters": 6,
        "kernel_size": 5,
        "padding": "same",
        "activation": "tanh",
    }
    expect(app, (Conv(filters=6, kernel_size=5, padding="same", activation="tanh"), *LAYERS[1:3], Dense(units=20)))


def test_two_layers_of_a_kind_have_settings_of_their_own(visit: Visit) -> None:
    app = visit("cnn", layers=link_of([Conv(filters=2), Conv(filters=3), Flatten()]))
    choose(app, 1)
    parameter(app, "filters").set_value(30).run()
    choose(app, 0)
    assert on_screen(parameter(app, "filters")) == 2
    parameter(app, "filters").set_value(20).run()
    expect(app, (Conv(filters=20), Conv(filters=30), Flatten()))


# Buttons


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer_can_be_added_after_the_chosen_one(visit: Visit, store: Store, kind: str) -> None:
    place = 2 if kind == "dense" else 1
    app = visit("cnn", layers=link_of(LAYERS))
    choose(app, place)
    app.menu_button(key=ADD).click(kind).run()
    layers = (*LAYERS[: place + 1], KINDS[kind](), *LAYERS[place + 1 :])
    expect(app, layers)
    assert layer_choice(app).value == place + 1  # the new one is chosen
    expect_trained(app, store, layers)


def test_the_menu_names_every_kind(visit: Visit) -> None:
    assert visit("cnn").menu_button(key=ADD).options == [kind.title for kind in LAYER_BLOCKS]


def test_a_layer_moves_up_and_down_and_stays_chosen(visit: Visit, store: Store) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    press(app, "down")
    expect(app, (LAYERS[1], LAYERS[0], *LAYERS[2:]))
    assert layer_choice(app).value == 1
    assert on_screen(parameter(app, "filters")) == 4
    choose(app, 3)
    press(app, "up")
    expect(app, (LAYERS[1], LAYERS[0], LAYERS[3], LAYERS[2]))
    assert layer_choice(app).value == 2
    press(app, "down")
    choose(app, 1)
    press(app, "up")
    expect(app, LAYERS)
    expect_trained(app, store, LAYERS)


def test_at_the_ends_of_the_list_a_layer_moves_no_farther(visit: Visit) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    assert disabled(app) == {"up"}
    choose(app, 1)
    assert disabled(app) == set()
    choose(app, len(LAYERS) - 1)
    assert disabled(app) == {"down"}
    app.click_late("cnn_layers_down")
    expect(app, LAYERS)
    assert not app.exception


def test_a_layer_is_duplicated_with_its_settings_and_the_copy_is_chosen(visit: Visit, store: Store) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    press(app, "duplicate")
    parameter(app, "padding").set_value("same").run()
    layers = (FIRST, replace(FIRST, padding="same"), *LAYERS[1:])
    expect(app, layers)
    assert layer_choice(app).value == 1
    expect_trained(app, store, layers)


def test_layers_are_removed_until_there_are_none_and_added_again(visit: Visit, store: Store) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    choose(app, 2)
    for left in ((*LAYERS[:2], LAYERS[3]), LAYERS[:2], LAYERS[:1], ()):
        press(app, "remove")
        expect(app, left)
    assert disabled(app) == set(VERBS)
    assert not app.menu_button(key=ADD).disabled
    assert "There are no layers between input and output." in captions(section(app, "layers"))
    app.menu_button(key=ADD).click("global_pool").run()
    expect(app, (GlobalPool(),))
    app.menu_button(key=ADD).click("dense").run()
    expect(app, (GlobalPool(), Dense()))
    assert disabled(app) == {"down"}
    expect_trained(app, store, (GlobalPool(), Dense()))


def test_after_a_removal_the_layer_in_its_place_is_chosen_with_its_own_settings(visit: Visit) -> None:
    app = visit("cnn", layers=link_of([Conv(filters=2), Conv(filters=3), Conv(filters=5), Flatten()]))
    choose(app, 1)
    press(app, "remove")
    assert layer_choice(app).value == 1
    assert on_screen(parameter(app, "filters")) == 5
    parameter(app, "filters").set_value(6).run()
    expect(app, (Conv(filters=2), Conv(filters=6), Flatten()))


def test_another_preset_chooses_its_first_layer(visit: Visit) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    choose(app, 3)
    app.pills(key="cnn_preset").set_value("article").run()
    assert layer_choice(app).value == 0
    assert form(app) == held("article", PRESETS["article"].config)
    expect(app, PRESETS["article"].config.layers)


def test_a_click_on_a_button_of_the_list_that_leaves_a_typed_number_counts_for_both(visit: Visit) -> None:
    app = visit("cnn", layers=link_of(LAYERS))
    parameter(app, "filters").set_value(9)
    press(app, "duplicate")
    expect(app, (replace(FIRST, filters=9), replace(FIRST, filters=9), *LAYERS[1:]))


# Many


def test_there_are_at_most_forty_layers(visit: Visit, store: Store) -> None:
    layers = (*[Conv(filters=2, padding="same")] * (MOST - 2), GlobalPool())
    app = visit("cnn", layers=link_of(layers))
    assert disabled(app) == {"up"}
    assert not app.menu_button(key=ADD).disabled
    press(app, "duplicate")
    full = (layers[0], *layers)
    expect(app, full)
    assert len(full) == MOST
    assert disabled(app) == {"duplicate"}
    assert app.menu_button(key=ADD).disabled
    assert app.menu_button(key=ADD).help == "At most 40 layers."
    app.click_late("cnn_layers_duplicate")
    expect(app, full)
    expect_trained(app, store, full)


def test_forty_layers_of_every_kind_are_a_page_like_any_other(visit: Visit) -> None:
    before = [Residual(filters=2), Conv(filters=2, padding="same"), SeparableConv(padding="same"), BatchNorm()]
    after = [Dense(units=4), Dropout(), LayerNorm()]
    layers = (*before * 6, Pool(), GlobalPool(), *after * 4, Dense(), Dense())
    assert len(layers) == MOST
    app = visit("cnn", layers=link_of(layers))
    assert not app.exception
    assert not app.error
    expect(app, layers)
    choose(app, MOST - 1)
    parameter(app, "units").set_value(3).run()
    assert not app.exception
    assert own(app)["layers"].endswith("dense:3:relu")


def choose(app: Tab, place: int) -> None:
    """Choose a layer."""
    layer_choice(app).set_value(place).run()


def press(app: Tab, verb: str) -> None:
    app.button(key=f"cnn_layers_{verb}").click().run()


def disabled(app: Tab) -> set[str]:
    return {verb for verb in VERBS if app.button(key=f"cnn_layers_{verb}").disabled}


def link_of(layers: Any) -> str:
    """Return layers as a link says them."""
    return CnnConfig.field("layers").format(layers)


def expect(app: Tab, layers: tuple[LayerBlock, ...]) -> None:
    """Check that the link, the list, the summary and the strip all say these layers."""
    assert not app.exception
    preset = PRESETS[own(app)["preset"]].config
    assert own(app).get("layers", link_of(preset.layers)) == link_of(layers)
    assert len(layers) == 0 or layer_choice(app).options == titles_of(layers)
    assert (summary(app, "layers") == "none") == (not layers)
    found = stages(build_layers(replace(preset, layers=layers), SPEC), SPEC.input_shape)
    shapes = ["×".join(map(str, stage.shape or ())) or None for stage in found]
    assert [box["shape"] if box["facts"] else None for box in boxes_of(app)[1:]] == shapes
    assert layer_names(app) == [stage.name for stage in found]


def expect_trained(app: Tab, store: Store, layers: tuple[LayerBlock, ...]) -> None:
    """Check that Train trains these layers."""
    app.button(key="train").click().run()
    assert not app.exception
    assert [run.config["layers"] for run in store.runs.list(owners=[ME])] == [[block.to_text() for block in layers]]
