"""Inside: an example over time, forgotten images, groups of test images, marks and repairs."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.datasets import open_prepared
from core.datasets.own import own
from core.families import config_of, find_family
from core.probe.methods import METHODS
from core.runs.examples import marks
from core.runs.examples.slices import name_group
from core.settings import Settings
from core.store import Run, Store
from core.store.notes.marks import Mark
from pages._ui.inside.images import marking
from tests.pages.conftest import LONGEST_RUN_S, FakeProbe, Visit
from tests.support.past_runs import ME, PastRuns, answers
from tests.support.reading import captions, data_of, said, view_control, words_of
from tests.support.tab import Tab


@pytest.fixture
def version(settings: Settings) -> str:
    return open_prepared(settings, "mnist_5k").version


@pytest.fixture
def run(past: PastRuns, version: str) -> Run:
    """A run of mine that calls its first 38 test images the next digit, with moments 0 and 100."""
    return past.finished(dataset_version=version)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.inside.moments.history.PATIENCE_S", LONGEST_RUN_S)


def below(app: Tab, key: str) -> list[str]:
    return [picture["below"] for picture in data_of(app, key)["pictures"]]


def strip_of(app: Tab) -> str:
    (found,) = [node.proto.body for node in app.get("html") if "class='strip'" in node.proto.body]
    return str(found)


def test_the_biography_of_a_test_image_is_told_and_drawn_and_time_asks_for_nothing_more(
    visit: Visit, settings: Settings, probe: FakeProbe, run: Run
) -> None:
    truth = int(open_prepared(settings, "mnist_5k").y_test[17])
    app = visit("inside", run=run.id, inside_view="Over time", inside_input="test.17")
    assert not app.exception
    right = [int(answers(step)["probabilities"].argmax()) == truth for step in (0, 100)]
    assert right == [False, True]
    assert "Learned at step 100." in words_of(app)
    strip = strip_of(app)
    share = 100 * answers(100)["probabilities"][0, truth]
    assert f"<b>{truth} ✓</b>" in strip
    assert f"step 100: {truth}, {share:.1f} %" in strip
    assert [one.step for one in probe.asked] == [0, 100]
    app.query_params["inside_step"] = "0"
    app.run()
    assert len(probe.asked) == 2


def test_what_was_forgotten_is_found_once_and_kept(
    visit: Visit, store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = open_prepared(store.settings, "mnist_5k").y_test
    images = open_prepared(store.settings, "mnist_5k").x_test
    forgotten, wrong = images[3].tobytes(), images[5].tobytes()

    def ask(settings: object, subject: object, method: str, given: np.ndarray, **more: object) -> dict[str, np.ndarray]:
        rows = np.searchsorted(np.arange(1000), [starts[one.tobytes()] for one in given])
        labels = truth[rows].copy()
        step = subject.step  # type: ignore[attr-defined]
        for row, one in enumerate(given):
            if one.tobytes() == wrong or (one.tobytes() == forgotten and step == 100):
                labels[row] = (labels[row] + 1) % 10
        return {"probabilities": np.eye(10, dtype=np.float32)[labels]}

    starts = {image.tobytes(): row for row, image in enumerate(images)}
    monkeypatch.setattr("core.runs.examples.moments.ask", ask)
    app = visit("inside", run=run.id, inside_view="Over time", inside_input="test.17")
    assert "about 1,000 images at 2 saved moments" in captions(app)
    app.button(key="moments_find").click().run()
    assert "**998** were learned and never forgotten, **1** were right" in words_of(app)
    assert below(app, "moments_forgotten") == [f"forgot 1×\nis {truth[3]}, said {(truth[3] + 1) % 10}"]
    monkeypatch.setattr("core.runs.examples.moments.ask", None)
    again = visit("inside", run=run.id, inside_view="Over time", inside_input="test.17")
    assert below(again, "moments_forgotten") == below(app, "moments_forgotten")


def test_test_images_are_found_by_class_and_answer_and_a_group_of_them_is_named(
    visit: Visit, store: Store, run: Run
) -> None:
    truth = open_prepared(store.settings, "mnist_5k").y_test
    app = visit("inside", run=run.id, inside_view="Examples")
    assert "**38** of 1,000 test images: wrong" in words_of(app)
    assert len(below(app, "images_wall")) == 24
    app.selectbox(key=f"inside_class_{run.id}").set_value(3).run()
    rows = [row for row in range(38) if truth[row] == 3]
    assert f"**{len(rows)}** of 1,000 test images: wrong, is 3" in words_of(app)
    app.text_input(key="group_name").set_value("odd threes")
    assert "by chance alone other runs score differently" in captions(app)
    name = next(button for button in app.button if button.label == "Name it")
    name.click().run()
    (group,) = store.slices.of(ME, "mnist_5k", str(run.dataset_version))
    assert (group.name, list(group.rows), group.source) == ("odd threes", rows, "wrong, is 3, by a run")
    results = visit("cnn", run=run.id, cnn_view="Results")
    assert "Groups" in [one.value for one in results.subheader]
    assert results.dataframe(key=f"groups_{run.id}").value["Accuracy"].tolist() == ["0.0 %"]


def test_what_a_generator_makes_of_one_noise_is_shown_moment_by_moment(
    visit: Visit, past: PastRuns, probe: FakeProbe
) -> None:
    run = past.running(step=100, family="gan", preset=find_family("gan").default_preset)
    app = visit("inside", run=run.id, inside_view="Over time")
    made = data_of(app, "moments_made")["pictures"]
    assert [one["alt"] for one in made] == ["made after step 0", "made after step 100"]
    assert not app.exception
    assert [button.label for button in app.get("download_button")][:3] == ["PNG", "NPZ", "CSV"]
    assert {(one.part, one.step) for one in probe.asked} == {("generator", 0), ("generator", 100)}


def test_the_input_and_the_view_examples_have_one_filter(visit: Visit, run: Run, probe: FakeProbe) -> None:
    app = visit("inside", run=run.id, inside_input="test.17")
    app.selectbox(key=f"inside_class_{run.id}").set_value(3)
    app.selectbox(key=f"inside_kind_{run.id}").set_value("Confident mistakes").run()
    found = [picture["alt"].split(",")[0] for picture in data_of(app, "inside_found")["pictures"]]
    view_control(app).set_value("Examples").run()
    assert "test images: confident mistakes, is 3" in words_of(app)
    wall = [picture["alt"].split(":")[0] for picture in data_of(app, "images_wall")["pictures"]]
    assert found == wall[: len(found)]
    assert "inside_found" not in {getattr(element, "key", "") for element in app}, "the wall finds them"


def test_a_cell_of_the_matrix_leads_to_its_images(visit: Visit, store: Store, run: Run) -> None:
    truth = open_prepared(store.settings, "mnist_5k").y_test
    label = int(truth[0])
    app = visit("inside", run=run.id, inside_view="Examples", inside_cell=f"{label}.{(label + 1) % 10}")
    count = int((truth[:38] == label).sum())
    assert f"**{count}** of 1,000 test images: is {label}, said {(label + 1) % 10}" in words_of(app)
    results = visit("cnn", run=run.id, cnn_view="Results", cnn_cell=f"{label}.{(label + 1) % 10}")
    links = [link.proto.query_string for link in results.page_link if link.proto.page == "inside"]
    assert any("inside_cell" in link for link in links)


@pytest.mark.parametrize(
    ("layers", "way", "title", "last"),
    [
        ("conv:2,pool,flatten", "grad_cam", "Grad-CAM", "pool_1"),
        ("flatten,dense:4", "occlusion", "Occlusion", "dense_1"),
    ],
)
def test_each_image_of_a_cell_has_its_map_and_its_nearest_training_images_as_they_were_learned(
    visit: Visit,
    store: Store,
    past: PastRuns,
    version: str,
    monkeypatch: pytest.MonkeyPatch,
    layers: str,
    way: str,
    title: str,
    last: str,
) -> None:
    data = open_prepared(store.settings, "mnist_5k")
    label, given = int(data.y_test[0]), int(data.y_train[12])
    mended = f"12:{given}:{(given + 1) % 10},30:{int(data.y_train[30])}:drop"
    run = past.finished(dataset_version=version, changes=[f"corrections={mended}", f"layers={layers}"])
    asked = []

    def ask(settings: object, subject: object, method: str, given: np.ndarray, **more: object) -> dict[str, np.ndarray]:
        asked.append((method, more.get("target"), more.get("layer")))
        if method == way:
            return {"attribution": np.ones((28, 28), np.float32)}
        rows = more["rows"]
        assert isinstance(rows, np.ndarray)
        return {"distances": np.where(rows == 12, 0.0, 1.0 + rows)}

    for name in (way, "alike"):
        monkeypatch.setitem(METHODS, name, METHODS["answer"])
    monkeypatch.setattr("core.probe.client.ask", ask)
    monkeypatch.setattr("pages._ui.inside.images.repair.SEARCHED", 4_000)
    app = visit("inside", run=run.id, inside_view="Examples", inside_cell=f"{label}.{(label + 1) % 10}")
    assert not app.exception
    near = below(app, "repair_near_0")
    assert near[0] == f"#12\nlearned as {(given + 1) % 10}"
    assert [text.split("\n")[0] for text in near[1:]] == ["#0", "#1", "#2", "#3", "#4"]
    assert below(app, "repair_heat_0") == [title]
    assert (way, (label + 1) % 10, None) in asked
    assert ("alike", None, last) in asked


def opened(visit: Visit, run: Run, part: str, row: int) -> Tab:
    """Open the dialog about an example, as a click on its picture does."""
    app = visit("inside", run=run.id, inside_view="Examples")
    app.session_state["_mark_open"] = (marks.data_of(run), part, row)
    return app.run()


def test_a_training_image_is_marked_and_a_run_is_trained_with_that(visit: Visit, store: Store, run: Run) -> None:
    given = int(open_prepared(store.settings, "mnist_5k").y_train[12])
    app = opened(visit, run, "train", 12)
    assert f"Its label is **{given}**." in words_of(app)
    app.button(key="mark_set").click().run()
    assert "nothing is chosen" in said(app.error[0])
    app.selectbox(key="mark_label_train_12").set_value(marking.OUT)
    app.button(key="mark_set").click().run()
    assert store.marks.of(ME, "mnist_5k", str(run.dataset_version), "train") == [Mark(12, None)]
    app = visit("inside", run=run.id, inside_view="Examples")
    assert below(app, "marks_train") == ["#12\nleft out"]
    app.button(key="marks_retrain").click().run()
    (new,) = [one for one in store.runs.list() if one.derived_from == run.id]
    assert config_of(new).differences(config_of(run)) == {"corrections": (f"12:{given}:drop", "")}
    links = [link.proto.query_string for link in app.page_link]
    assert any(run.id in link and new.id in link for link in links)


def test_a_mark_on_a_test_image_leaves_the_score_of_record_and_shows_another(
    visit: Visit, store: Store, run: Run
) -> None:
    store.marks.set(ME, "mnist_5k", str(run.dataset_version), "test", Mark(0, None))
    app = visit("cnn", run=run.id, cnn_view="Results")
    assert app.metric[0].value == "96.2 %"
    told = "96.2 % of all test images are right, the score of record; **96.3 %** without the one that you marked."
    assert told in words_of(app)
    inside = visit("inside", run=run.id, inside_view="Examples")
    assert told in words_of(inside)


def test_a_stranger_sees_and_marks_nothing_of_private_data(
    visit: Visit, settings: Settings, prepared: Path, past: PastRuns, store: Store
) -> None:
    place = settings.home / "prepared"
    place.unlink()
    place.mkdir()
    (place / "mnist_5k").symlink_to(prepared / "mnist_5k")
    card = own.begin(settings, ME, "My photos", "arrays", {})
    shutil.copytree(prepared / "mnist_5k", place / card.id)
    own.update(settings, card.id, accepted=True, notes={"read": True})
    private = past.finished(dataset=card.id, dataset_version=open_prepared(settings, card.id).version)
    name_group(store, private, "mine", [1, 2], ME, source="by hand")
    mine = visit("inside", run=private.id, inside_view="Examples")
    assert below(mine, "images_wall")
    for view in ("Over time", "Examples"):
        app = visit("inside", key="c" * 32, run=private.id, inside_view=view, inside_input="test.17")
        assert not app.exception
        assert "it is private" in words_of(app)
        keys = {str(getattr(node, "key", "")) for node in app}
        assert not keys & {"images_wall", "moments_find", "moments_forgotten", f"groups_{private.id}"}
    app.session_state["_mark_open"] = (marks.data_of(private), "train", 12)
    app.run()
    assert "mark_label_train_12" not in {str(getattr(node, "key", "")) for node in app}
