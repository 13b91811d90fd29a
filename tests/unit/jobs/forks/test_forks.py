import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.app_process import ROOT, kill, processes_of, wait_until
from core.jobs.forks import Child, Forks
from core.jobs.forks.client import SHARED
from core.jobs.version import code_version
from core.settings import Settings

# A server that imports nothing heavy, and a module that says what it is, waits for a file and ends with a code.
SERVER = """
import sys
sys.path.insert(0, {folder!r})
from core.jobs.forks import server
server.import_all, server.MODULES, server.ALONE_S, server.LOOK_S = lambda: None, ("role",), 0.3, 0.05
server.main()
"""
ROLE = """
import os, pathlib, sys, time
def main():
    print(sys.argv[1:], os.environ["GLASSBOX_HOME"], os.environ["WORD"], os.getsid(0) == os.getpid(), os.nice(0))
    sys.stdout.flush()
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.01)
    sys.exit(3)
"""


def served(settings: Settings, folder: Path) -> subprocess.Popen[bytes]:
    address = Forks(settings, code_version()).address
    return subprocess.Popen([sys.executable, "-c", SERVER.format(folder=str(folder)), address], cwd=ROOT)


@pytest.fixture
def server(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    monkeypatch.delenv(SHARED, raising=False)
    settings.home.mkdir(parents=True, exist_ok=True)
    (tmp_path / "role.py").write_text(ROLE)
    process = served(settings, tmp_path)
    yield process
    process.kill()
    process.wait()
    kill(*processes_of(settings.home, "role"))


@pytest.fixture
def forks(settings: Settings, server: subprocess.Popen[bytes]) -> Iterator[Forks]:
    forks = Forks(settings, code_version())
    wait_until(forks.connect, 30, "the fork server listens")
    yield forks
    forks.close()


def fork(forks: Forks, until: Path) -> Child:
    return forks.start("role", [str(until)], log="processes.log", niceness=3)


def test_a_forked_process_is_like_one_started_by_itself_and_its_end_is_told(
    settings: Settings, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "of the foreman")
    child, other = fork(forks, tmp_path / "end"), fork(forks, tmp_path / "never")
    log = settings.home / "processes.log"
    wait_until(lambda: log.exists() and len(log.read_text().splitlines()) == 2, 10, "both have spoken")
    niceness = min(19, os.nice(0) + 3)
    expected = f"['{tmp_path / 'end'}'] {settings.home} of the foreman True {niceness}"
    assert expected in log.read_text().splitlines()
    assert {found.pid for found in processes_of(settings.home, "role")} == {child.pid, other.pid}
    assert child.poll() is None
    (tmp_path / "end").touch()
    wait_until(lambda: child.poll() == 3, 10, "its code is known")
    os.kill(other.pid, signal.SIGKILL)
    wait_until(lambda: other.poll() == -signal.SIGKILL, 10, "the signal is known")
    assert child.poll() == 3
    with pytest.raises(OSError, match="os is not forked"):
        forks.start("os", [], log="processes.log", niceness=0)


def test_children_outlive_a_server_that_dies(
    settings: Settings, forks: Forks, server: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "")
    child = fork(forks, tmp_path / "end")
    server.kill()
    server.wait()
    assert child.poll() is None
    with pytest.raises(OSError, match="fork server"):
        fork(forks, tmp_path / "end")
    assert not forks.connect()
    next_server = served(settings, tmp_path)
    wait_until(forks.connect, 30, "the next server listens")
    assert child.poll() is None
    (tmp_path / "end").touch()
    wait_until(lambda: child.poll() == 0, 10, "the child has ended, though the next server does not know it")
    forks.close()
    assert next_server.wait(10) == 0


def test_a_server_without_a_foreman_ends_and_leaves_no_socket(forks: Forks, server: subprocess.Popen[bytes]) -> None:
    forks.close()
    assert server.wait(10) == 0
    assert not Path(forks.address).exists()
