"""The table of runs in groups, as a tree, and written down."""

import csv
import io
import json
import statistics

import pytest

from core.runs.comparison.columns import columns_of, shown_first, written, written_groups
from core.runs.comparison.groups import NONE, groupings, groups_of, in_group
from core.runs.comparison.table import matching, run_table
from core.runs.comparison.tree import how_it_came, tree_of
from core.store import Run, Status, Store
from core.store.metrics import Point
from tests.support.past_runs import ME, PastRuns

SCORES = {16: [0.7, 0.8, 0.9], 32: [0.95], 64: []}


@pytest.fixture
def past(store: Store) -> PastRuns:
    return PastRuns(store)


def scored(past: PastRuns, size: int, score: float, **more: object) -> Run:
    summary = {"val_accuracy_last": score, "val_accuracy_best": score + 0.01, "test_accuracy_last": 0.5}
    return past.ended(Status.SUCCEEDED, name="a|b", changes=[f"batch_size={size}"], summary=summary, **more)


def test_groups_have_the_number_the_mean_the_best_and_the_spread_of_their_runs(store: Store, past: PastRuns) -> None:
    for size, scores in SCORES.items():
        for score in scores:
            scored(past, size, score)
    past.queued(changes=["batch_size=64"])
    table = run_table(store, ME)
    assert "batch_size" in groupings(table)
    assert "epochs" not in groupings(table)  # all have the same
    found = groups_of(table, "batch_size", "val_accuracy_last", ascending=False)
    assert list(found.index) == ["32", "16", "64"]
    rows = list(csv.DictReader(io.StringIO(written_groups(found, ["Batch size"], "csv"))))
    assert [(row["group"], row["runs"]) for row in rows] == [("32", "1"), ("16", "3"), ("64", "1")]
    assert float(rows[1]["mean"]) == pytest.approx(0.8)
    assert list(found["runs"]) == [1, 3, 1]
    assert found.loc["16", "mean"] == pytest.approx(0.8)
    assert found.loc["16", "best"] == 0.9
    assert found.loc["16", "spread"] == pytest.approx(statistics.stdev(SCORES[16]))
    assert found.loc[["64"], ["mean", "best", "spread"]].isna().all(axis=None)
    assert groups_of(table, "batch_size", "val_accuracy_last", ascending=True).loc["16", "best"] == 0.7
    assert set(in_group(table, "batch_size", "16")["val_accuracy_last"]) == set(SCORES[16])
    assert in_group(table, "batch_size", "17").empty


def test_a_run_with_two_tags_is_in_two_groups_and_is_found_by_either(store: Store, past: PastRuns) -> None:
    both, one, none = (past.queued(name=name) for name in ("both", "one", "none"))
    store.runs.tag(both.id, ["baseline", "to keep"], ME)
    store.runs.tag(one.id, ["Baseline 2"], ME)
    table = run_table(store, ME)
    found = groups_of(table, "tags", "created", ascending=False)
    assert dict(found["runs"]) == {"baseline": 1, "to keep": 1, "Baseline 2": 1, NONE: 1}
    assert list(in_group(table, "tags", "to keep").index) == [both.id]
    assert list(in_group(table, "tags", NONE).index) == [none.id]
    assert list(matching(table, "tag=BASELINE").index) == [both.id]
    assert list(matching(table, 'tags!="to keep"').index) == [none.id, one.id]
    assert list(matching(table, "baseline").index) == [one.id, both.id]


def test_the_tree_puts_a_run_below_the_one_that_it_came_from(store: Store, past: PastRuns) -> None:
    first = past.running(name="first")
    past.queued(name="alone")
    changed = past.queued(name="changed", changes=["batch_size=256", "epochs=4"], derived_from=first.id)
    further = past.queued(name="further", parent=first.id, branch_step=30)
    swept = [past.queued(name=f"swept {n}", changes=[f"seed={n}"], group="sweep") for n in (1, 2)]
    lost = past.queued(name="lost", derived_from="gone for good")
    below = past.queued(name="below", derived_from=changed.id)
    table = run_table(store, ME)
    lines = tree_of(table, table.index)
    names = [(table["name"].get(line.id, line.id), line.depth) for line in lines]
    assert names == [
        *[("first", 0), ("changed", 1), ("below", 2), ("further", 1), ("lost", 0)],
        *[("sweep", 0), ("swept 1", 1), ("swept 2", 1), ("alone", 0)],
    ]
    by_id = {line.id: line for line in lines}
    assert (by_id[below.id].origin, by_id[swept[0].id].origin, by_id[lost.id].origin) == (changed.id, None, None)
    assert by_id["sweep"].count == 2
    assert [line.id for line in tree_of(table, [below.id])] == [first.id, changed.id, below.id]
    assert how_it_came(store.settings, first, changed) == "epochs 3 → 4; batch size 64 → 256"
    assert how_it_came(store.settings, first, further) == "trained on from step 30: the same settings"
    assert how_it_came(store.settings, *swept) == "seed 1 → 2"


def test_the_table_is_written_as_csv_json_and_markdown_without_test_results(store: Store, past: PastRuns) -> None:
    run, waiting = scored(past, 16, 0.7), past.queued(name="waits")
    store.runs.annotate(run.id, "two\nlines, and a comma", ME)
    table = run_table(store, ME)
    columns = columns_of(table)
    assert not [name for name in columns if name.startswith("test_accuracy")]
    assert columns["val_accuracy_best"] == "Validation accuracy, best"
    assert shown_first(table)[:2] == ["val_accuracy_last", "val_accuracy_best"]
    shown = {name: columns[name] for name in ("val_accuracy_last", "note", "batch_size")}
    rows = list(csv.DictReader(io.StringIO(written(table, shown, "csv"))))
    assert [row["id"] for row in rows] == [waiting.id, run.id]
    assert (float(rows[1]["val_accuracy_last"]), rows[1]["note"]) == (0.7, "two\nlines, and a comma")
    assert json.loads(written(table, shown, "json"))[0] == {
        "id": waiting.id,
        "name": "waits",
        "val_accuracy_last": None,
        "note": "",
        "batch_size": waiting.config["batch_size"],
    }
    *_, last = written(table, shown, "md").splitlines()
    assert last == rf"| {run.id} | a\|b | 0.7 | two lines, and a comma | 16 |"


def test_a_run_that_trains_shows_its_validation_results_so_far(store: Store, past: PastRuns) -> None:
    run = past.running(step=40)
    assert "val_accuracy_last" not in run_table(store, ME)
    for step, accuracy in ((41, 0.9), (42, 0.8)):
        store.metrics.append(run.id, [Point(step, 4, 1.0, {"val_accuracy": accuracy, "val_loss": 1 - accuracy})])
    (row,) = run_table(store, ME).to_dict("records")
    assert (row["val_accuracy_last"], row["val_accuracy_best"]) == (0.8, 0.9)
    assert (row["val_loss_last"], row["val_loss_best"]) == (pytest.approx(0.2), pytest.approx(0.1))
    assert row["duration_s"] > 0
