import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from core.datasets import DATASETS
from core.jobs.work import Work
from core.settings import Settings
from core.store import Run, Store, open_store
from core.store.records import NewRun
from tests.support import tiny

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

# Same examples at every run; no folder of remembered ones; a busy machine is no failure.
hypothesis.settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", data_dir=tmp_path / "data")


@pytest.fixture
def store(settings: Settings, new_database: Path) -> Iterator[Store]:
    settings.home.mkdir(exist_ok=True)
    shutil.copy(new_database, settings.home)
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture
def new_run() -> NewRun:
    return NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run", family="cnn", preset="fast")


@pytest.fixture
def claimed(store: Store, new_run: NewRun) -> Run:
    store.runs.submit(new_run)
    run = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert run is not None
    return run


@pytest.fixture
def tiny_arrays(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Arrays that the data set `tiny` loads, which is registered for one test."""
    arrays = tiny.arrays()
    monkeypatch.setitem(DATASETS, "tiny", tiny.dataset(arrays))
    return arrays


@pytest.fixture
def work(store: Store, claimed: Run) -> Work:
    return Work(store, claimed, "CPU")
