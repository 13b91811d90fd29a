"""Marks on examples, named groups and their scores, answers over time; each against a count by hand."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.cli.report import report_with_groups
from core.datasets import DATASETS, open_prepared, prepare
from core.datasets.access import Pass
from core.datasets.corruptions import shifted_images
from core.errors import ConfigError, DatasetError, NotAllowedError, RunError
from core.families import config_of
from core.jobs import submit
from core.runs.comparison import compare
from core.runs.examples import marks, moments, slices
from core.runs.examples.marks import (
    DataVersion,
    corrections_of,
    data_of,
    mark_example,
    marks_of,
    retrain,
    unmark_example,
    without_marked,
)
from core.runs.examples.moments import ask_moments, count_asked, moments_of
from core.runs.examples.slices import (
    ask_missing,
    delete_group,
    name_group,
    named_scores,
    pick_rows,
    slice_scores,
    slices_of,
)
from core.store import Run, Store
from core.store.metrics import Snapshot
from core.store.notes.marks import Mark
from core.store.notes.slices import MOST_SLICES
from core.store.records import LOCAL, NewRun
from tests.support import tiny

TRUTH = tiny.arrays()["y_test"]  # of 11 test examples
GIVEN = [int(label) for label in tiny.arrays()["y_train"]]
OTHER = DataVersion("tiny", "other")
WRONG = [0, 3, 4]  # what the run below gets wrong


@pytest.fixture
def run(store: Store, tiny_arrays: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of ann's on `tiny`, with its answers and three saved moments."""
    monkeypatch.setattr(submit, "ensure_foreman", lambda settings: None)
    prepare(store.settings, "tiny")
    version = open_prepared(store.settings, "tiny").version
    new = NewRun("train", "tiny", "ann", "first", "cnn", "fast", tiny.CONFIG.to_dict(), dataset_version=version)
    found = store.runs.submit(new)
    said = np.eye(3, dtype=np.float32)[TRUTH]
    said[WRONG] = np.roll(said[WRONG], 1, axis=1)
    predictions = {"ids": np.arange(11), "y_true": TRUTH, "probabilities_last": said}
    store.files(found.id).save_predictions(predictions)
    for step in (0, 6, 12):
        store.metrics.add_snapshot(found.id, Snapshot(step, 0, 0.0))
    return found


def is_private(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody but ann see the data."""

    def check(settings: object, dataset: str, actor: object) -> None:
        if actor != "ann":
            raise NotAllowedError("this data is private")

    for module in (marks, slices):
        monkeypatch.setattr(module, "check_may_see", check)
        monkeypatch.setattr(module, "may_see", lambda settings, dataset, actor: actor == "ann")


def test_a_mark_is_its_owners_alone_and_the_last_one_counts(store: Store, run: Run) -> None:
    other = (GIVEN[5] + 1) % 3
    mark_example(store, data_of(run), "train", Mark(5, None), "ann")
    mark_example(store, data_of(run), "train", Mark(5, other), "ann")
    mark_example(store, data_of(run), "test", Mark(5, None), "ann")
    assert marks_of(store, data_of(run), "train", "ann") == [Mark(5, other)]
    assert marks_of(store, data_of(run), "train", "bea") == []
    assert marks_of(store, OTHER, "train", "ann") == []
    unmark_example(store, data_of(run), "train", 5, "ann")
    assert marks_of(store, data_of(run), "train", "ann") == []
    assert marks_of(store, data_of(run), "test", "ann") == [Mark(5, None)]


@pytest.mark.parametrize(
    ("mark", "words"),
    [(Mark(30, None), "below 30"), (Mark(1, 3), "below 3"), (Mark(2, GIVEN[2]), "class that the example has")],
)
def test_a_mark_that_cannot_be_is_refused(store: Store, run: Run, mark: Mark, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        mark_example(store, data_of(run), "train", mark, "ann")
    with pytest.raises(DatasetError, match="data has changed"):
        mark_example(store, OTHER, "train", Mark(1, None), "ann")


def test_who_may_not_see_private_data_can_neither_mark_nor_group(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_example(store, data_of(run), "train", Mark(5, None), "bea")
    name_group(store, run, "mine", [1], "bea", source="by hand")
    is_private(store, monkeypatch)
    assert marks_of(store, data_of(run), "train", "bea") == []  # of before it became private
    assert slice_scores(store, run, "bea") == []
    link: Any = Pass(run.id, "tiny", "ann")
    for actor in ("bea", link):
        with pytest.raises(NotAllowedError):
            mark_example(store, data_of(run), "train", Mark(5, None), actor)
        with pytest.raises(NotAllowedError):
            retrain(store, run, actor)
        with pytest.raises(NotAllowedError):
            name_group(store, run, "mine", [1], actor, source="by hand")
    mark_example(store, data_of(run), "train", Mark(5, None), "ann")


def test_a_new_run_holds_the_marks_as_they_are_now(store: Store, run: Run) -> None:
    right = (GIVEN[2] + 1) % 3
    mark_example(store, data_of(run), "train", Mark(7, None), "ann")
    mark_example(store, data_of(run), "train", Mark(2, right), "ann")
    new = retrain(store, run, "ann")
    unmark_example(store, data_of(run), "train", 7, "ann")
    mended = f"2:{GIVEN[2]}:{right},7:{GIVEN[7]}:drop"
    assert store.runs.get(new.id).config == {**run.config, "corrections": mended}
    assert (new.derived_from, new.owner, new.name) == (run.id, "ann", "first, corrected")
    assert retrain(store, run, "ann").config["corrections"] == f"2:{GIVEN[2]}:{right}"
    assert config_of(new).used_size(tiny.SPEC) == 29
    mark_example(store, data_of(new), "train", Mark(9, None), "ann")  # further marks join those of a run that has some
    assert corrections_of(store, data_of(new), "ann", config_of(new).corrected) == f"{mended},9:{GIVEN[9]}:drop"


def test_nothing_is_trained_where_nothing_is_marked(store: Store, run: Run) -> None:
    with pytest.raises(DatasetError, match="nothing is marked"):
        retrain(store, run, "ann")
    with pytest.raises(ConfigError, match="no setting 'corrections'"):
        retrain(store, replace(run, family="gan", config={}), "ann")


def test_the_score_without_marked_examples_is_beside_the_one_of_record() -> None:
    is_right = np.array([True, False, True, False])
    found = without_marked(np.array([10, 20, 30, 40]), is_right, [Mark(20, 1), Mark(99, None)])
    assert (found.marked, found.accuracy) == (1, pytest.approx(2 / 3))
    assert without_marked(np.array([10]), np.array([True]), [Mark(10, None)]).accuracy is None


def test_a_group_has_a_score_of_each_run_and_the_rest_another(store: Store, run: Run) -> None:
    name_group(store, run, "  hard   ones ", [3, 0, 1, 3], "ann", source="by hand")
    [found] = slice_scores(store, run, "ann")
    assert (found.slice.name, found.slice.rows, found.measure) == ("hard ones", (0, 1, 3), "accuracy")
    assert (found.value, found.rest) == (pytest.approx(1 / 3), pytest.approx(7 / 8))
    assert slice_scores(store, run, "bea") == []
    assert [one.value for one in slice_scores(store, run, "ann", "best")] == [None]  # nothing was held back
    name_group(store, run, "hard ones", [4], "bea", source="by hand")
    assert named_scores(slice_scores(store, run, LOCAL)) == {
        "slice_accuracy": {"hard ones": pytest.approx(1 / 3), "hard ones (2)": 0.0}
    }
    name_group(store, run, "hard ones", [1, 2], "ann", source="another")
    assert [one.value for one in slice_scores(store, run, "ann")] == [1.0]
    delete_group(store, run, "hard ones", "ann")
    assert slices_of(store, run, "ann") == []


def test_a_group_of_numbers_has_their_error() -> None:
    answers = {"y_true": np.array([1.0, 2.0, 3.0]), "values_last": np.array([[2.0], [2.0], [5.0]])}
    measure, parts = slices.errors_of(answers, "last")
    assert parts is not None
    assert (measure, slices.score(measure, parts[[0, 2]])) == ("rmse", pytest.approx(np.sqrt(2.5)))
    assert slices.score(measure, parts[:0]) is None


@pytest.mark.parametrize("rows", [[], [11], [-1, 3]])
def test_a_group_of_no_or_unknown_examples_is_refused(store: Store, run: Run, rows: list[int]) -> None:
    with pytest.raises(DatasetError, match="rows from 0 to 10"):
        name_group(store, run, "none", rows, "ann", source="by hand")


def test_a_group_needs_a_name_a_known_disturbance_and_room(store: Store, run: Run) -> None:
    with pytest.raises(RunError, match="group's name"):
        name_group(store, run, " ", [1], "ann", source="by hand")
    with pytest.raises(DatasetError, match="cannot be disturbed"):
        name_group(store, run, "odd", [1], "ann", source="by hand", shift="upside_down")
    for number in range(MOST_SLICES):
        name_group(store, run, f"group {number}", [1], "ann", source="by hand")
    name_group(store, run, "group 3", [1, 2], "ann", source="by hand")
    with pytest.raises(DatasetError, match="too many groups"):
        name_group(store, run, "one more", [1], "ann", source="by hand")


class Asked:
    """Stands for the probe: says class `step % 3` of all, or of dark images the right one of the first four."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        monkeypatch.setattr(moments, "ask", self)
        monkeypatch.setattr(moments, "AT_ONCE", 4)

    def __call__(
        self, settings: object, subject: Any, method: str, given: np.ndarray, **more: Any
    ) -> Mapping[str, Any]:
        self.sizes.append(len(given))
        dark = shifted_images(tiny.arrays()["x_test"], "dark")[:4]
        known = [[label for image, label in zip(dark, TRUTH, strict=False) if np.array_equal(image, x)] for x in given]
        said = [labels[0] if labels else subject.step // 6 for labels in known]
        return {"probabilities": np.eye(3, dtype=np.float32)[said] * 0.5}


def test_answers_at_all_moments_are_asked_for_once_and_kept_until_the_run_trains_on(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, told = Asked(monkeypatch), list[float]()
    assert moments_of(store, run) is None
    found = ask_moments(store, run, "ann", told.append)
    assert asked.sizes == [4, 4, 3] * 3
    assert told == pytest.approx([1 / 3, 2 / 3, 1])
    assert found.said.tolist() == [[0] * 11, [1] * 11, [2] * 11]
    assert found.is_right.tolist() == [(label == TRUTH).tolist() for label in range(3)]
    assert (found.sure == np.where(found.is_right, 0.5, 0)).all()
    kept = moments_of(store, run)
    assert kept is not None
    np.testing.assert_array_equal(kept.said, found.said)
    assert moments_of(store, replace(run, generation=1)) is None
    store.metrics.add_snapshot(run.id, Snapshot(18, 1, 0.0))
    assert moments_of(store, run) is None


def test_a_group_is_disturbed_by_asking_once(store: Store, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch)
    name_group(store, run, "in the dark", [0, 1, 5], "ann", source="by hand", shift="dark")
    assert [one.value for one in slice_scores(store, run, "ann")] == [None]
    assert ask_missing(store, run, "ann")
    said = [TRUTH[0], TRUTH[1], 2]  # step 12
    assert slice_scores(store, run, "ann")[0].value == pytest.approx((said == TRUTH[[0, 1, 5]]).mean())
    assert not ask_missing(store, run, "ann")
    assert asked.sizes == [3]
    with pytest.raises(RunError, match="no such network"):
        ask_missing(store, run, "ann", "best")


def test_of_a_large_network_a_sample_of_the_disturbed_group_is_asked_about_and_only_what_is_not_known(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, told = Asked(monkeypatch), list[float]()
    name_group(store, run, "few", [0, 4], "ann", source="by hand", shift="dark")
    assert ask_missing(store, run, "ann")
    name_group(store, run, "many", list(range(11)), "ann", source="by hand", shift="dark")
    monkeypatch.setattr(moments, "LEAST", 5)
    monkeypatch.setattr(moments, "MOST_ADDS", 1)
    assert ask_missing(store, run, "ann", tell=told.append)
    assert (asked.sizes, told) == ([2, 3], [1.0])
    few, many = slice_scores(store, run, "ann")
    assert (few.asked, few.is_sample, many.asked, many.is_sample) == (2, False, 5, True)
    rows, said = [0, 2, 4, 6, 8], [TRUTH[0], TRUTH[2], 2, 2, 2]
    assert many.value == pytest.approx((said == TRUTH[rows]).mean())


def test_no_more_answers_are_asked_for_than_are_worth_waiting_for(
    run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = open_prepared(store.settings, "tiny")
    assert count_asked(run, data, 30) == 11
    monkeypatch.setattr(moments, "LEAST", 5)
    monkeypatch.setattr(moments, "MOST_ADDS", 1)
    assert count_asked(run, data, 30) == 5
    assert DATASETS["tiny"].spec.test_size == 11


def test_a_comparison_has_the_scores_on_the_actors_groups(store: Store, run: Run) -> None:
    other = store.runs.submit(
        NewRun("train", "tiny", "ann", "second", "cnn", "fast", run.config, dataset_version=run.dataset_version)
    )
    name_group(store, run, "hard ones", [0, 1], "ann", source="by hand")
    assert "slice_hard ones" not in {one.key for one in compare(store, [run.id, other.id], "bea").measures}
    (found,) = (one for one in compare(store, [run.id, other.id], "ann").measures if one.key.startswith("slice_"))
    assert (found.label, found.said) == ("Accuracy on hard ones", ("50.0 %", ""))


def test_groups_are_picked_by_class_answer_and_mark(store: Store, run: Run) -> None:
    answers = store.files(run.id).load_predictions()
    assert pick_rows(answers, is_right=False).tolist() == WRONG
    assert pick_rows(answers, truth=1).tolist() == np.flatnonzero(TRUTH == 1).tolist()
    assert pick_rows(answers, truth=int(TRUTH[3]), said=int(TRUTH[3] + 1) % 3, marked=[3, 5]).tolist() == [3]


def test_the_command_line_prints_the_scores(store: Store, run: Run) -> None:
    name_group(store, run, "hard ones", [0, 1, 3], "ann", source="by hand")
    assert report_with_groups(store, run)["slice_accuracy"] == {"hard ones": pytest.approx(1 / 3)}


def test_the_command_line_names_lists_and_deletes_groups(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in store.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", lambda settings: None)
    assert main(["groups", run.id, "--name", "mistakes", "--wrong", "--rows", "3,4,5", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"slice_accuracy": {"mistakes": 0.0}}
    assert "This run's answers chose them" in told.err
    [group] = slices_of(store, run, LOCAL)
    assert (group.rows, group.source) == ((3, 4), "wrong, rows 3,4,5, by first")
    assert main(["groups", run.id, "--name", "none", "--is", "a", "--called", "a", "--wrong"]) == 2
    assert "no group of test examples" in capsys.readouterr().err
    assert main(["groups", run.id]) == 0
    assert capsys.readouterr().out == "   0.0 %       2  mistakes (wrong, rows 3,4,5, by first)\n"
    assert main(["groups", run.id, "--name", "chosen", "--rows", "3,4"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["groups", run.id, "--delete", "mistakes"]) == 0
    assert main(["groups", run.id, "--delete", "chosen"]) == 0
    assert slices_of(store, run, LOCAL) == []
