"""Real foremen, workers and probes on homes of their own, which end with the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.worker.lab import Lab


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One home for all tests that leave it as they found it, so that spares are warm."""
    lab = new_lab(tmp_path_factory.mktemp("shared"))
    yield lab
    lab.end()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A fresh home."""
    lab = new_lab(tmp_path)
    yield lab
    lab.end()


def new_lab(folder: Path) -> Lab:
    return Lab(Settings(home=folder / "home", data_dir=folder / "data"))
