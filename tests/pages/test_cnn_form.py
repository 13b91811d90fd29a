"""The CNN page's settings, and the link that restores them."""

from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core.families.cnn import FAMILY, PRESETS
from core.settings import Settings
from core.store import Store
from tests.pages.conftest import LONGEST_RUN_S, ROOT, FakeProbe, Visit
from tests.pages.reading import said

CONTROLS = {
    "learning_rate": "select_slider",
    "epochs": "slider",
    "batch_size": "select_slider",
    "max_images": "number_input",
    "seed": "number_input",
}
TINY_LAYERS = "conv:4:3:relu:1:valid,pool:max:4,flatten"


# What there is


@pytest.mark.parametrize(("name", "kind"), CONTROLS.items())
def test_each_control_is_there_with_its_label_and_a_help_text(visit: Visit, name: str, kind: str) -> None:
    control, knob = getattr(visit("cnn"), kind)(key=f"cnn_{name}"), FAMILY.config_type.knob(name)
    assert control.label == knob.label
    assert control.help == knob.help
    assert len(control.help) > 30


def test_the_form_has_every_control_of_the_family(visit: Visit) -> None:
    assert set(FAMILY.controls) == set(CONTROLS)


def test_the_data_can_be_chosen_and_says_how_it_was_split(visit: Visit) -> None:
    app = visit("cnn")
    assert app.selectbox(key="cnn_dataset").options == ["MNIST, 5,000 digits"]
    assert app.selectbox(key="cnn_dataset").help
    assert "only tested on" in captions(app)


def test_a_newcomer_starts_from_the_default_preset(visit: Visit) -> None:
    app = visit("cnn")
    assert app.segmented_control(key="cnn_preset").options == ["Fast digits", "Article CNN"]
    assert form(app) == {"preset": "fast", **shown(PRESETS["fast"].config)}
    assert app.button(key="train").label == "Train"


def test_the_folded_controls_say_in_their_title_what_is_set(visit: Visit) -> None:
    assert visit("cnn", seed="7").expander[0].label == "More: batch size 64, image budget 40000, seed 7"


def test_the_size_of_the_network_and_of_the_data_is_said(visit: Visit) -> None:
    # 28 -conv 3-> 26 -pool-> 13 -conv 3-> 11 -pool-> 5; 5 * 5 * 64 = 1600 numbers
    weights = (9 + 1) * 32 + (9 * 32 + 1) * 64 + (1600 + 1) * 128 + (128 + 1) * 10
    said = captions(visit("cnn", preset="article"))
    assert f"{weights:,} parameters · 4,000 training images, 1,000 test images · 315 steps" in said


def test_an_image_budget_that_ends_the_run_early_is_said(visit: Visit) -> None:
    assert "image budget" not in captions(visit("cnn", preset="fast"))
    said = captions(visit("cnn", preset="fast", epochs="50", train_images="100", validation_fraction="0.2"))
    assert "80 training images" in said
    assert "image budget" not in said
    assert "ends it after 40,000 images" in captions(visit("cnn", preset="fast", epochs="50"))


# Presets


def test_another_preset_seeds_every_widget(visit: Visit) -> None:
    app = visit("cnn", learning_rate="0.5", seed="9")
    app.segmented_control(key="cnn_preset").set_value("article").run()
    assert form(app) == {"preset": "article", **shown(PRESETS["article"].config)}
    assert PRESETS["article"].sentence in captions(app)
    assert own(app) == {"v": "1", "preset": "article", "dataset": "mnist_5k"}


def test_another_preset_takes_its_settings_without_a_widget_too(visit: Visit, store: Store) -> None:
    app = visit("cnn", layers=TINY_LAYERS)
    app.segmented_control(key="cnn_preset").set_value("article").run()
    app.button(key="train").click().run()
    (run,) = store.runs.list()
    assert run.config == PRESETS["article"].config.to_dict()


# From the link


def test_a_link_seeds_the_form_exactly(visit: Visit) -> None:
    app = visit("cnn", v="1", preset="article", learning_rate="0.003", epochs="7", batch_size="48", seed="2147483647")
    assert not app.warning
    expected = {"learning_rate": 0.003, "epochs": 7, "batch_size": 48, "max_images": 0, "seed": 2_147_483_647}
    assert form(app) == {"preset": "article", **expected}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("learning_rate", "1e-05"),
        ("learning_rate", "0.00123456789"),
        ("learning_rate", "10"),
        ("epochs", "1"),
        ("epochs", "200"),
        ("batch_size", "8"),
        ("batch_size", "1000"),
        ("seed", "1"),
    ],
)
def test_any_allowed_value_survives_from_link_to_link(visit: Visit, name: str, text: str) -> None:
    app = visit("cnn", preset="article", **{name: text})
    assert not app.exception
    assert not app.warning
    assert own(app)[name] == text


def test_settings_without_a_widget_are_kept_too(visit: Visit) -> None:
    given = {"layers": TINY_LAYERS, "schedule": "cosine", "max_images": "2000", "validation_fraction": "0.25"}
    app = visit("cnn", **given)
    assert not app.warning
    assert {name: own(app)[name] for name in given} == given


def test_short_layers_are_understood(visit: Visit) -> None:
    app = visit("cnn", layers="conv:4:3:relu,pool:max:4,flatten")
    assert not app.warning
    assert own(app)["layers"] == TINY_LAYERS


def test_a_link_that_says_what_the_preset_says_anyway_becomes_short(visit: Visit) -> None:
    app = visit("cnn", preset="article", learning_rate="1e-3", epochs="5")
    assert own(app) == {"v": "1", "preset": "article", "dataset": "mnist_5k"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epochs", "0"),
        ("epochs", "201"),
        ("epochs", "2.5"),
        ("epochs", "many"),
        ("epochs", ""),
        ("learning_rate", "nan"),
        ("learning_rate", "inf"),
        ("learning_rate", "-1"),
        ("batch_size", "1e400"),
        ("optimizer", "magic"),
        ("layers", "conv:0"),
        ("layers", "conv:1:2:3:4:5:6:7:8"),
        ("layers", "lstm:8"),
        ("layers", ",".join(["dense"] * 41)),
        ("colour", "red"),
        ("schema", "2"),
        ("__class__", "x"),
    ],
)
def test_a_part_that_cannot_be_used_is_named_and_ignored(visit: Visit, name: str, text: str) -> None:
    app = visit("cnn", preset="article", seed="5", **{name: text})
    assert not app.exception
    (warning,) = app.warning
    assert name.strip("_") in said(warning)
    assert said(warning).startswith("Ignored in the link:")
    assert form(app) == {"preset": "article", **shown(PRESETS["article"].config), "seed": 5}
    assert own(app) == {"v": "1", "preset": "article", "seed": "5", "dataset": "mnist_5k"}


def test_an_unknown_preset_is_named_and_the_default_taken(visit: Visit) -> None:
    app = visit("cnn", preset="huge", epochs="3")
    (warning,) = app.warning
    assert "'huge'" in said(warning)
    assert form(app) == {"preset": "fast", **shown(PRESETS["fast"].config), "epochs": 3}


@pytest.mark.parametrize("dataset", ["mnist", "cats"])
def test_data_that_is_not_here_is_named_and_the_default_taken(visit: Visit, dataset: str) -> None:
    app = visit("cnn", dataset=dataset)
    assert not app.exception
    (warning,) = app.warning
    assert repr(dataset) in said(warning)
    assert app.selectbox(key="cnn_dataset").value == "mnist_5k"


def test_data_whose_file_has_gone_is_replaced_without_a_warning(visit: Visit, settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "mnist.npz").touch()
    app = visit("cnn", dataset="mnist")
    assert app.selectbox(key="cnn_dataset").value == "mnist"
    (settings.data_dir / "mnist.npz").unlink()
    app.slider(key="cnn_epochs").set_value(4).run()
    assert not app.exception
    assert not app.warning
    assert app.selectbox(key="cnn_dataset").value == "mnist_5k"
    assert form(app)["epochs"] == 4


def test_a_link_of_another_version_is_read_as_far_as_possible(visit: Visit) -> None:
    app = visit("cnn", v="99", epochs="3")
    (warning,) = app.warning
    assert "version 99" in said(warning)
    assert form(app)["epochs"] == 3
    assert own(app)["v"] == "1"


def test_warnings_about_the_link_go_with_the_next_preset(visit: Visit) -> None:
    app = visit("cnn", epochs="0", colour="red")
    assert len(app.warning) == 2
    app.segmented_control(key="cnn_preset").set_value("article").run()
    assert not app.warning


# To the link


def test_the_link_says_only_what_differs_from_the_preset(visit: Visit) -> None:
    app = visit("cnn")
    assert own(app) == {"v": "1", "preset": "fast", "dataset": "mnist_5k"}
    app.slider(key="cnn_epochs").set_value(3)
    app.select_slider(key="cnn_learning_rate").set_value(0.05)
    app.number_input(key="cnn_seed").set_value(11).run()
    assert own(app) == {
        "v": "1",
        "preset": "fast",
        "dataset": "mnist_5k",
        "epochs": "3",
        "learning_rate": "0.05",
        "seed": "11",
    }
    app.slider(key="cnn_epochs").set_value(PRESETS["fast"].config.epochs).run()
    assert "epochs" not in own(app)


def test_a_control_that_differs_from_the_preset_says_what_the_preset_has(visit: Visit) -> None:
    app = visit("cnn")
    app.slider(key="cnn_epochs").set_value(3).run()
    assert "preset: 10" in app.slider(key="cnn_epochs").label
    assert "preset" not in app.select_slider(key="cnn_learning_rate").label


def test_a_changed_link_changes_the_form(visit: Visit) -> None:
    app = visit("cnn", epochs="3")
    app.query_params.clear()
    app.query_params.update({"preset": "article", "epochs": "4"})
    app.run()
    assert form(app) == {"preset": "article", **shown(PRESETS["article"].config), "epochs": 4}


def test_the_form_is_as_it_was_after_a_visit_to_home(visit: Visit) -> None:
    app = visit("cnn", preset="article", epochs="3")
    app.query_params.clear()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/cnn.py").run()
    assert form(app) == {"preset": "article", **shown(PRESETS["article"].config), "epochs": 3}
    assert own(app) == {"v": "1", "preset": "article", "epochs": "3", "dataset": "mnist_5k"}


# What is impossible


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"layers": "conv:8:3,dense:10"}, "dense_1 needs a list of numbers"),
        ({"layers": ""}, "logits needs a list of numbers"),
        ({"layers": "flatten,conv:8:3"}, "conv_1 needs an image"),
        ({"layers": "pool:max:8,pool:max:8,flatten"}, "is smaller than the 8x8 window"),
    ],
)
def test_an_impossible_network_is_one_sentence_and_no_run(
    visit: Visit, store: Store, parts: dict[str, str], words: str
) -> None:
    app = visit("cnn", **parts)
    assert not app.exception
    (error,) = app.error
    assert words in said(error)
    app.button(key="train").click().run()
    assert not app.exception
    assert store.runs.list() == []
    assert "run" not in app.query_params


# Before the first run


def test_each_untrained_network_is_looked_at_once(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", preset="article", seed="3")
    app.run()
    (subject,) = probe.asked
    assert subject.config == PRESETS["article"].config.changed(["seed=3"])
    assert (subject.family, subject.dataset, subject.run) == ("cnn", "mnist_5k", None)
    app.slider(key="cnn_epochs").set_value(9).run()
    assert len(probe.asked) == 1  # that changes nothing about the network
    app.number_input(key="cnn_seed").set_value(4).run()
    assert [asked.config.seed for asked in probe.asked] == [3, 4]


def test_the_untrained_networks_answer_kernels_and_feature_maps_are_shown(visit: Visit, component_data: Any) -> None:
    app = visit("cnn")
    assert "This network has not learned anything yet." in "\n".join(part.value for part in app.markdown)
    titles = [component_data(app, f"look_{view}")["pictures"][0]["title"] for view in FAMILY.views]
    assert titles[1:] == ["conv_1: 2 kernels of 3x3", "conv_1: 2 maps of 26x26"]
    assert titles[0].startswith("It says ")
    assert component_data(app, "look_sample")["pictures"][0]["alt"]


def test_while_the_probe_wakes_up_the_page_says_so_and_can_train(visit: Visit, probe: FakeProbe, store: Store) -> None:
    probe.is_awake = False
    app = visit("cnn")
    assert not app.exception
    assert not app.error
    assert "waking up" in captions(app)
    app.button(key="train").click().run()
    assert len(store.runs.list()) == 1


def test_a_page_that_is_opened_first_on_a_fresh_server_has_the_frame_too(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)  # until some visit has run `app.py`
    app = AppTest.from_file(ROOT / "app.py", default_timeout=LONGEST_RUN_S)
    app.query_params["epochs"] = "3"
    app.switch_page("pages/cnn.py").run()
    assert not app.exception
    assert form(app)["epochs"] == 3
    assert app.get_by_key("footer").caption


def form(app: AppTest) -> dict[str, Any]:
    values = {name: getattr(app, kind)(key=f"cnn_{name}").value for name, kind in CONTROLS.items()}
    return {"preset": app.segmented_control(key="cnn_preset").value, **values}


def shown(config: Any) -> dict[str, Any]:
    return {name: getattr(config, name) for name in CONTROLS}


def own(app: AppTest) -> dict[str, Any]:
    return {name: text for name, text in app.query_params.items() if name != "run" and not name.startswith("cnn_")}


def captions(app: AppTest) -> str:
    return "\n".join(str(caption.value) for caption in app.caption)
