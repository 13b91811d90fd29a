"""Which tests may run beside each other."""

from pathlib import Path

import pytest

PROCESSES = ("browser", "worker")  # folders of tests that start servers and workers: one after the other


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file together, and all that start processes."""
    for item in items:
        folder, file = Path(item.path).parent.name, Path(item.path).name
        item.add_marker(pytest.mark.xdist_group("processes" if folder in PROCESSES else file))
