from dataclasses import replace
from typing import Any

import pytest

from core.store import Run, Store
from core.store.metrics import Checkpoint, Point, Snapshot


def point(step: int, **values: float) -> Point:
    return Point(step, step // 10, step / 2, values or {"loss": 1 / (step + 1)})


@pytest.fixture
def run(store: Store, new_run: Any) -> Run:
    return store.runs.submit(new_run)


@pytest.fixture
def other(store: Store, new_run: Any) -> Run:
    return store.runs.submit(replace(new_run, name="another"))


def plain(points: list[Any]) -> list[Point]:
    return [Point(p.step, p.epoch, p.wall_s, p.values) for p in points]


def test_points_come_back_as_written_and_in_that_order(store: Store, run: Run) -> None:
    written = [point(0), point(1), point(2), point(2, val_loss=0.5, val_accuracy=1.0), point(3)]
    store.metrics.append(run.id, written[:2])
    store.metrics.append(run.id, written[2:])
    assert plain(store.metrics.since(run.id)) == written
    assert store.metrics.count(run.id) == 5


def test_a_reader_gets_only_what_came_after_its_cursor(store: Store, run: Run) -> None:
    store.metrics.append(run.id, [point(1), point(2)])
    first = store.metrics.since(run.id, 0)
    assert store.metrics.since(run.id, first[-1].id) == []
    store.metrics.append(run.id, [point(3)])
    assert plain(store.metrics.since(run.id, first[-1].id)) == [point(3)]
    assert store.metrics.since(run.id, first[0].id)[0] == first[1]


def test_runs_do_not_see_each_others_points(store: Store, run: Run, other: Run) -> None:
    store.metrics.append(run.id, [point(1)])
    store.metrics.append(other.id, [point(2)])
    store.metrics.append(run.id, [point(3)])
    assert [p.step for p in store.metrics.since(run.id)] == [1, 3]
    assert [p.step for p in store.metrics.since(other.id)] == [2]
    assert store.metrics.count(run.id) == 2


def test_writing_nothing_is_allowed(store: Store, run: Run) -> None:
    store.metrics.append(run.id, [])
    assert store.metrics.since(run.id) == []


def test_rewinding_takes_back_what_came_after_the_step_and_starts_a_generation(
    store: Store, run: Run, other: Run
) -> None:
    for one in (run, other):
        store.metrics.append(one.id, [point(step) for step in range(6)])
        for step in (0, 2, 5):
            store.metrics.add_snapshot(one.id, Snapshot(step, 0, 0.0))
            store.metrics.add_checkpoint(one.id, Checkpoint(step, "hash", best=False))
    store.metrics.rewind(run.id, 2)
    assert [p.step for p in store.metrics.since(run.id)] == [0, 1, 2]
    assert [s.step for s in store.metrics.snapshots(run.id)] == [0, 2]
    assert [c.step for c in store.metrics.checkpoints(run.id)] == [0, 2]
    assert store.runs.get(run.id).generation == run.generation + 1
    assert store.metrics.count(other.id) == 6
    assert len(store.metrics.snapshots(other.id)) == len(store.metrics.checkpoints(other.id)) == 3
    assert store.runs.get(other.id).generation == other.generation


def test_ids_are_not_used_again_after_a_rewind(store: Store, run: Run) -> None:
    store.metrics.append(run.id, [point(step) for step in range(1, 5)])
    cursor = store.metrics.since(run.id)[-1].id
    store.metrics.rewind(run.id, -1)
    assert store.metrics.count(run.id) == 0
    store.metrics.append(run.id, [point(1)])
    assert [p.step for p in store.metrics.since(run.id, cursor)] == [1]


@pytest.mark.parametrize("stride", [1, 2, 3, 7])
def test_thinning_keeps_every_nth_step_and_every_validation(store: Store, run: Run, other: Run, stride: int) -> None:
    written = [point(step) for step in range(60)]
    written += [point(31, val_loss=0.3), point(33, loss=0.1, val_accuracy=0.9)]
    for one in (run, other):
        store.metrics.append(one.id, written)
    store.metrics.thin(run.id, stride)
    validated = {"val_loss", "val_accuracy"}
    kept = [p for p in written if p.step <= 20 or p.step % stride == 0 or set(p.values) & validated]
    assert plain(store.metrics.since(run.id)) == kept
    assert store.metrics.count(other.id) == len(written)


def test_thinning_thousands_of_points_leaves_the_right_ones(store: Store, run: Run) -> None:
    store.metrics.append(run.id, [point(step, loss=0.0) for step in range(1, 2501)])
    store.metrics.thin(run.id, 10)
    assert [p.step for p in store.metrics.since(run.id)] == [*range(1, 21), *range(30, 2501, 10)]


def test_snapshots_are_listed_by_step_and_a_second_one_of_a_step_replaces_the_first(store: Store, run: Run) -> None:
    for snapshot in (Snapshot(5, 1, 2.0), Snapshot(0, 0, 0.0), Snapshot(5, 1, 3.0)):
        store.metrics.add_snapshot(run.id, snapshot)
    assert store.metrics.snapshots(run.id) == [Snapshot(0, 0, 0.0), Snapshot(5, 1, 3.0)]


def test_the_newest_best_checkpoint_takes_the_mark(store: Store, run: Run, other: Run) -> None:
    store.metrics.add_checkpoint(other.id, Checkpoint(10, "z", best=True))
    for step, sha256, best in ((10, "a", True), (20, "b", False), (30, "c", True)):
        store.metrics.add_checkpoint(run.id, Checkpoint(step, sha256, best))
    assert store.metrics.checkpoints(run.id) == [
        Checkpoint(10, "a", best=False),
        Checkpoint(20, "b", best=False),
        Checkpoint(30, "c", best=True),
    ]
    assert store.metrics.checkpoints(other.id) == [Checkpoint(10, "z", best=True)]


def test_a_checkpoint_saved_again_has_its_new_hash(store: Store, run: Run) -> None:
    store.metrics.add_checkpoint(run.id, Checkpoint(10, "old", best=False))
    store.metrics.add_checkpoint(run.id, Checkpoint(10, "new", best=False))
    assert store.metrics.checkpoints(run.id) == [Checkpoint(10, "new", best=False)]


def test_a_dropped_checkpoint_is_forgotten_and_no_other(store: Store, run: Run, other: Run) -> None:
    for one in (run, other):
        store.metrics.add_checkpoint(one.id, Checkpoint(10, "a", best=False))
        store.metrics.add_checkpoint(one.id, Checkpoint(20, "b", best=False))
    store.metrics.drop_checkpoint(run.id, 10)
    assert [c.step for c in store.metrics.checkpoints(run.id)] == [20]
    assert [c.step for c in store.metrics.checkpoints(other.id)] == [10, 20]
