"""Runs that start in the state or with the networks of another."""

from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest

from core.datasets import DATASETS, prepare
from core.errors import ArtifactError, ConfigError, RunError
from core.families import config_of
from core.families.cnn import CnnConfig
from core.jobs import submit
from core.jobs.branch import branch_training, continue_training
from core.jobs.work import Work
from core.layers.blocks import Dense, Dropout, Flatten
from core.runs.comparison.settings import settings_of_runs
from core.settings import Settings
from core.steering.record import CONTINUED, STATE, WEIGHTS, ByHand, Change, Edit
from core.steering.start import rates_of
from core.steering.story import Story, story_of
from core.store import Run, Status, Store, open_store
from core.store.records import NewRun
from core.training import fit
from tests.support import tiny

LAYERS = (Flatten(), Dense(units=4), Dropout(rate=0.5))  # whose chance is part of the state
CONFIG = replace(tiny.CONFIG, layers=LAYERS, validation_fraction=0.2)  # 3 updates an epoch


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store in whose home the tiny data is prepared, and no foreman starts."""
    home = tmp_path_factory.mktemp("start")
    store = open_store(Settings(home=home, data_dir=home))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "tiny", tiny.dataset(tiny.arrays()))
        patch.setattr(submit, "ensure_foreman", lambda settings: None)
        prepare(store.settings, "tiny")
        yield store
    store.close()


def trained(store: Store, run: Run) -> Run:
    """Train a queued run as a worker of its own does."""
    taken = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert taken is not None
    assert taken.id == run.id
    work = Work(store, taken, "CPU")
    keras.utils.clear_session(free_memory=False)
    try:
        work.finish(fit.train(work))
    except BaseException:
        store.runs.move(run.id, Status.FAILED, lease=taken.lease)
        raise
    return store.runs.get(run.id)


def from_scratch(store: Store, config: CnnConfig) -> Run:
    new = NewRun(kind="train", dataset="tiny", owner="ann", name="r", family="cnn", preset="fast")
    return trained(store, store.runs.submit(replace(new, config=config.to_dict())))


@pytest.fixture(scope="module")
def three(lab: Store) -> Run:
    """A run of three epochs."""
    return from_scratch(lab, CONFIG)


@pytest.fixture(scope="module")
def five(lab: Store) -> Run:
    """The same of five epochs."""
    return from_scratch(lab, replace(CONFIG, epochs=5))


def weights_at(store: Store, run: Run, step: int) -> dict[str, np.ndarray]:
    return store.files(run.id).load_snapshot(step, "weights")


def numbers(store: Store, run: Run, after: int) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for point in store.metrics.since(run.id):
        if point.step > after:
            found.setdefault(point.step, {}).update(point.values)
    return found


def test_three_epochs_continued_by_two_are_five_to_the_last_bit(lab: Store, three: Run, five: Run) -> None:
    before = lab.metrics.since(three.id)
    more = trained(lab, continue_training(lab, three.id, "ann", epochs=2))
    assert (more.status, more.parent, more.branch_step, more.steered.start) == (
        Status.SUCCEEDED,
        three.id,
        9,
        CONTINUED,
    )
    assert more.config == five.config
    assert story_of(lab, more) == Story(config_of(five), ByHand())
    for name, array in weights_at(lab, five, 15).items():
        np.testing.assert_array_equal(weights_at(lab, more, 15)[name], array)
    assert numbers(lab, more, 0) == numbers(lab, five, 9)
    results = [key for key in five.summary if key.startswith(("test_", "train_", "best_step", "steps_done"))]
    assert {key: more.summary[key] for key in results} == {key: five.summary[key] for key in results}
    assert (lab.metrics.since(three.id), lab.runs.get(three.id)) == (before, three)


def test_a_branch_counts_on_and_takes_the_whole_state_where_that_is_saved(lab: Store, three: Run, five: Run) -> None:
    slower = trained(lab, branch_training(lab, three.id, "ann", at=9, changes={"epochs": 5, "learning_rate": 1e-5}))
    assert (slower.steered.start, slower.generation) == (STATE, 0)
    assert story_of(lab, slower) == Story(config_of(five), ByHand((Change(9, "learning_rate", 1e-5),)))
    assert list(numbers(lab, slower, 0)) == list(numbers(lab, five, 9))
    apart = [
        np.abs(weights_at(lab, run, 15)["weights/0000"] - weights_at(lab, three, 9)["weights/0000"]).max()
        for run in (slower, five)
    ]
    assert 0 < apart[0] < 0.05 * apart[1]


def test_a_branch_from_a_snapshot_takes_the_weights_and_begins_with_a_new_optimiser(lab: Store, three: Run) -> None:
    edit = Edit("dense_1/kernel", (3, 1), 7.5)
    run = branch_training(lab, three.id, "ann", at=3, changes={"optimizer": "sgd"}, edits=[edit])
    assert (run.steered.start, run.progress["step"], run.progress["total_steps"]) == (WEIGHTS, 3, 9)
    assert story_of(lab, run) is None  # it began with a new optimiser
    run = trained(lab, run)
    begun, before = weights_at(lab, run, 3), weights_at(lab, three, 3)
    assert begun["weights/0000"][3, 1] == 7.5
    begun["weights/0000"][3, 1] = before["weights/0000"][3, 1]
    for name, array in before.items():
        np.testing.assert_array_equal(begun[name], array)
    assert list(numbers(lab, run, 0)) == list(range(4, 10))
    assert run.summary["steps_done"] == 9
    told = settings_of_runs(lab.settings, [three, run])
    assert {one.name: one.changes for one in told if one.differs}["optimizer"] == "Adam → SGD"
    start = next(one for one in told if one.name == "start").said[1]
    assert start == f"run {three.id}, step 3, weights only; dense_1/kernel[3,1]=7.5"


def test_what_began_with_a_new_optimiser_is_continued_as_exactly(lab: Store, three: Run) -> None:
    changes = {"schedule": "cosine"}
    run = trained(lab, branch_training(lab, three.id, "ann", at=3, changes=changes))
    more = trained(lab, branch_training(lab, run.id, "ann", at=6))
    assert (run.steered.start, more.steered.start) == (WEIGHTS, STATE)
    assert numbers(lab, more, 0) == numbers(lab, run, 6)


def test_layers_can_be_added_and_frozen_where_the_weights_still_fit(lab: Store, three: Run) -> None:
    wider = replace(CONFIG, layers=(Flatten(), Dense(units=4), Dense(units=4), Dropout(rate=0.5)))
    run = trained(lab, branch_training(lab, three.id, "ann", at=3, config=wider, frozen=("dense_1",)))
    begun, ended, before = weights_at(lab, run, 3), weights_at(lab, run, 9), weights_at(lab, three, 3)
    for new, old in (("0000", "0000"), ("0001", "0001"), ("0004", "0002"), ("0005", "0003")):
        np.testing.assert_array_equal(begun[f"weights/{new}"], before[f"weights/{old}"])
    assert [np.array_equal(begun[name], ended[name]) for name in sorted(begun)] == [True, True, *[False] * 4]


def test_what_cannot_go_on_is_refused_in_a_sentence(lab: Store, three: Run) -> None:
    other = replace(CONFIG, layers=(Flatten(), Dense(units=5), Dropout(rate=0.5)))
    with pytest.raises(RunError, match="the weights of dense_1 fit no layer of the changed network"):
        branch_training(lab, three.id, "ann", at=3, config=other)
    with pytest.raises(
        RunError, match="saved nothing at this step, expected one of its saved steps, such as 0, 3, 6, 9"
    ):
        branch_training(lab, three.id, "ann", at=4)
    with pytest.raises(RunError, match="nothing would be left to train"):
        branch_training(lab, three.id, "ann")
    with pytest.raises(RunError, match="every layer is frozen"):
        branch_training(lab, three.id, "ann", at=3, frozen=("dense_1", "logits"))
    with pytest.raises(ConfigError, match="at least 1 epoch"):
        continue_training(lab, three.id, "ann", epochs=0)
    with pytest.raises(ConfigError, match="epochs cannot be used"):
        continue_training(lab, three.id, "ann", epochs=198)
    assert lab.runs.list(status=[Status.QUEUED]) == []
    run = branch_training(lab, three.id, "ann", at=3, edits=[Edit("dense_1/kernel", (0, 99), 1.0)])
    with pytest.raises(ConfigError, match="no such place, expected an index of 64x4"):
        trained(lab, run)


def test_a_run_whose_state_is_gone_does_not_begin_in_another(lab: Store, three: Run) -> None:
    run = continue_training(lab, three.id, "ben", epochs=1)
    lab.files(three.id).drop_checkpoint(9)
    with pytest.raises(ArtifactError, match="missing"):
        trained(lab, run)


def test_the_rates_of_a_run_are_those_that_it_had_update_by_update(lab: Store) -> None:
    new = NewRun(kind="train", dataset="tiny", owner="ann", name="r", family="cnn", config=CONFIG.to_dict())
    changes = {"changes": [[2, "learning_rate", 0.5], [4, "dropout", 0.1]]}
    run = lab.runs.submit(replace(new, steering=changes))
    lab.runs.stop(run.id, "ann")
    expected = [CONFIG.learning_rate] * 2 + [0.5] * 7
    assert rates_of(run, tiny.dataset(tiny.arrays()).spec).tolist() == pytest.approx(expected)
