"""Which tests may run beside each other."""

from pathlib import PurePath

import pytest
from xdist.scheduler import LoadScopeScheduling

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
