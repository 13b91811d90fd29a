"""What a run was trained with, and with a change."""

from dataclasses import replace

import pytest

from core.errors import ConfigError
from core.families import config_of
from core.families.cnn import FAMILY, PRESETS
from core.runs.run_settings import RunSettings, settings_of
from core.store import Run, Store
from core.store.records import NewRun

FAST = PRESETS["fast"]
CONFIG = replace(FAST.config, seed=3)


def queued(store: Store, **new: object) -> Run:
    known = {"kind": "train", "dataset": "mnist_5k", "owner": "ann", "name": "a run", "family": "cnn", "preset": "fast"}
    return store.runs.submit(NewRun(**{**known, "config": CONFIG.to_dict(), **new}))


def test_the_settings_of_a_run_are_those_it_was_queued_with(store: Store) -> None:
    run = queued(store)
    assert config_of(run) == CONFIG
    assert settings_of(run) == RunSettings(FAMILY, FAST, CONFIG, "mnist_5k")


def test_a_change_moves_one_setting_and_no_other(store: Store) -> None:
    assert settings_of(queued(store), {"epochs": 7}).config == replace(CONFIG, epochs=7)


def test_a_change_out_of_range_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match="epochs"):
        settings_of(queued(store), {"epochs": 0})


def test_a_change_of_no_setting_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match="epoch_count"):
        settings_of(queued(store), {"epoch_count": 7})


def test_a_run_whose_preset_is_gone_is_held_against_the_default(store: Store) -> None:
    assert settings_of(queued(store, preset="gone")).preset == PRESETS[FAMILY.default_preset]


def test_settings_of_another_version_cannot_be_read(store: Store) -> None:
    with pytest.raises(ConfigError, match="schema"):
        settings_of(queued(store, config={**CONFIG.to_dict(), "schema": 99}))
