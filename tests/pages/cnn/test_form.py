"""The CNN page's settings, and the link that restores them."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from streamlit.runtime.pages_manager import PagesManager

from core.analysis.classifier.diagnosis import too_few_updates
from core.config import to_query
from core.config.fields import Bounded
from core.datasets import DATASETS
from core.errors import ConfigError
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.figures.learning_rate import draw_schedule
from core.settings import Settings
from core.store import Store
from tests.pages.conftest import LONGEST_RUN_S, ROOT, Visit, unfold
from tests.support import tiny
from tests.support.past_runs import ME
from tests.support.random_configs import made_from_fields, small_networks
from tests.support.reading import (
    SETTINGS,
    as_drawn,
    captions,
    data_of,
    form,
    held,
    layer_choice,
    on_screen,
    own,
    parameter,
    said,
    section,
    summary,
    titles_of,
)
from tests.support.tab import Tab

DATA = DATASETS["mnist_5k"]
TINY_LAYERS = "conv:4:3:relu:1:valid:1,pool:max:4:0,flatten"
FAST, ARTICLE = PRESETS["fast"].config, PRESETS["article"].config
DOT = " ●"

# Each setting as another than the default preset's, and no step of its widget.
OTHER = {
    "learning_rate": "0.0033",
    "epochs": "7",
    "batch_size": "48",
    "seed": "11",
    "optimizer": "sgd",
    "loss": "hinge",
    "momentum": "0.1234567",
    "nesterov": "on",
    "schedule": "step",
    "warmup": "0.123",
    "weight_decay": "0.00123",
    "label_smoothing": "0.0123",
    "gradient_clip": "1.23",
    "train_images": "3999",
    "max_images": "123456789",
    "validation_fraction": "0.123",
    "corrections": "12:4:9,40:1:drop",
    "label_noise": "0.123",
    "shuffle_labels": "on",
    "imbalance": "12.3",
    "test_shift": "moved",
    "precision": "float32",
    "l1": "0.0000123",
    "l2": "0.00123",
    "initializer": "orthogonal",
    "augment_shift": "0.123",
    "augment_rotation": "12.3",
    "augment_zoom": "0.0123",
    "augment_flip": "horizontal",
    "augment_contrast": "0.123",
    "augment_noise": "0.0123",
    "patience": "3",
    "target_accuracy": "0.9876",
    "time_budget_s": "3601",
}


# What there is


def test_every_setting_has_one_place_in_the_form() -> None:
    named = [*FAMILY.controls, *(name for section in FAMILY.sections for name in section.controls)]
    assert sorted(named) == sorted(CnnConfig.fields())
    assert FAMILY.controls == ("learning_rate", "epochs")


@pytest.mark.parametrize("preset", ["fast", "tiny_resnet"])
def test_every_setting_has_a_widget_with_its_label_and_a_help_that_ends_with_its_default(
    visit: Visit, preset: str
) -> None:
    app = visit("cnn", preset=preset)
    assert set(OTHER) == set(SETTINGS)
    for name, field in SETTINGS.items():
        control = app.get_by_key(f"cnn_{name}")
        default = getattr(PRESETS[preset].config, name)
        assert control.label == field.label
        assert control.help == f"{field.help} Default: {field.say(default)}."
        assert len(field.help) > 30


def test_every_widget_stands_in_the_section_that_it_belongs_to(visit: Visit) -> None:
    app = visit("cnn")
    for part in FAMILY.sections:
        keys = {f"cnn_{name}" for name in part.controls if name in SETTINGS}
        assert keys <= {getattr(element, "key", None) for element in section(app, part.id)}
    folded = {getattr(element, "key", None) for part in FAMILY.sections for element in section(app, part.id)}
    assert not folded & {"cnn_learning_rate", "cnn_epochs", "cnn_preset", "train"}


def test_a_whole_number_can_only_be_whole_and_a_number_has_its_bounds(visit: Visit) -> None:
    app = visit("cnn")
    for name, field in SETTINGS.items():
        control = app.get_by_key(f"cnn_{name}")
        if isinstance(field, Bounded) and control.type != "select_slider":
            assert (control.min, control.max) == (field.low, field.high), name
            assert not field.whole or control.step == 1, name


def test_a_choice_offers_every_option_by_its_title(visit: Visit) -> None:
    app = visit("cnn")
    for name in ("optimizer", "schedule", "initializer", "augment_flip", "nesterov", "precision", "test_shift"):
        assert app.selectbox(key=f"cnn_{name}").options == list(SETTINGS[name].titles.values())


def test_a_slider_of_powers_ends_at_both_bounds(visit: Visit) -> None:
    app = visit("cnn")
    sliders = {s.key.removeprefix("cnn_"): s for s in app.select_slider}
    assert set(sliders) == {n for n, field in SETTINGS.items() if isinstance(field, Bounded) and field.scale == "log"}
    for name, slider in sliders.items():
        field = SETTINGS[name]
        values = [float(option.replace(",", "")) for option in slider.options]
        assert values == sorted(set(values))
        assert (values[0], values[-1]) == (field.low, field.high), name


def test_the_data_can_be_chosen_and_says_how_it_was_split(visit: Visit) -> None:
    app = visit("cnn")
    images = [dataset.title for dataset in DATASETS.values() if dataset.spec.is_image]
    assert app.selectbox(key="cnn_dataset").options == images
    assert app.selectbox(key="cnn_dataset").help
    assert DATA.split in captions(section(app, "data"))
    assert DATA.licence in captions(section(app, "data"))


def test_another_data_set_changes_all_that_depends_on_it(visit: Visit) -> None:
    app = visit("cnn", preset="article", learning_rate="0.5")
    app.selectbox(key="cnn_dataset").set_value("mnist").run()
    assert not app.exception
    assert own(app) == {"v": "3", "preset": "article", "learning_rate": "0.5", "dataset": "mnist"}
    assert form(app) == held("article", ARTICLE.changed(["learning_rate=0.5"]))
    assert summary(app, "data").startswith("MNIST, 70,000 digits, ")
    assert "60,000 training images, 10,000 test images · 4,690 steps" in captions(app.get_by_key("foot"))


def test_a_newcomer_starts_from_the_default_preset(visit: Visit) -> None:
    app = visit("cnn")
    assert app.pills(key="cnn_preset").options == [preset.title for preset in PRESETS.values()]
    assert form(app) == held("fast", FAST)
    assert PRESETS["fast"].sentence in captions(app)
    assert app.button(key="train").label == "Train"
    assert not app.button(key="train").disabled


def test_the_size_of_the_network_and_of_the_data_is_said(visit: Visit) -> None:
    # 28 -conv 3-> 26 -pool-> 13 -conv 3-> 11 -pool-> 5; 5 * 5 * 64 = 1600 numbers
    weights = (9 + 1) * 32 + (9 * 32 + 1) * 64 + (1600 + 1) * 128 + (128 + 1) * 10
    adds = 26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 1600 * 128 + 128 * 10
    said = captions(visit("cnn", preset="article").get_by_key("foot"))
    assert f"{weights:,} parameters · {adds / 1e6:.2f} M multiply-adds an image · " in said
    assert "4,000 training images, 1,000 test images · 315 steps" in said


def test_the_name_that_the_run_will_have_is_said(visit: Visit) -> None:
    assert "**Article CNN, seed 3**" in captions(visit("cnn", preset="article", seed="3"))


def test_an_image_budget_that_ends_the_run_early_is_said(visit: Visit) -> None:
    def said(**link: str) -> str:
        return captions(visit("cnn", preset="fast", **link).get_by_key("foot"))

    assert "the budget ends" not in said()
    small = said(epochs="50", train_images="100", validation_fraction="0.2")
    assert "80 training images" in small
    assert "the budget ends" not in small
    assert "the budget stops training after 12,000 examples, counting repeats" in said(epochs="50")


def test_the_epochs_say_what_ends_the_run_before_them_and_lift_it_when_they_are_moved(visit: Visit) -> None:
    remark = "The budget of 12,000 examples ends it in epoch 3."
    app = visit("cnn", preset="fast")
    assert remark not in captions(app)
    app.slider(key="cnn_epochs").set_value(2).run()
    assert app.number_input(key="cnn_max_images").value == 12_000  # it ends nothing
    app = visit("cnn", preset="fast", epochs="50")
    assert remark in captions(app)
    app.slider(key="cnn_epochs").set_value(20).run()
    assert not app.exception
    assert remark not in captions(app)
    assert summary(app, "budget").startswith("no example budget")
    assert on_screen(app.number_input(key="cnn_max_images")) == 0
    assert "1,260 steps" in captions(app.get_by_key("foot"))
    app.number_input(key="cnn_max_images").set_value(4000).run()
    assert "The budget of 4,000 examples ends it in epoch 1." in captions(app)


def test_the_schedule_is_drawn_for_what_is_set(visit: Visit) -> None:
    app = visit("cnn", preset="article")
    for name, value in (("schedule", "cosine"), ("warmup", 0.5)):
        app.get_by_key(f"cnn_{name}").set_value(value).run()
    app.slider(key="cnn_epochs").set_value(9).run()
    config = ARTICLE.changed(["schedule=cosine", "warmup=0.5", "epochs=9"])
    assert data_of(app, "cnn_drawing_optimiser") == {"svg": draw_schedule(config, DATA.spec)}
    assert f"over {9 * 63:,} steps" in data_of(app, "cnn_drawing_optimiser")["svg"]


# What a section says of itself


def test_a_folded_section_says_in_its_title_what_is_set_and_draws_nothing(visit: Visit) -> None:
    app = visit("cnn", is_folded=True)
    drawn = {getattr(node, "key", "") for node in app}
    assert {f"cnn_{name}" for name in FAMILY.controls} <= drawn
    assert not {f"cnn_{name}" for section in FAMILY.sections for name in section.controls} & drawn
    assert summary(app, "data") == "MNIST, 5,000 digits, all examples, none held back"
    assert summary(app, "layers") == ("3 × convolution, 2 × pooling, 3 × batch normalisation, flatten, dropout, dense")
    assert summary(app, "optimiser") == "Adam, one-cycle to 0.02, batch 64"
    assert summary(app, "regularisation") == "Label smoothing 0.1"
    assert summary(app, "broken") == "nothing broken"
    assert summary(app, "budget") == "12,000 examples, seed 0"
    titles = [re.match(r"\*\*([\w ]+)\*\*", part.label) for part in app.expander]
    assert [title and title[1] for title in titles] == [part.title for part in FAMILY.sections]


def test_a_section_says_everything_that_is_not_as_usual(visit: Visit) -> None:
    app = visit("cnn", **OTHER, layers=TINY_LAYERS)
    assert summary(app, "data") == (
        "MNIST, 5,000 digits, 3,999 examples, 12 % held back, 1 label corrected, 1 example left out"
    )
    assert summary(app, "layers") == "convolution, pooling, flatten"
    assert summary(app, "optimiser") == "SGD, step from 0.0033, batch 48, hinge"
    assert summary(app, "regularisation") == (
        "L1 1.23e-05, L2 0.00123, Weight decay 0.00123, Label smoothing 0.0123, "
        "random flip, shift, rotation, zoom, contrast, noise, starts orthogonal"
    )
    assert summary(app, "broken") == ("shuffled labels, 12.3 times more of the first class, tested on moved images")
    assert summary(app, "budget") == (
        "123,456,789 examples, 3,601 s, stops after 3 epochs without gain, stops at 98.76 %, seed 11"
    )


def test_a_sections_title_follows_its_controls(visit: Visit) -> None:
    app = visit("cnn")
    app.number_input(key="cnn_seed").set_value(7).run()
    assert summary(app, "budget") == "12,000 examples, seed 7"
    app.select_slider(key="cnn_learning_rate").set_value(0.05).run()  # open, but the optimiser's section says it too
    assert summary(app, "optimiser") == "Adam, one-cycle to 0.05, batch 64"


# What differs from the preset


def test_no_control_of_a_preset_has_a_dot_and_every_changed_one_has(visit: Visit) -> None:
    app = visit("cnn")
    assert not [control.label for control in controls(app) if control.label.endswith(DOT)]
    app = visit("cnn", **OTHER)
    assert not app.warning
    assert [control.label for control in controls(app)] == [field.label + DOT for field in SETTINGS.values()]


def test_the_dot_comes_and_goes_with_the_difference(visit: Visit) -> None:
    app = visit("cnn")
    app.slider(key="cnn_epochs").set_value(2).run()
    assert [control.label for control in controls(app) if control.label.endswith(DOT)] == [f"Epochs{DOT}"]
    app.slider(key="cnn_epochs").set_value(FAST.epochs).run()
    assert app.slider(key="cnn_epochs").label == "Epochs"


# What changes nothing


@pytest.mark.parametrize(
    ("optimizer", "momentum", "unused"),
    [
        ("adam", "0.9", {"momentum", "nesterov"}),
        ("adamw", "0", {"momentum", "nesterov"}),
        ("rmsprop", "0.9", {"nesterov"}),
        ("sgd", "0.9", set()),
        ("sgd", "0", {"nesterov"}),
    ],
)
def test_controls_that_change_nothing_are_disabled(
    visit: Visit, optimizer: str, momentum: str, unused: set[str]
) -> None:
    app = visit("cnn", optimizer=optimizer, momentum=momentum)
    assert {name for name in SETTINGS if app.get_by_key(f"cnn_{name}").disabled} == unused


def test_momentum_can_be_moved_once_the_optimiser_has_it_and_keeps_its_value(visit: Visit) -> None:
    app = visit("cnn", momentum="0.5")
    assert app.slider(key="cnn_momentum").disabled
    app.selectbox(key="cnn_optimizer").set_value("sgd").run()
    assert not app.slider(key="cnn_momentum").disabled
    assert not app.selectbox(key="cnn_nesterov").disabled
    assert app.slider(key="cnn_momentum").value == 0.5
    app.slider(key="cnn_momentum").set_value(0.0).run()
    assert app.selectbox(key="cnn_nesterov").disabled


# Presets


def test_another_preset_seeds_every_widget(visit: Visit) -> None:
    app = visit("cnn", **OTHER, layers=TINY_LAYERS)
    app.pills(key="cnn_preset").set_value("article").run()
    assert form(app) == held("article", ARTICLE)
    assert layer_choice(app).options == titles_of(ARTICLE.layers)
    assert PRESETS["article"].sentence in captions(app)
    assert own(app) == {"v": "3", "preset": "article", "dataset": "mnist_5k"}


@pytest.mark.parametrize("run", [Tab.run, Tab.run_late])
def test_a_preset_is_taken_even_if_the_click_on_it_leaves_a_number_that_is_typed(
    visit: Visit, run: Callable[[Tab], Tab]
) -> None:
    app = visit("cnn")
    app.number_input(key="cnn_seed").set_value(5)
    app.pills(key="cnn_preset").set_value("article")
    run(app)
    assert not app.warning
    assert form(app) == held("article", ARTICLE)
    expect_shown(app, ARTICLE)
    assert own(app) == {"v": "3", "preset": "article", "dataset": "mnist_5k"}


def test_train_from_a_browser_that_has_not_heard_of_the_preset_yet_trains_the_preset(
    visit: Visit, store: Store
) -> None:
    app = visit("cnn", **OTHER, layers=TINY_LAYERS)
    known = app.states
    app.pills(key="cnn_preset").set_value("article").run()
    app.button(key="train").click()
    app.run_behind(known)
    (run,) = store.runs.list(owners=[ME])
    assert (run.preset, run.config) == ("article", ARTICLE.to_dict())
    assert form(app) == held("article", ARTICLE)
    expect_shown(app, ARTICLE)


def test_a_control_can_be_moved_back_to_where_it_was_before_a_preset(visit: Visit) -> None:
    app = visit("cnn", epochs="33")
    app.pills(key="cnn_preset").set_value("article").run()
    app.slider(key="cnn_epochs").set_value(33).run()
    assert own(app)["epochs"] == "33"


def test_a_browser_that_has_not_heard_of_an_older_link_yet_does_not_undo_it(visit: Visit, store: Store) -> None:
    app = visit("cnn", preset="lenet5", epochs="3")
    known = app.states
    app.query_params.clear()
    app.query_params.update({"preset": "article", "epochs": "4"})
    app.run()
    app.button(key="train").click()
    app.run_behind(known)
    (run,) = store.runs.list(owners=[ME])
    assert (run.preset, run.config) == ("article", ARTICLE.changed(["epochs=4"]).to_dict())


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_shown_as_it_is_and_can_be_trained(visit: Visit, store: Store, preset: str) -> None:
    app = visit("cnn", preset="fast" if preset == "article" else "article", epochs="3")
    app.pills(key="cnn_preset").set_value(preset).run()
    assert not app.exception
    assert not app.error
    expect_shown(app, PRESETS[preset].config)
    app.button(key="train").click().run()
    (run,) = store.runs.list(owners=[ME])
    assert (run.preset, run.config) == (preset, PRESETS[preset].config.to_dict())


# From the link


def six_digits(value: float) -> float:
    """Round a number as people write them; Streamlit's sliders cannot tell apart what differs by 5e-12."""
    return float(f"{value:.6g}") if value > 1e-9 else 0.0


NUMBERS = {
    name: st.floats(field.low, field.high).map(six_digits)
    for name, field in SETTINGS.items()
    if isinstance(field, Bounded) and not field.whole
}
CONFIGS = made_from_fields(CnnConfig, **NUMBERS, layers=small_networks)


@examples(
    max_examples=7,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a page takes too long to look for the smallest config that fails
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(config=CONFIGS, preset=st.sampled_from(sorted(PRESETS)))
def test_any_settings_are_shown_exactly_and_written_back_as_the_same_link(
    visit: Visit, config: CnnConfig, preset: str
) -> None:
    link = {**to_query(config, PRESETS[preset]), "dataset": "mnist_5k"}
    app = visit("cnn", **link)
    assert not app.exception
    is_short = not is_impossible(config) and bool(too_few_updates(config, DATA.spec))
    assert len(app.warning) == is_short  # which no link has to do with
    assert own(app) == link
    assert form(app) == held(preset, config)
    expect_shown(app, config)
    for name, control in zip(SETTINGS, controls(app), strict=True):
        assert control.label.endswith(DOT) == (getattr(config, name) != getattr(PRESETS[preset].config, name)), name
    assert app.button(key="train").disabled == is_impossible(config)
    app.run()  # a later run says the same by other means
    assert own(app) == link
    expect_settings_shown(app, config)


def test_a_link_with_every_setting_seeds_the_form_exactly(visit: Visit) -> None:
    app = visit("cnn", v="2", preset="fast", **OTHER, layers=TINY_LAYERS)
    assert not app.warning
    config = FAST.changed([f"{name}={text}" for name, text in {**OTHER, "layers": TINY_LAYERS}.items()])
    assert form(app) == held("fast", config)
    expect_shown(app, config)


@pytest.mark.parametrize(
    "link",
    [
        {"learning_rate": "1e-05", "epochs": "1", "batch_size": "8", "seed": "1", "l2": "5e-324"},
        {"learning_rate": "10", "epochs": "200", "batch_size": "1000", "seed": "2147483647", "momentum": "0.999"},
        {"learning_rate": "0.00123456789", "train_images": "10000000", "max_images": "1000000000"},
    ],
    ids=["least", "most", "exact"],
)
def test_any_allowed_value_survives_from_link_to_link(visit: Visit, link: dict[str, str]) -> None:
    app = visit("cnn", preset="article", **link)
    assert not app.exception
    assert not app.warning
    assert link.items() <= own(app).items()


def test_short_layers_are_understood(visit: Visit) -> None:
    app = visit("cnn", layers="conv:4:3:relu,pool:max:4,flatten")
    assert not app.warning
    assert own(app)["layers"] == TINY_LAYERS


def test_a_link_that_says_what_the_preset_says_anyway_becomes_short(visit: Visit) -> None:
    app = visit("cnn", preset="article", learning_rate="1e-3", epochs="5")
    assert own(app) == {"v": "3", "preset": "article", "dataset": "mnist_5k"}


@pytest.mark.parametrize(("name", "text"), [("epochs", "2.5"), ("layers", "lstm:8"), ("__class__", "x")])
def test_a_part_that_cannot_be_used_is_named_and_ignored(visit: Visit, name: str, text: str) -> None:
    app = visit("cnn", preset="article", seed="5", **{name: text})
    assert not app.exception
    (warning,) = app.warning
    assert name.strip("_") in said(warning)
    assert said(warning).startswith("Ignored in the link:")
    assert form(app) == held("article", ARTICLE.changed(["seed=5"]))
    assert own(app) == {"v": "3", "preset": "article", "seed": "5", "dataset": "mnist_5k"}


def test_an_unknown_preset_is_named_and_nothing_is_trained_in_its_place(visit: Visit) -> None:
    app = visit("cnn", preset="huge", epochs="3")
    (warning,) = app.warning
    assert "'huge'" in said(warning)
    assert app.button(key="train").disabled
    assert any("Choose one under Start from" in said(error) for error in app.error)
    assert form(app) == held("fast", FAST.changed(["epochs=3"])) | {"preset": None}
    app.pills(key="cnn_preset").set_value("fast").run()
    assert not app.error
    assert not app.button(key="train").disabled
    assert form(app) == held("fast", FAST)


@pytest.mark.parametrize("dataset", ["file_cats", "cats", "own_0"])
def test_data_that_is_not_here_is_named_and_no_other_is_taken(visit: Visit, dataset: str) -> None:
    app = visit("cnn", dataset=dataset)
    assert not app.exception
    assert all(repr(dataset) in said(error) for error in app.error)
    assert "Train is off" in said(app.get_by_key("foot").error[0])
    assert app.selectbox(key="cnn_dataset").value is None
    assert app.button(key="train").disabled
    assert own(app)["dataset"] == dataset, "Reload says the same"
    app.selectbox(key="cnn_dataset").set_value("digits_8x8").run()
    assert not app.error
    assert not app.button(key="train").disabled


def test_data_whose_file_has_gone_is_not_exchanged(visit: Visit, settings: Settings) -> None:
    settings.data_dir.mkdir()
    np.savez(settings.data_dir / "mine.npz", **tiny.arrays())
    app = visit("cnn", dataset="file_mine", layers="flatten")
    assert app.selectbox(key="cnn_dataset").value == "file_mine"
    app.slider(key="cnn_epochs").set_value(4).run()
    before = form(app)
    (settings.data_dir / "mine.npz").unlink()
    app.run()
    assert not app.exception
    assert "no data set 'file_mine'" in said(app.error[0])
    assert app.selectbox(key="cnn_dataset").value is None
    assert form(app) == before
    assert own(app)["dataset"] == "file_mine"


def test_a_link_of_another_version_is_read_as_far_as_possible(visit: Visit) -> None:
    app = visit("cnn", v="99", epochs="3")
    (warning,) = app.warning
    assert "version 99" in said(warning)
    assert form(app)["epochs"] == 3
    assert own(app)["v"] == "3"


def test_warnings_about_the_link_go_with_the_next_preset(visit: Visit) -> None:
    app = visit("cnn", epochs="0", colour="red")
    assert len(app.warning) == 2
    app.pills(key="cnn_preset").set_value("article").run()
    assert not app.warning


def test_text_from_a_link_is_shown_and_not_obeyed(visit: Visit) -> None:
    app = visit("cnn", optimizer="![x](https://example.com/x.png) **bold** :red[x]")
    (warning,) = app.warning
    assert "\\!\\[" in warning.value or "!\\[" in warning.value
    assert "https://" not in warning.value
    assert "![x](https://example.com/x.png) **bold** :red[x]" in said(warning)


def test_text_that_is_no_correction_is_refused_and_the_setting_stays(visit: Visit) -> None:
    app = visit("cnn", corrections="12:4:9")
    app.text_input(key="cnn_corrections").set_value("row 40").run()
    assert not app.exception
    assert "such as 12:3:7" in said(app.toast[0])
    assert app.text_input(key="cnn_corrections").value == "12:4:9"
    assert own(app)["corrections"] == "12:4:9"


# To the link


def test_the_link_says_only_what_differs_from_the_preset(visit: Visit) -> None:
    app = visit("cnn")
    assert own(app) == {"v": "3", "preset": "fast", "dataset": "mnist_5k"}
    app.slider(key="cnn_epochs").set_value(2)
    app.select_slider(key="cnn_learning_rate").set_value(0.05)
    app.number_input(key="cnn_seed").set_value(11).run()
    assert own(app) == {
        "v": "3",
        "preset": "fast",
        "dataset": "mnist_5k",
        "epochs": "2",
        "learning_rate": "0.05",
        "seed": "11",
    }
    app.slider(key="cnn_epochs").set_value(FAST.epochs).run()
    assert "epochs" not in own(app)


def test_a_value_between_the_stops_of_a_slider_can_be_left_and_the_others_reached(visit: Visit) -> None:
    app = visit("cnn", learning_rate="0.0033")
    app.select_slider(key="cnn_learning_rate").set_value(0.05).run()
    assert on_screen(app.select_slider(key="cnn_learning_rate")) == "0.05"
    assert own(app)["learning_rate"] == "0.05"
    app.select_slider(key="cnn_learning_rate").set_value(0.02).run()
    assert "learning_rate" not in own(app)


def test_a_changed_link_changes_the_form(visit: Visit) -> None:
    app = visit("cnn", epochs="3")
    app.query_params.clear()
    app.query_params.update({"preset": "article", "epochs": "4"})
    app.run()
    assert form(app) == held("article", ARTICLE.changed(["epochs=4"]))
    expect_shown(app, ARTICLE.changed(["epochs=4"]))


def test_the_form_is_as_it_was_after_a_visit_to_home(visit: Visit) -> None:
    app = visit("cnn", preset="article", epochs="3", layers=TINY_LAYERS, optimizer="sgd")
    app.query_params.clear()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/cnn.py").run()
    assert form(app) == held("article", ARTICLE.changed(["epochs=3", f"layers={TINY_LAYERS}", "optimizer=sgd"]))
    assert own(app) == {
        "v": "3",
        "preset": "article",
        "epochs": "3",
        "layers": TINY_LAYERS,
        "optimizer": "sgd",
        "dataset": "mnist_5k",
    }


# Drawn in parts


MOVES: list[tuple[str, Any]] = [
    ("epochs", 3),
    ("learning_rate", 0.05),
    ("optimizer", "sgd"),
    ("momentum", 0.0),
    ("schedule", "cosine"),
    ("warmup", 0.25),
    ("batch_size", 128),
    ("train_images", 1000),
    ("validation_fraction", 0.25),
    ("patience", 2),
    ("validation_fraction", 0.0),  # now patience cannot be
    ("time_budget_s", 5),
    ("patience", 0),
    ("augment_noise", 0.1),
    ("initializer", "zeros"),
    ("l2", 0.01),
    ("seed", 5),
    ("max_images", 0),
]


@pytest.mark.parametrize(("view", "moves"), [("Live", MOVES), ("Results", MOVES[::6]), ("Code", MOVES[2::3])])
def test_after_each_move_the_page_says_what_it_would_say_if_all_of_it_were_drawn_anew(
    visit: Visit, view: str, moves: list[tuple[str, Any]]
) -> None:
    app = visit("cnn", cnn_view=view, layers=TINY_LAYERS)
    for name, value in moves:
        app.get_by_key(f"cnn_{name}").set_value(value).run()
        in_parts, link = everything(app), own(app)
        app.run()
        assert (everything(app), own(app)) == (in_parts, link), name
        assert not app.exception


def test_a_moved_control_draws_anew_only_what_now_says_something_else(visit: Visit) -> None:
    app = visit("cnn", preset="article")
    app.slider(key="cnn_epochs").set_value(3).run()
    anew = set(app.drawn_anew)
    assert {"cnn_epochs", "cnn_learning_rate", "cnn_drawing_optimiser"} <= anew
    assert not anew & {
        "network",
        "train",
        "cnn_preset",
        "cnn_seed",
        "cnn_dataset",
        "cnn_layers_add",
        "look_kernels",
        "footer",
    }
    app.number_input(key="cnn_seed").set_value(3).run()
    anew = set(app.drawn_anew)
    assert {"cnn_seed", "network", "look_kernels"} <= anew
    assert not anew & {"train", "cnn_preset", "cnn_epochs", "cnn_dataset", "cnn_layers_add", "footer"}


# The frame


def test_a_page_that_is_opened_first_on_a_fresh_server_has_the_frame_too(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)  # until some visit has run `app.py`
    app = Tab(ROOT / "app.py", default_timeout=LONGEST_RUN_S)
    app.query_params["epochs"] = "3"
    unfold(app)
    app.switch_page("pages/cnn.py").run()  # asks who is here
    app.run()
    assert not app.exception
    assert form(app)["epochs"] == 3
    assert app.get_by_key("footer").caption


def controls(app: Tab) -> list[Any]:
    """Return the widget of every setting."""
    return [app.get_by_key(f"cnn_{name}") for name in SETTINGS]


def expect_shown(app: Tab, config: CnnConfig) -> None:
    """Check what the browser draws for every setting and every layer's every parameter."""
    expect_settings_shown(app, config)
    if not config.layers:
        assert "There are no layers" in captions(section(app, "layers"))
        return
    assert layer_choice(app).options == titles_of(config.layers)
    for place, block in enumerate(config.layers):
        if place:
            layer_choice(app).set_value(place).run()
        assert layer_choice(app).proto.captions[place].startswith(block.summary)
        for name, field in block.fields().items():
            expect_drawn(parameter(app, name), field, getattr(block, name))
    layer_choice(app).set_value(0).run()


def expect_settings_shown(app: Tab, config: CnnConfig) -> None:
    for name, field in SETTINGS.items():
        expect_drawn(app.get_by_key(f"cnn_{name}"), field, getattr(config, name))


def expect_drawn(control: Any, field: Any, value: Any) -> None:
    """Check that the browser draws this value."""
    assert on_screen(control) == as_drawn(control, field, value), control.key


def is_impossible(config: CnnConfig) -> bool:
    try:
        config.validate(DATA.spec)
    except ConfigError:
        return True
    return False


def everything(app: Tab) -> list[Any]:
    """Return all that can be seen: texts, messages, labels, values, and what our own components were sent."""
    found: list[Any] = []
    for element in app:
        kind, key = element.type, getattr(element, "key", None)
        match kind:
            case "select_slider" | "slider" | "selectbox" | "number_input":
                found.append((key, element.label, element.help, element.disabled, on_screen(element)))
            case "button" | "menu_button" | "download_button" | "expander" | "radio":
                found.append((key, element.label, element.proto.SerializeToString() if kind == "radio" else ""))
            case "bidi_component":
                found.append((key, data_of(app, key)))
            case _:
                found.append((key, str(getattr(element, "value", ""))))
    return found
