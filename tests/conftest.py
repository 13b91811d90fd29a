"""Which tests may run beside each other, and what is made once for many."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from threadpoolctl import threadpool_limits
from xdist.scheduler import LoadScopeScheduling

from benchmarks.app_process import CHROMIUM, QUICK, ROOT, launch, wait_until
from core.jobs.forks import Forks
from core.jobs.forks.client import SHARED
from core.settings import Settings
from core.store import open_store
from core.units import GB

# Each home commits to a database of its own: on a disk that takes milliseconds and waits for other programs' writes.
MEMORY, ROOM = Path("/dev/shm"), 4 * GB  # all that the tests write takes a tenth of this
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# Threads that wait for tiny products by asking again and again took half of the processor of some tests. What is loaded
# already is told by threadpoolctl, what comes later and other processes by the environment.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
threadpool_limits(1)

gc.disable()  # until all is imported: each look at what is there already would be in vain
TOGETHER = ("browser", "worker")  # folders whose tests share a home and its processes: one after the other
# Scopes that take longest come first, so that at the end no core waits for one of them.
LONGEST_FIRST = (
    "tests/browser/",
    "tests/worker/",
    "training/gan/test_trainee.py",
    "program/test_writer.py",
    "pages/cnn/test_form.py",
    "training/test_fit.py",
    "models/test_network.py",
)


class Together(LoadScopeScheduling):
    """Keeps the tests of a file together, and those of a folder that share processes.

    xdist's own groups (`xdist_group`) do nothing with pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = PurePath(nodeid.split("::", 1)[0])
        return next((room for room in TOGETHER if room in file.parts), str(file))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest scopes first: xdist deals them out in the order of their tests."""

    def rank(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((place for place, name in enumerate(LONGEST_FIRST) if name in path), len(LONGEST_FIRST))

    items.sort(key=rank)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """Let xdist deal the tests out so."""
    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Let all stores share what SQLAlchemy compiles: each of thousands would compile the same statements again."""
    statements: LRUCache = LRUCache(5000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Engine, "_compiled_cache", property(lambda engine: statements, lambda engine, own: None), raising=False
        )
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda one: hash(type(one)))
        yield


@pytest.fixture(scope="session")
def forks() -> Iterator[None]:
    """One fork server for all homes that follow: each of its own would import TensorFlow for 4 s."""
    os.environ[SHARED] = f"{tempfile.gettempdir()}/glassbox-{os.getpid()}.sock"  # short, as such a path must be
    server = subprocess.Popen([sys.executable, "-m", "core.jobs.forks.server", os.environ[SHARED]], cwd=ROOT)
    visit = Forks(Settings.from_environment(), "")
    wait_until(visit.connect, 60, "the fork server listens")
    yield
    visit.close()
    server.terminate()
    server.wait()
    Path(os.environ.pop(SHARED)).unlink()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium of a process, which cannot have two."""
    if CHROMIUM is None:
        missing = "no Chromium is installed here (set CHROMIUM to its path)"
        pytest.fail(missing) if "CI" in os.environ else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = launch(playwright, QUICK)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a new home: to migrate it anew takes longer than most tests, to copy it a moment."""
    folder = tmp_path_factory.mktemp("new")
    open_store(Settings(folder / "home", folder / "data")).close()
    return folder / "home" / "glassbox.db"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector what was imported: it stays, and each look at TensorFlow's objects takes time."""
    gc.collect()
    gc.freeze()
    gc.enable()
