"""Which tests may run beside each other, and what is made once for many."""

from pathlib import Path, PurePath

import pytest
from xdist.scheduler import LoadScopeScheduling

from core.settings import Settings
from core.store import open_store

PROCESSES = ("browser", "worker")  # folders of tests that start servers and workers: one after the other


class Together(LoadScopeScheduling):
    """Keeps the tests of a file together, and all that start processes.

    xdist's own groups (`xdist_group`) do nothing with pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "processes" if PurePath(file).parent.name in PROCESSES else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """Let xdist deal the tests out so."""
    return Together(config, log)


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a new home: to migrate it anew takes longer than most tests, to copy it a moment."""
    folder = tmp_path_factory.mktemp("new")
    open_store(Settings(folder / "home", folder / "data")).close()
    return folder / "home" / "glassbox.db"
