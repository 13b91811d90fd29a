import subprocess
import sys
from pathlib import Path

import pytest

from core.locks import FileLock, is_held, locked


def test_only_one_holder_gets_an_exclusive_lock(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire(wait=False)
    assert not second.acquire(wait=False)
    first.release()
    assert second.acquire(wait=False)
    second.release()


def test_a_shared_lock_has_many_holders_but_no_exclusive_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second, alone = FileLock(path, shared=True), FileLock(path, shared=True), FileLock(path)
    assert first.acquire(wait=False)
    assert second.acquire(wait=False)
    first.release()
    assert not alone.acquire(wait=False)
    second.release()
    assert alone.acquire(wait=False)
    alone.release()


@pytest.mark.parametrize("shared", [True, False])
def test_is_held_sees_a_holder_and_leaves_it_alone(tmp_path: Path, shared: bool) -> None:
    lock = FileLock(tmp_path / "lock", shared=shared)
    assert not is_held(lock.path)
    lock.acquire()
    assert is_held(lock.path)
    assert is_held(lock.path)
    lock.release()
    assert not is_held(lock.path)


def test_releasing_twice_does_not_free_somebody_elses_lock(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.acquire()
    first.release()
    second.acquire()
    first.release()
    assert is_held(tmp_path / "lock")
    second.release()


def test_a_with_block_frees_the_lock_even_if_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def fail_inside() -> None:
        with locked(path):
            assert is_held(path)
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    assert not is_held(path)


def test_the_kernel_frees_the_lock_of_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = "import sys, fcntl; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert is_held(path)
        holder.kill()
        holder.wait(60)
    assert not is_held(path)


def test_a_child_process_does_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    code = "print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it runs its own program now
        lock.release()
        assert not is_held(lock.path)
        child.communicate(b"\n", 60)
