from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from core.config import Config
from core.datasets import find_dataset
from core.errors import ConfigError, LimitError
from core.families import FAMILIES
from core.families.supervised.config import SupervisedConfig
from core.jobs.sweep.budget import (
    Budget,
    Contender,
    Option,
    options_for,
    plan_budget,
    submit_budget,
    usual_options,
)
from core.layers.blocks import Dense
from core.runs.estimate import ServerSpeed
from core.runs.group import Group, read_group
from core.runs.standing import standings_of
from core.schedule.split import training_rows
from core.settings import Settings
from core.store import Status, Store

DATA = "mnist_5k"
DIGITS = np.arange(4000) % 10
UNKNOWN = ServerSpeed(())  # of a server that has trained nothing


@pytest.fixture(autouse=True)
def _is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", lambda settings: None)
    monkeypatch.setattr("core.jobs.submit.ensure_prepared", lambda store, dataset_id, at_once: None)
    monkeypatch.setattr("core.jobs.submit.open_prepared", lambda settings, dataset_id: SimpleNamespace(version="1"))


def chosen(settings: Settings, *names: str, data: str = DATA) -> list[Option]:
    options = options_for(find_dataset(settings, data).spec, data)
    return [options[name] for name in names or usual_options(find_dataset(settings, data).spec, data)]


def planned(settings: Settings, budget: Budget, *names: str) -> list[Contender]:
    spec = find_dataset(settings, DATA).spec
    return plan_budget(chosen(settings, *names), spec, budget, UNKNOWN, seed=3)


def weights_by_hand(config: Config) -> int:
    """Return the weights of dense layers on 28x28 pixels with ten answers."""
    assert isinstance(config, SupervisedConfig)
    units = [784, *(block.units for block in config.layers if isinstance(block, Dense)), 10]
    return sum((before + 1) * after for before, after in pairwise(units))


def test_presets_of_all_families_that_can_learn_the_data_are_offered_and_no_others(settings: Settings) -> None:
    for data, offered, other in (
        (DATA, {"cnn:fast", "mlp:digits", "gan:dcgan"}, {"cnn:photos", "mlp:iris"}),
        ("diabetes", {"mlp:diabetes", "mlp:table"}, {"mlp:digits", "cnn:fast", "mlp:iris"}),
    ):
        found = set(options_for(find_dataset(settings, data).spec, data))
        assert found >= offered
        assert not found & other
    usual = usual_options(find_dataset(settings, DATA).spec, DATA)
    assert {"cnn:fast", "mlp:digits"} <= set(usual)
    assert not {"cnn:bad_rate", "gan:dcgan"} & set(usual)


def test_the_same_seconds_end_every_run_and_leave_everything_else_equal(settings: Settings) -> None:
    found = planned(settings, Budget(seconds=20))
    spec = find_dataset(settings, DATA).spec
    assert {one.family.id for one in found} == {"cnn", "mlp", "sequence"}
    assert {(one.config.time_budget_s, one.config.seed, one.config.may_end_early) for one in found} == {(20, 3, False)}
    held_back = [tuple(training_rows(one.config, DIGITS, 10, ()).validation) for one in found]
    assert len(set(held_back)) == 1
    assert held_back[0]
    for one in found:
        assert one.config.validation_size(spec) == 400
        is_constant = one.config.schedule == "constant"
        assert one.config.plan(spec).epochs == 200 if is_constant else one.config.plan(spec).epochs < 200


def test_the_same_parameters_are_met_within_a_tenth_or_said_not_to_be(settings: Settings) -> None:
    found = planned(settings, Budget(parameters=50_000))
    assert all(one.is_in and abs(one.parameters - 50_000) <= 5_000 for one in found)
    dense = next(one for one in found if one.family.id == "mlp")
    assert dense.parameters == weights_by_hand(dense.config)
    few = {one.preset.id: one for one in planned(settings, Budget(parameters=500), "cnn:fast", "mlp:digits")}
    assert few["fast"].is_in
    assert not few["digits"].is_in
    assert few["digits"].note == "Left out: of any width, it comes no nearer to 500 parameters than 807."


def test_presets_that_answer_different_questions_or_no_budget_are_one_sentence(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="cannot be compared, received Test accuracy and Diversity"):
        planned(settings, Budget(seconds=5), "cnn:fast", "gan:dcgan")
    with pytest.raises(ConfigError, match="expected 2 to 12, received 1"):
        planned(settings, Budget(seconds=5), "cnn:fast")
    for wrong in (Budget(), Budget(5, 5), Budget(-1, 5)):
        with pytest.raises(ConfigError, match="this is no budget"):
            planned(settings, wrong)
    generators = planned(settings, Budget(seconds=5), "gan:dcgan", "gan:digits_30s")
    assert [one.config.time_budget_s for one in generators] == [5, 5]


def test_runs_of_several_families_are_one_group_queued_whole_or_not_at_all(store: Store) -> None:
    found = planned(store.settings, Budget(seconds=20), "cnn:fast", "mlp:digits", "cnn:lenet5")
    with pytest.raises(LimitError, match="3 more"):
        submit_budget(replace(store, settings=replace(store.settings, max_waiting=2)), found, DATA, "ann")
    assert store.runs.count() == 0
    group = read_group(store, submit_budget(store, found, DATA, "ann"))
    assert [run.name for run in group.runs][:2] == ["Fast digits, 20 s", "Digits without convolution, 20 s"]
    assert [family.id for family in group.families] == ["cnn", "mlp"]
    assert group.is_of_presets
    ended(store, group)
    again = read_group(store, group.id)
    assert again.is_ranked
    assert [one.name for one in standings_of(store, again)] == [
        "MLP: Digits without convolution",
        "CNN: LeNet-5",
        "CNN: Fast digits",
    ]
    assert standings_of(store, again)[0].said == "95.0 %"


def ended(store: Store, group: Group) -> None:
    for accuracy in (0.5, 0.9, 0.7):
        run = store.runs.claim("train", host="here", slot="train-0", pid=1)
        assert run is not None
        summary = {"val_accuracy_last": accuracy, "test_accuracy_last": accuracy + 0.05}
        store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=summary)


def test_a_run_is_as_far_as_its_time_or_its_updates(store: Store) -> None:
    group = read_group(store, submit_budget(store, planned(store.settings, Budget(seconds=9)), DATA, "ann"))
    [first, *_] = group.runs
    early = replace(first, progress={"step": 5, "total_steps": 100, "done": 0.6})
    older = replace(first, progress={"step": 5, "total_steps": 100})
    assert (early.share_done, older.share_done, first.share_done) == (0.6, 0.05, 0.0)


def test_every_family_has_networks_of_any_width(settings: Settings) -> None:
    for family in FAMILIES.values():
        for preset in family.presets.values():
            half, double = preset.config.widened(0.5), preset.config.widened(2.0)
            assert preset.config.widened(1.0) == preset.config
            assert half == preset.config or half.widened(1e-9) == double.widened(1e-9)
