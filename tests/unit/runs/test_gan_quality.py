from dataclasses import replace

import pytest

from core.errors import NotAllowedError, RunError
from core.runs.gan_quality import judge_if_possible, judges, last_judging, queue_judging, read_quality
from core.runs.skill import Skill, skill
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.metrics import Snapshot
from core.store.records import LOCAL, SERVER, NewRun
from tests.unit.analysis.gan.test_quality_report import quality

CNN = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a classifier", family="cnn", preset="fast")
GAN = replace(CNN, family="gan", name="a GAN")


@pytest.fixture
def gan(store: Store) -> Run:
    return with_a_moment(store, store.runs.submit(GAN))


def with_a_moment(store: Store, run: Run) -> Run:
    store.metrics.add_snapshot(run.id, Snapshot(0, 0, 0.0))
    return run


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Record visits instead of starting a foreman."""
    found: list[Settings] = []
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", found.append)
    return found


def finished(store: Store, accuracy: float, *, held: float | None = None, trained: float = 0.5, **new: object) -> Run:
    run = store.runs.submit(replace(CNN, priority=9, **new))
    claimed = store.runs.claim("train", host="here", slot=run.id, pid=1)
    assert claimed is not None
    summary = {"test_accuracy_last": accuracy, "train_accuracy_last": trained}
    summary |= {} if held is None else {"val_accuracy_last": held}
    store.runs.move(run.id, Status.SUCCEEDED, lease=claimed.lease, summary=summary)
    return store.runs.get(run.id)


def test_the_best_classifier_of_the_owner_and_the_demo_comes_first(store: Store, gan: Run) -> None:
    mine, demo, local = (
        finished(store, share, owner=who) for share, who in ((0.9, "ann"), (0.97, SERVER), (0.95, LOCAL))
    )
    finished(store, 0.99, owner="bob")
    assert [run.id for run in judges(store, gan)] == [demo.id, local.id, mine.id]


def test_a_classifier_is_as_good_as_it_does_on_images_that_it_never_learned_from(store: Store, gan: Run) -> None:
    by_heart = finished(store, 0.7, trained=1.0)
    held = finished(store, 0.9, held=0.8, trained=0.85)
    assert [run.id for run in judges(store, gan)] == [held.id, by_heart.id]
    assert (skill(held), skill(by_heart)) == (Skill(0.8, "validation"), Skill(0.7, "test"))


def test_what_cannot_judge_is_left_out(store: Store) -> None:
    gan = store.runs.submit(replace(GAN, dataset_version="v1"))
    finished(store, 0.99, dataset="mnist")
    finished(store, 0.99, dataset_version="v2")
    finished(store, 0.99, config={"test_shift": "noise"})
    finished(store, 0.99, family="gan")
    store.runs.submit(CNN)
    assert judges(store, gan) == []


def test_a_judging_is_queued_once_with_the_best_classifier(store: Store, gan: Run) -> None:
    best = finished(store, 0.97)
    finished(store, 0.9)
    task = queue_judging(store, gan, "ann")
    assert (task.kind, task.owner, task.after) == ("judge", SERVER, None)
    assert task.config == {"run": gan.id, "judge": best.id}
    assert queue_judging(store, gan, "ann").id == task.id
    store.runs.stop(task.id, SERVER)
    assert queue_judging(store, gan, "ann").id != task.id


def test_another_classifier_may_be_chosen_if_it_can_judge(store: Store, gan: Run) -> None:
    finished(store, 0.97)
    chosen, other = finished(store, 0.9), finished(store, 0.9, dataset="mnist")
    with pytest.raises(RunError, match=f"{other.id} cannot measure"):
        queue_judging(store, gan, "ann", other)
    assert queue_judging(store, gan, "ann", chosen).config["judge"] == chosen.id


def test_without_a_classifier_one_is_trained_first(store: Store, gan: Run, visits: list[Settings]) -> None:
    judge_if_possible(store, gan)
    assert last_judging(store, gan) is None
    task = queue_judging(store, gan, "ann")
    trained = store.runs.get(str(task.after))
    assert (trained.family, trained.preset, trained.owner) == ("cnn", "fast", SERVER)
    assert task.config["judge"] == trained.id
    assert visits == [store.settings]


def test_a_classifier_of_the_server_that_is_on_its_way_is_waited_for(store: Store, gan: Run) -> None:
    coming = store.runs.submit(replace(CNN, owner=SERVER))
    assert queue_judging(store, gan, "ann").after == coming.id


def test_a_run_that_has_just_been_trained_is_judged_by_itself(store: Store, gan: Run) -> None:
    finished(store, 0.97)
    judge_if_possible(store, gan)
    task = last_judging(store, gan)
    assert task is not None
    assert task.status is Status.QUEUED


def test_points_no_images_and_runs_of_others_are_not_judged(store: Store, gan: Run) -> None:
    finished(store, 0.97)
    points = with_a_moment(store, store.runs.submit(replace(GAN, dataset="ring")))
    for run in (points, store.runs.submit(GAN)):
        judge_if_possible(store, run)
        assert last_judging(store, run) is None
        with pytest.raises(RunError, match="has generated no images"):
            queue_judging(store, run, "ann")
    with pytest.raises(NotAllowedError, match="only its owner"):
        queue_judging(store, gan, "bob")


def test_a_quality_report_counts_for_the_run_as_it_was_judged(store: Store, gan: Run) -> None:
    assert read_quality(store, gan) is None
    files = store.files(gan.id)
    files.write_json("judgement", quality().to_dict())
    assert read_quality(store, replace(gan, generation=2)) == quality()
    assert read_quality(store, replace(gan, generation=3)) is None
    files.write_json("judgement", {"of": "another version"})
    assert read_quality(store, replace(gan, generation=2)) is None


def test_a_judging_does_not_wait_for_a_classifier_that_was_lost(store: Store) -> None:
    judge = store.runs.submit(replace(CNN, owner="server", priority=9))
    task = store.runs.submit(replace(CNN, kind="judge", family=None, preset=None, after=judge.id))
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    store.runs.move(judge.id, Status.LOST, error="The machine went.")
    store.runs.end_orphans()
    assert store.runs.get(task.id).status is Status.FAILED
