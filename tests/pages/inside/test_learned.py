"""What a network has learned: units, the map of the test set, units off, robustness, and training images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import find_dataset, open_prepared, prepare
from core.datasets.own import own
from core.families import find_family
from core.families.mlp import PRESETS
from core.runs.examples.slices import slices_of
from core.runs.sharing.secret_link import make_link
from core.settings import Settings
from core.store import Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, data_of, words_of
from tests.support.tab import Tab

LAYERS = ["layers=conv:2,pool,flatten,dense:5"]
WITH = {"inside_view": "Learned"}
UNIT, MAP, OFF, CURVES = "What a unit looks for", "Map of the test set", "Units off", "Robustness"
Asked = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the probe was asked about the test set; it answers at once."""
    known: Asked = []

    def ask(settings: Settings, subject: Any, method: str, given: np.ndarray, **more: Any) -> dict[str, np.ndarray]:
        options = {name: value for name, value in more.items() if name not in ("actor", "deadline_s")}
        known.append((method, {**options, "step": subject.step, "given": len(given)}))
        data = open_prepared(settings, subject.dataset)
        return globals()[f"_{method}"](data, options, given)

    monkeypatch.setattr("core.probe.client.ask", ask)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    return known


def _answers(data: Any, count: int) -> np.ndarray:
    """Return answers of which every fifth is wrong, or numbers that are 3 too high."""
    if not data.spec.num_classes:
        return np.array(data.y_test[:count])[:, None] + 3
    said = np.array(data.y_test[:count])
    said[::5] = (said[::5] + 1) % data.spec.num_classes
    return np.eye(data.spec.num_classes, dtype=np.float32)[said]


def _visualised(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    made = np.array(data.x_test[0])
    return {"made": made, "value": np.array(7.5), "begin": np.array(0.5), "from_test": np.array(False)}


def _exciting(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    count = options["shown"]
    shown = {"rows": np.arange(count), "examples": np.array(data.x_test[:count]), "values": np.linspace(3, 2, count)}
    return {**shown, "all": np.arange(1000.0), "given": np.ones(len(given)), "active": np.array([0, 0.5, 1, 0, 1])}


def _feature_map(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    count = min(options["count"], len(data.y_test))
    places = np.random.default_rng(0).normal(size=(count, 2))
    found = {"places": places, "rows": np.arange(count), "truth": np.array(data.y_test[:count])}
    return {**found, "answers": _answers(data, count), "shares": np.array([0.5, 0.25])}


def _alike(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    return {"distances": np.arange(len(options["rows"]), dtype=float)[::-1], "answers": np.zeros((1, 10))}


def _units_off(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    lost = options["off"] @ np.arange(options["off"].shape[1])  # unit 0 costs nothing, the last one most
    if not data.spec.num_classes:
        return {"error": 40.0 + lost, "examined": np.array(89)}
    counts = np.full(10, 20)
    return {"right": counts - lost[:, None], "counts": counts, "examined": np.array(200)}


def _robustness(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    count = len(options["strengths"])
    shown = {"shown": np.array(data.x_test[:count]), "examined": np.array(200)}
    if not data.spec.num_classes:
        return {"error": np.arange(count) + 40.0, **shown}
    return {"right": np.full((count, 10), 15), "counts": np.full(10, 20), **shown}


def _influence(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    return {"products": np.linspace(-1, 2, len(options["rows"])), "answers": np.zeros((1, 10))}


def _answer(data: Any, options: dict, given: np.ndarray) -> dict[str, np.ndarray]:
    return {"probabilities": np.eye(10)[[4] * len(given)]}


def opened(visit: Visit, run: Any, part: str, **query: str) -> Tab:
    app = visit("inside", run=run.id, inside_learned_part=part, inside_input="test.3", **{**WITH, **query})
    assert not app.exception
    assert not app.error
    return app


def test_a_unit_of_the_link_is_shown_with_what_excites_it(visit: Visit, past: PastRuns, asked: Asked) -> None:
    app = opened(visit, past.finished(changes=LAYERS), UNIT, inside_layer="dense_1", inside_unit="3")
    assert {method: options for method, options in asked if method == "visualised"} == {
        "visualised": {"layer": "dense_1", "unit": 3, "seed": 0, "updates": 160, "step": 100, "given": 0}
    }
    [options] = [options for method, options in asked if method == "exciting"]
    assert (options["layer"], options["unit"], options["given"], options["test_shift"]) == ("dense_1", 3, 1, "none")
    assert "Unit 3 of dense_1 is at **7.50** here; it was 0.500 for a random start." in words_of(app)
    assert "Unit 3 of dense_1 is highest, of 1,000 test images, at **3.00**. The chosen input: 1.00." in words_of(app)
    assert "2 of the 5 in this layer are never above 0 here." in words_of(app)
    assert len(data_of(app, "inside_exciting")["pictures"]) == 12
    app.get_by_key("inside_dream_again").click().run()
    assert asked[-1][1]["seed"] == 1


def test_classes_are_the_units_of_the_last_layer(visit: Visit, past: PastRuns, asked: Asked) -> None:
    run = past.finished(changes=LAYERS)
    app = opened(visit, run, UNIT, inside_layer="logits", inside_unit="99")
    assert app.get_by_key(f"inside_unit_{run.id}_logits").value == 0
    app.get_by_key(f"inside_unit_{run.id}_logits").set_value(7).run()
    assert "7 is at **7.50** here" in words_of(app)
    assert app.query_params["inside_unit"] in ("7", ["7"])


def test_the_map_says_what_is_chosen_in_it_and_which_are_near(
    visit: Visit, store: Store, past: PastRuns, asked: Asked
) -> None:
    run = past.finished(changes=LAYERS, dataset_version=open_prepared(store.settings, "mnist_5k").version)
    app = opened(visit, run, MAP, inside_step="0")
    assert [(method, options["layer"], options["step"]) for method, options in asked] == [
        ("feature_map", "dense_1", 0),
        ("alike", "dense_1", 0),
    ]
    drawn = data_of(app, "inside_map")
    assert len(drawn["places"]) == len(drawn["texts"]) == 1000
    assert sum(drawn["wrong"]) == 200
    assert drawn["marked"] == [3]
    assert drawn["axes"][0] == "component 1, 50 % of the variance"
    assert "A cross is a wrong answer: 200 of them." in captions(app)
    assert [one["below"].split(":")[0] for one in data_of(app, "inside_alike")["pictures"]][:2] == ["999", "998"]
    app.session_state["inside_lasso_mnist_5k"] = [0, 1, 2, 5]
    app.run()
    assert "**4 chosen:**" in words_of(app)
    assert "50.0 % right, 80.1 % elsewhere." in words_of(app)
    assert len(data_of(app, "inside_cluster")["pictures"]) == 4
    assert "by chance alone other runs score differently" in captions(app)  # its mistakes are marked on the map
    app.text_input(key="group_name").set_value("near each other")
    next(button for button in app.button if button.label == "Name it").click().run()
    [group] = slices_of(store, run, ME)
    assert (group.name, group.rows, group.source) == ("near each other", (0, 1, 2, 5), "chosen on the map, by a run")


def test_t_sne_is_shown_round_by_round(
    visit: Visit, past: PastRuns, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.inside.learned.map.SHOWN", 50)
    app = opened(visit, past.finished(changes=LAYERS), MAP)
    app.get_by_key("inside_way").set_value("tsne").run()
    assert [options["rounds"] for method, options in asked if method == "feature_map"] == [1, 1, 2, 3]
    assert "750 of 750 updates" in str([node.proto for node in app if node.type == "progress"])


def test_the_units_that_matter_most_are_measured_and_others_can_be_off(
    visit: Visit, past: PastRuns, asked: Asked
) -> None:
    run = past.finished(changes=LAYERS)
    app = opened(visit, run, OFF)
    assert {options["layer"] for _, options in asked} == {"dense_1"}
    assert sum(len(options["off"]) for _, options in asked if options["count"] > 100) >= 6
    assert "measured on 200 of 1,000 test images" in captions(app)
    assert "**100.0 %** right with all units on" in words_of(app)
    app.get_by_key(f"inside_off_{run.id}_dense_1").set_value([2, 4]).run()
    assert asked[-1][1]["off"].tolist() == [[False] * 5, [False, False, True, False, True]]
    assert "**70.0 %** right without 2, 4 of dense_1, 100.0 % with all on" in words_of(app)


def test_each_disturbance_has_its_curve(visit: Visit, past: PastRuns, asked: Asked) -> None:
    app = opened(visit, past.finished(changes=LAYERS), CURVES)
    assert sorted(options["kind"] for _, options in asked) == ["blur", "fgsm", "noise", "rotation", "shift"]
    [fgsm] = [options for _, options in asked if options["kind"] == "fgsm"]
    assert fgsm["strengths"].max() == pytest.approx(64 / 255)
    assert "accuracy 75.0 % at 0 grey levels" in data_of(app, "inside_curve_noise")["alt"]


@pytest.mark.parametrize("part", [UNIT, MAP, OFF, CURVES])
def test_a_number_is_looked_at_in_its_own_way(
    visit: Visit, past: PastRuns, asked: Asked, settings: Settings, prepared: Path, part: str
) -> None:
    place = settings.home / "prepared"
    place.unlink()
    place.mkdir()
    (place / "mnist_5k").symlink_to(prepared / "mnist_5k")
    prepare(settings, "diabetes")
    run = past.running(step=100, family="mlp", dataset="diabetes", config=PRESETS["diabetes"].config.to_dict())
    app = opened(visit, run, part)
    assert {
        UNIT: "the number it says" in words_of(app).lower(),
        MAP: "in nine equal groups" in captions(app),
        OFF: "measured on 89 of" in captions(app),
        CURVES: {options.get("kind") for _, options in asked} == {"noise", "fgsm"},
    }[part]


def test_of_a_network_that_judges_examples_a_unit_is_looked_at_and_nothing_is_counted_as_right(
    visit: Visit, past: PastRuns, asked: Asked
) -> None:
    run = past.running(step=100, family="gan", preset=find_family("gan").default_preset)
    app = visit("inside", run=run.id, inside_part="discriminator", **WITH)
    assert not app.error
    assert {method for method, _ in asked} == {"visualised", "exciting"}


def test_a_stranger_sees_none_of_it_on_private_data(
    visit: Visit, store: Store, past: PastRuns, asked: Asked, settings: Settings, prepared: Path
) -> None:
    place = settings.home / "prepared"
    place.unlink()
    place.mkdir()
    (place / "mnist_5k").symlink_to(prepared / "mnist_5k")
    card = own.begin(settings, ME, "My photos", "arrays", {})
    (place / card.id).symlink_to(prepared / "mnist_5k")
    own.update(settings, card.id, accepted=True, notes={"read": True})
    run = past.finished(dataset=card.id, changes=LAYERS)
    app = visit("inside", key="c" * 32, run=run.id, **WITH)
    assert "What this network has learned from its data is shown only to the owner" in captions(app)
    assert asked == []
    assert find_dataset(settings, card.id).spec.num_classes
    app = visit("inside", key="c" * 32, secret=make_link(store, run.id, ME), run=run.id, **WITH)
    assert asked
    assert app.get("download_button") == []  # the holder of a link looks only


def _argued(run_id: str) -> None:
    """A page with the one part that another view shows."""
    from core.families import config_of
    from pages._ui.inside.learned.influence import draw_influence
    from pages._ui.inside.subject import Inside
    from pages._ui.shell import privacy, shell

    run = shell.store().runs.get(run_id)
    assert config_of(run)
    dataset = shell.dataset(run.dataset)
    example = np.zeros(dataset.spec.input_shape, np.uint8)
    draw_influence(Inside(run, 100, (0, 20, 100), dataset, "network", example, 3, 9, privacy.sees_run(run)))


def test_training_images_that_argued_for_an_answer_are_told_apart(
    visit: Visit, past: PastRuns, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = past.finished(changes=[*LAYERS, "validation_fraction=0.1"])
    monkeypatch.setattr("pages._ui.inside.page._body", _argued)
    app = visit("inside", run=run.id)
    assert not app.exception
    each = [options for method, options in asked if method == "influence"]
    assert [options["step"] for options in each] == [20, 100]  # step 0 has learned nothing
    assert {options["label"] for options in each} == {4.0}
    assert len(each[0]["rows"]) == 2000
    assert "Helpful: training on these made **4** more likely" in words_of(app)
    assert "2,000 of the 3,600 images that this run learned from, at 2 moments up to step 100" in captions(app)
    shown = data_of(app, "inside_helpful")["pictures"]
    assert shown[0]["below"].endswith("100 %")
    assert data_of(app, "inside_harmful")["pictures"][0]["below"].endswith("50 %")
    app.get_by_key(f"inside_argued_{run.id}").set_value("true").run()
    assert asked[-2][1]["label"] == 9.0
