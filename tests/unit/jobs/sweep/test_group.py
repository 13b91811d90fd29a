from dataclasses import replace
from types import SimpleNamespace

import optuna
import pytest

from core.config import Config
from core.errors import ConfigError, LimitError, NotAllowedError, RunError
from core.families.cnn import FAMILY, PRESETS
from core.figures.group.heat import heat_map, is_grid
from core.jobs.sweep import plan_sweep, study, submit_sweep
from core.runs.group import Group, read_group
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.records import NewRun

FAST = PRESETS["fast"]
CONFIG = replace(FAST.config, validation_fraction=0.1)
OVER = ["learning_rate=0.001,0.01", "batch_size=32,64"]


@pytest.fixture(autouse=True)
def _is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", lambda settings: None)
    monkeypatch.setattr("core.jobs.submit.ensure_prepared", lambda store, dataset_id, at_once: None)
    monkeypatch.setattr("core.jobs.submit.open_prepared", lambda settings, dataset_id: SimpleNamespace(version="1"))


def queued(store: Store, config: Config = CONFIG, owner: str = "ann", **more: bool) -> Group:
    configs = plan_sweep(config, OVER)
    return read_group(store, submit_sweep(store, FAMILY, configs, "mnist_5k", owner, preset=FAST, **more))


def claim(store: Store) -> Run:
    run = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert run is not None
    return run


def end(store: Store, run: Run, status: Status = Status.SUCCEEDED, **summary: object) -> None:
    store.runs.move(run.id, status, lease=run.lease, summary={"test_accuracy_last": 0.5, **summary})


def test_a_sweep_is_queued_in_its_order_under_names_that_say_the_values(store: Store) -> None:
    group = queued(store)
    assert list(group.configs) == plan_sweep(CONFIG, OVER)
    assert sorted(run.name for run in group.runs)[0] == "Fast digits, learning rate 0.001, batch size 32"
    assert (set(group.names), group.done) == ({"learning_rate", "batch_size"}, 0)


def test_a_group_is_queued_whole_or_not_at_all(store: Store) -> None:
    impossible = [CONFIG, replace(CONFIG, patience=3, validation_fraction=0.0)]
    with pytest.raises(ConfigError):
        submit_sweep(store, FAMILY, impossible, "mnist_5k", "ann", preset=FAST)
    with pytest.raises(LimitError, match="at most 3, received 0 and 4 more"):
        queued(replace(store, settings=replace(store.settings, max_waiting=3)))
    assert store.runs.count() == 0
    assert not list((store.settings.home / "sweeps").glob("*.journal"))


def test_only_its_owner_stops_a_group(store: Store) -> None:
    group = queued(store)
    end(store, claim(store))
    held = claim(store)
    with pytest.raises(NotAllowedError):
        store.runs.stop_group(group.id, "ben")
    assert store.runs.stop_group(group.id, "ann") == 3
    after = read_group(store, group.id)
    assert [run.status for run in after.runs] == ["succeeded", "running", "stopped", "stopped"]
    assert [control.kind for control in store.runs.pending(held.id)] == ["stop"]
    assert (after.done, after.share) == (3, 0.75)
    with pytest.raises(RunError, match="there is no group"):
        store.runs.stop_group("none", "ann")


def test_runs_are_ranked_by_validation_and_never_by_test_results(store: Store) -> None:
    group = queued(store)
    for validation, test in ((0.7, 0.1), (0.9, 0.2), (0.8, 0.9)):
        end(store, claim(store), val_accuracy_last=validation, test_accuracy_last=test)
    ranked = read_group(store, group.id)
    assert ranked.ranking == (1, 2, 0, 3)
    name = group.names[0]
    means = {
        value: [v for v, one in zip((0.7, 0.9, 0.8), group.values(name), strict=False) if one == value]
        for value in group.values(name)
    }
    assert {v: (mean, n) for v, mean, n in ranked.effect(name)} == {
        v: (pytest.approx(sum(found) / len(found)), len(found)) for v, found in means.items() if found
    }


def test_a_map_of_two_settings_leads_to_each_run_and_shades_the_results(store: Store) -> None:
    group = queued(store)
    assert is_grid(group)
    for validation in (0.7, 0.9, 0.8):
        end(store, claim(store), val_accuracy_last=validation)
    drawn = heat_map(read_group(store, group.id))
    assert [f"href='cnn?run={run.id}'" in drawn for run in group.runs] == [True] * 4
    assert drawn.count("waiting") == 1
    assert (drawn.count("background: rgb(68, 1, 84)"), drawn.count("background: rgb(253, 231, 37)")) == (1, 1)
    assert "<small>best" not in drawn
    end(store, claim(store), val_accuracy_last=0.1)
    assert heat_map(read_group(store, group.id)).count("<small>best") == 1


def test_without_validation_nothing_is_ranked_or_ended_early(store: Store) -> None:
    group = queued(store, FAST.config)
    for test in (0.1, 0.9):
        end(store, claim(store), test_accuracy_last=test)
    again = read_group(store, group.id)
    assert (again.is_ranked, again.ranking) == (False, (0, 1, 2, 3))
    assert not study.drops_runs(store.settings, group.id)
    assert study.open_judge(store.settings, again.runs[0]) is None


def test_a_run_is_ended_as_optunas_own_pruner_would(store: Store) -> None:
    group, settings = queued(store), store.settings
    curves = [[0.5, 0.6, 0.7, 0.8], [0.4, 0.9, 0.9, 0.9], [0.6, 0.61, 0.9, 0.9], [0.7, 0.65, 0.66, 0.67]]
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    own = optuna.create_study(direction="maximize", pruner=pruner)
    for run, curve in zip(group.runs, curves, strict=True):
        assert ended_at(study.open_judge(settings, run), curve) == pruned_at(own.ask(), curve)
    pruned = study.open_judge(settings, group.runs[1])
    assert pruned is not None
    assert not pruned.should_end(3, 0.0)  # its owner has resumed it


def ended_at(judge: study.Judge | None, curve: list[float]) -> int | None:
    assert judge is not None
    return next((epoch for epoch, value in enumerate(curve, 1) if judge.should_end(epoch, value)), None)


def pruned_at(trial: optuna.Trial, curve: list[float]) -> int | None:
    for epoch, value in enumerate(curve, 1):
        trial.report(value, epoch)
        if trial.should_prune():
            return epoch
    return None


def test_a_study_goes_once_its_group_has_ended(store: Store) -> None:
    group = queued(store)
    later = 1e12
    study.clear_studies(store, later)
    assert study.drops_runs(store.settings, group.id)
    store.runs.stop_group(group.id, "ann")
    study.clear_studies(store, 0.0)
    assert study.drops_runs(store.settings, group.id)
    study.clear_studies(store, later)
    assert not study.drops_runs(store.settings, group.id)


def test_a_run_of_no_group_is_never_judged(settings: Settings, store: Store, new_run: NewRun) -> None:
    assert study.open_judge(settings, store.runs.submit(new_run)) is None
