import pytest

from core.store import Run, Store
from core.store.metrics import FIRST_STEPS, Point
from core.store.records import NewRun
from pages._ui.runs import metrics_cache
from pages._ui.runs.metrics_cache import MetricsCache


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_cache, "FRESH_S", -1.0)


def add(store: Store, run: Run, *steps: int) -> None:
    store.metrics.append(run.id, [Point(step, 0, float(step), {"loss": 1.0 / (1 + step)}) for step in steps])


def test_a_cache_gives_what_the_table_gives_whatever_the_cursor(
    store: Store, claimed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_cache, "KEPT", 5)
    points = MetricsCache(store.metrics, claimed.id)
    assert list(points.since(0)) == []
    for steps in (range(3), range(3, 4), range(4, 20), range(20, 21)):
        add(store, claimed, *steps)
        ids = [0, *(point.id for point in store.metrics.since(claimed.id))]
        for cursor in ids:
            assert list(points.since(cursor)) == store.metrics.since(claimed.id, cursor)


def test_points_of_other_runs_are_not_mixed_in(store: Store, claimed: Run) -> None:
    other = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="ann", name="other"))
    points = MetricsCache(store.metrics, claimed.id)
    add(store, claimed, 0)
    add(store, other, 0, 1)
    add(store, claimed, 1)
    assert [point.step for point in points.since(0)] == [0, 1]


def test_many_who_look_at_once_cost_one_reading(store: Store, claimed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_cache, "FRESH_S", 60.0)
    add(store, claimed, 0, 1)
    read: list[int] = []
    newest = store.metrics.newest
    monkeypatch.setattr(store.metrics, "newest", lambda run, most: read.append(most) or newest(run, most))
    monkeypatch.setattr(store.metrics, "since", lambda *_, **__: pytest.fail("read again"))
    points = MetricsCache(store.metrics, claimed.id)
    assert [len(points.since(0)) for _ in range(20)] == [2] * 20
    assert len(read) == 1


def test_older_points_are_read_with_the_stride_that_is_drawn(
    store: Store, claimed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_cache, "KEPT", 5)
    add(store, claimed, *range(FIRST_STEPS + 20))
    store.metrics.append(claimed.id, [Point(FIRST_STEPS + 21, 1, 1.0, {"val_loss": 0.5})])
    add(store, claimed, *range(FIRST_STEPS + 22, FIRST_STEPS + 30))
    found = MetricsCache(store.metrics, claimed.id).since(0, stride=8)
    expected = [*range(FIRST_STEPS + 1), 24, 32, FIRST_STEPS + 21, 48]
    assert [point.step for point in found] == expected
