"""The CNN page when what is set cannot be trained: said where it can be mended, and Train is off until it is."""

import pytest

from core.families.cnn import PRESETS
from core.store import Store
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import (
    boxes_of,
    captions,
    form,
    held,
    layer_choice,
    layers_seen,
    own,
    parameter,
    said,
    section,
)
from tests.support.tab import Tab

ICON = ":material/error: "
FLAT_TOO_SOON = "conv:8:3,dense:10"  # the dense layer is given an image
OTHERS = {"preset": "article", "epochs": "7", "learning_rate": "0.0033", "optimizer": "sgd", "seed": "11"}


# A network that cannot be built


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (FLAT_TOO_SOON, "dense_1 needs a list of numbers"),
        ("", "logits needs a list of numbers"),
        ("conv:8:11,conv:8:11,conv:8:11,flatten", "conv_3: the 8x8 map is smaller than the 11x11 kernel"),
    ],
)
def test_an_impossible_network_is_said_at_its_layers_and_in_the_foot_and_is_no_run(
    visit: Visit, store: Store, layers: str, words: str
) -> None:
    app = visit("cnn", layers=layers)
    assert not app.exception
    (here,), (above,) = section(app, "layers").error, app.get_by_key("foot").error
    assert words in said(here)
    assert said(above) == f"Train is off. {said(here)}"
    assert len(app.error) == 2
    assert wrong_sections(app) == {"layers"}
    assert app.button(key="train").disabled
    app.click_late("train")
    assert not app.exception
    assert store.runs.list(owners=[ME]) == []
    assert "run" not in app.query_params


def test_the_network_and_the_list_show_how_far_an_example_comes(visit: Visit) -> None:
    app = visit("cnn", layers="conv:8:3,dense:10,flatten")
    assert list(layer_choice(app).proto.captions) == [
        "8 × 3×3, ReLU → 26×26×8, 80 parameters",
        "10, ReLU → :material/error: cannot be built",
        "not reached",
    ]
    shapes = [box["shape"] for box in boxes_of(app)]
    assert shapes == ["28×28×1", "28×28×1", "26×26×8", "cannot be built", *["not reached"] * 3]
    assert [box["name"] for box in boxes_of(app) if box["isFault"]] == ["dense_1"]
    assert not layers_seen(app)


def test_what_is_shown_instead_of_the_network_and_its_program_says_why(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", layers=FLAT_TOO_SOON)
    assert "A network with these settings cannot be trained. Correct them to see it here." in captions(app)
    assert probe.asked == []
    app.segmented_control(key="cnn_view").set_value("Code").run()
    assert "so there is no program." in said(app.info[0])
    assert not app.code
    assert not app.download_button


def test_an_impossible_network_leaves_all_other_settings_as_they_are(visit: Visit) -> None:
    link = {"v": "3", **OTHERS, "layers": "conv:8:3:relu:1:valid:1,flatten,dense:10:relu", "dataset": "mnist_5k"}
    app = visit("cnn", **link)
    before = form(app)
    layer_choice(app).set_value(1).run()
    app.button(key="cnn_layers_remove").click().run()
    assert app.button(key="train").disabled
    assert form(app) == {**before, "layers": ["conv:8:3:relu:1:valid:1", "dense:10:relu"]}
    assert own(app) == {**link, "layers": "conv:8:3:relu:1:valid:1,dense:10:relu"}


def test_other_controls_can_be_moved_meanwhile(visit: Visit) -> None:
    app = visit("cnn", layers=FLAT_TOO_SOON)
    app.slider(key="cnn_epochs").set_value(5).run()
    app.number_input(key="cnn_seed").set_value(4).run()
    assert not app.exception
    assert (own(app)["epochs"], own(app)["seed"]) == ("5", "4")
    assert app.button(key="train").disabled
    assert len(app.error) == 2


def test_train_is_off_from_the_change_that_makes_a_network_impossible_until_it_is_mended(
    visit: Visit, store: Store
) -> None:
    app = visit("cnn", layers="pool:max:4:0,pool:max:4:0,flatten")
    assert not app.button(key="train").disabled
    parameter(app, "size").set_value(8).run()
    assert app.button(key="train").disabled
    assert wrong_sections(app) == {"layers"}
    assert "pool_2" in said(section(app, "layers").error[0])
    app.click_late("train")
    assert store.runs.list(owners=[ME]) == []
    parameter(app, "size").set_value(7).run()
    assert not app.error
    assert wrong_sections(app) == set()
    assert "multiply-adds an image" in captions(app.get_by_key("foot"))
    app.button(key="train").click().run()
    assert [run.config["layers"] for run in store.runs.list(owners=[ME])] == [
        ["pool:max:7:0", "pool:max:4:0", "flatten"]
    ]


def test_a_layer_that_is_added_or_removed_mends_a_network_too(visit: Visit) -> None:
    app = visit("cnn", layers=FLAT_TOO_SOON)
    app.menu_button(key="cnn_layers_add").click("flatten").run()
    assert not app.error
    assert not app.button(key="train").disabled
    app.button(key="cnn_layers_remove").click().run()
    assert app.button(key="train").disabled
    app.pills(key="cnn_preset").set_value("article").run()
    assert not app.error
    assert not app.button(key="train").disabled
    assert form(app) == held("article", PRESETS["article"].config)


def test_another_fault_is_said_instead_of_the_first(visit: Visit) -> None:
    app = visit("cnn", layers="conv:8:3,dense:10")
    app.button(key="cnn_layers_remove").click().run()
    assert "dense_1 needs a list of numbers" in said(section(app, "layers").error[0])
    app.button(key="cnn_layers_remove").click().run()
    assert "logits needs a list of numbers" in said(section(app, "layers").error[0])
    assert len(app.error) == 2


def test_a_run_that_is_shown_stays_so_while_the_network_cannot_be_built(visit: Visit, past: PastRuns) -> None:
    run = past.finished(mistakes=38)
    app = visit("cnn", run=run.id)
    app.button(key="cnn_layers_down").click().run()
    for _ in range(8):
        app.button(key="cnn_layers_down").click().run()  # the first convolution comes after the flatten
    assert app.button(key="train").disabled
    assert not app.exception
    assert app.metric[0].value == "96.2 %"
    assert app.query_params["run"] == run.id


# Settings that contradict each other


@pytest.mark.parametrize(
    ("name", "value", "label"), [("patience", 3, "Early stopping"), ("target_accuracy", 0.9, "Stop at a target")]
)
def test_what_watches_validation_needs_a_share_and_says_so_at_its_control(
    visit: Visit, store: Store, name: str, value: float, label: str
) -> None:
    app = visit("cnn", preset="article")
    app.slider(key=f"cnn_{name}").set_value(value).run()
    (here,), (above,) = section(app, "budget").error, app.get_by_key("foot").error
    assert said(here).startswith(f"{label} needs the validation accuracy, but no examples are held back")
    assert said(above) == f"Train is off. {said(here)}"
    assert wrong_sections(app) == {"budget"}
    assert follows(app, f"cnn_{name}", here)
    app.click_late("train")
    assert store.runs.list(owners=[ME]) == []
    app.slider(key="cnn_validation_fraction").set_value(0.2).run()
    assert not app.error
    assert wrong_sections(app) == set()
    app.button(key="train").click().run()
    assert [run.config[name] for run in store.runs.list(owners=[ME])] == [value]


def test_a_share_that_holds_back_no_image_is_none(visit: Visit) -> None:
    app = visit("cnn", train_images="4", validation_fraction="0.1", patience="3")  # 0.4 of an image
    assert wrong_sections(app) == {"budget"}
    app.number_input(key="cnn_train_images").set_value(400).run()
    assert not app.error


def test_a_fault_of_the_network_is_said_before_one_of_the_settings(visit: Visit) -> None:
    app = visit("cnn", layers=FLAT_TOO_SOON, patience="3")
    assert wrong_sections(app) == {"layers"}
    app.menu_button(key="cnn_layers_add").click("flatten").run()
    assert wrong_sections(app) == {"budget"}
    assert app.button(key="train").disabled
    app.slider(key="cnn_patience").set_value(0).run()
    assert not app.error
    assert not app.button(key="train").disabled


def test_the_train_button_says_why_it_is_off(visit: Visit) -> None:
    assert visit("cnn").button(key="train").help == ""
    assert "cannot be trained" in visit("cnn", layers="").button(key="train").help


def wrong_sections(app: Tab) -> set[str]:
    """Return the sections whose title says that something in them is wrong."""
    names = ("data", "layers", "optimiser", "regularisation", "budget")
    return {name for name in names if section(app, name).label.startswith(ICON)}


def follows(app: Tab, key: str, message: object) -> bool:
    """Return whether a message is what comes next after a control."""
    elements = [element for element in app if not hasattr(element, "children")]
    places = {id(element): place for place, element in enumerate(elements)}
    return places[id(message)] == places[id(app.get_by_key(key))] + 1
