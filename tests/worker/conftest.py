"""Real foremen, workers and probes on homes of their own, which end with the tests."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.support.lab import TINY, Lab


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One home for all tests that leave it as they found it, so that spares are warm."""
    folder = tmp_path_factory.mktemp("shared")
    lab = Lab(Settings(home=folder / "home", data_dir=folder / "data"))
    yield lab
    lab.end()


@pytest.fixture
def lab(tmp_path: Path, forks: None) -> Iterator[Lab]:
    """A fresh home, on which nothing is kept warm."""
    lab = Lab(Settings(home=tmp_path / "home", data_dir=tmp_path / "data", spare_idle_s=0.001))
    yield lab
    lab.end()


@pytest.fixture(scope="session")
def finished(shared_lab: Lab) -> dict:
    """What `train --json` prints of a run with validation that has ended well."""
    options = ["--set", "validation_fraction=0.1", "--set", "epochs=2", "--set", "train_images=600", "--name", "mine"]
    return json.loads(shared_lab.command("train", "cnn", *TINY, *options, "--json"))
