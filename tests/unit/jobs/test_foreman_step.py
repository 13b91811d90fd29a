import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.jobs import foreman as foreman_module
from core.jobs.foreman import BACKOFF_S, KILL_S, LINGER_S, LOST_S, STEP_S, TIDY_S, Foreman, main
from core.jobs.forks import Forks
from core.jobs.submit import ALIVE_LOCK, FOREMAN_LOCK
from core.jobs.tasks import STUCK_S
from core.locks import FileLock
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store
from core.store.processes import BUSY, LAST_TASK
from core.store.records import LOCAL, NewRun

NEW = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run")
WORKER = 70_000  # numbers of processes that do not exist


@dataclass
class Child:
    """A process that was not really started."""

    pid: int
    command: list[str]
    env: dict[str, str]
    code: int | None = None

    def poll(self) -> int | None:
        return self.code

    @property
    def does(self) -> str:
        words = self.command[self.command.index("-m") + 1 :]
        return " ".join(word for word in words if word not in ("--kind", "--slot"))


@dataclass
class World:
    """Processes and a clock, all of them made up."""

    now: float = 1000.0
    children: list[Child] = field(default_factory=list)
    alive: set[int] = field(default_factory=set)
    killed: list[tuple[int, signal.Signals]] = field(default_factory=list)
    memory_mb: dict[int, float] = field(default_factory=dict)

    def start(self, command: list[str], **options: Any) -> Child:
        child = Child(WORKER + 100 + len(self.children), command, options["env"])
        self.children.append(child)
        self.alive.add(child.pid)
        return child

    def kill(self, pid: int, how: signal.Signals) -> None:
        self.killed.append((pid, how))
        self.die(pid, -how)

    def die(self, pid: int, code: int) -> None:
        self.alive.discard(pid)
        for child in self.children:
            if child.pid == pid:
                child.code = code

    @property
    def doing(self) -> list[str]:
        return [child.does for child in self.children]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(subprocess, "Popen", world.start)
    monkeypatch.setattr(foreman_module, "_is_ours", lambda pid: pid in world.alive)
    monkeypatch.setattr(foreman_module, "_kill", world.kill)
    monkeypatch.setattr(foreman_module, "_memory_mb", lambda pid: world.memory_mb.get(pid, 100.0))
    monkeypatch.setattr(foreman_module, "code_version", lambda: "version 1")
    monkeypatch.setattr(foreman_module, "CAN_FORK", False)
    return world


@pytest.fixture
def foreman(store: Store, world: World) -> Foreman:
    return Foreman(store, clock=lambda: world.now)


def visited(store: Store, seconds_ago: float = 0.0) -> None:
    path = store.settings.home / ALIVE_LOCK
    path.touch()
    os.utime(path, (time.time() - seconds_ago,) * 2)


def says(store: Store, pid: int, state: str, *, role: str = "worker", slot: str = "train-0") -> None:
    store.processes.register(host=this_host(), pid=pid, role=role, slot=slot, state=state)


def at_work(
    store: Store, world: World, pid: int = WORKER, kind: str = "train", priority: int = 0, state: str = LAST_TASK
) -> Run:
    """A run that a living worker has claimed; on a GPU, say, where it ends after it."""
    store.runs.submit(replace(NEW, kind=kind, priority=priority))
    world.alive.add(pid)
    says(store, pid, state, slot=f"{kind}-0")
    run = store.runs.claim(kind, host=this_host(), slot=f"{kind}-0", pid=pid)
    assert run is not None
    return run


# Starting


def test_a_visit_brings_a_spare_and_the_probe(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    foreman.step()
    assert world.doing == ["core.jobs.worker train 0", "core.probe.server"]
    assert all(Settings.from_environment(child.env) == store.settings for child in world.children)
    rows = {row["pid"]: (row["role"], row["slot"], row["state"]) for row in store.processes.of(this_host())}
    spare, probe = world.children
    assert rows == {spare.pid: ("worker", "train-0", "starting"), probe.pid: ("probe", "probe", "starting")}


def test_what_needs_tensorflow_is_forked_as_soon_as_the_fork_server_listens(
    store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_listening, is_connected = False, True

    def fork(forks: Forks, module: str, arguments: Sequence[str], *, log: str, niceness: int) -> Child:
        return world.start(["fork", "-m", module, *arguments], env=store.settings.environment())

    def close(forks: Forks) -> None:
        nonlocal is_connected
        is_connected = False

    monkeypatch.setattr(foreman_module, "CAN_FORK", True)
    monkeypatch.setattr(Forks, "connect", lambda forks: is_listening)
    monkeypatch.setattr(Forks, "start", fork)
    monkeypatch.setattr(Forks, "close", close)
    foreman = Foreman(store, clock=lambda: world.now)
    visited(store)
    for _ in range(2):
        foreman.step()
    (starting,) = world.doing
    assert starting.startswith("core.jobs.forks.server ")
    assert foreman.pause_s < STEP_S
    is_listening = True
    foreman.step()
    assert world.doing[1:] == ["core.jobs.worker train 0", "core.probe.server"]
    assert foreman.pause_s == STEP_S
    assert is_connected
    visited(store, seconds_ago=store.settings.spare_idle_s + 1)
    foreman.step()
    assert not is_connected


def test_workers_but_not_the_probe_give_way_to_pages(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    foreman.step()
    assert [child.command[0] for child in world.children] == ["nice", sys.executable]


def test_what_is_there_is_not_started_again(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    for _ in range(3):
        foreman.step()
    assert len(world.children) == 2


def test_each_slot_has_a_spare_of_its_own(settings: Settings, world: World) -> None:
    store = open_store(replace(settings, slots=3))
    visited(store)
    Foreman(store).step()
    assert world.doing[:3] == [f"core.jobs.worker train {k}" for k in range(3)]
    store.close()


def test_without_visits_and_work_nothing_is_started(store: Store, world: World, foreman: Foreman) -> None:
    foreman.step()
    visited(store, store.settings.spare_idle_s + 5)
    foreman.step()
    assert world.children == []


def test_a_queued_run_brings_a_worker_even_without_a_visit(store: Store, world: World, foreman: Foreman) -> None:
    store.runs.submit(NEW)
    foreman.step()
    assert world.doing == ["core.jobs.worker train 0"]


def test_a_preparation_brings_one_preparer_and_the_run_that_waits_for_it_no_worker(
    store: Store, world: World, foreman: Foreman
) -> None:
    preparation = store.runs.submit(replace(NEW, kind="prepare"))
    store.runs.submit(replace(NEW, after=preparation.id))
    foreman.step()
    foreman.step()
    assert world.doing == ["core.jobs.worker prepare 0"]


def test_a_judging_brings_a_process_of_its_own_while_a_run_trains(store: Store, world: World, foreman: Foreman) -> None:
    at_work(store, world)
    store.runs.submit(replace(NEW, kind="judge"))
    foreman.step()
    foreman.step()
    assert world.doing == ["core.jobs.worker judge 0"]


def test_a_spare_that_died_is_replaced(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    foreman.step()
    spare = world.children[0]
    says(store, spare.pid, "ready")
    world.die(spare.pid, -signal.SIGTERM)
    foreman.step()
    assert world.doing.count("core.jobs.worker train 0") == 2
    assert spare.pid not in {row["pid"] for row in store.processes.of(this_host())}


def test_a_worker_that_fails_to_start_is_tried_again_after_a_growing_pause(
    store: Store, world: World, foreman: Foreman
) -> None:
    store.runs.submit(NEW)
    foreman.step()
    for failures in range(1, 8):
        world.die(world.children[-1].pid, 1)
        pause = min(60.0, BACKOFF_S * 2 ** (failures - 1))
        foreman.step()
        world.now += pause - 0.1
        foreman.step()
        assert len(world.children) == failures
        world.now += 0.2
        foreman.step()
        assert len(world.children) == failures + 1


def test_a_worker_that_became_ready_ends_the_row_of_failures(store: Store, world: World, foreman: Foreman) -> None:
    store.runs.submit(NEW)
    foreman.step()
    for _ in range(4):
        world.die(world.children[-1].pid, 1)
        foreman.step()
        world.now += 60
        foreman.step()
    says(store, world.children[-1].pid, "ready")
    foreman.step()
    world.die(world.children[-1].pid, 1)
    foreman.step()
    started = len(world.children)
    world.now += BACKOFF_S + 0.1
    foreman.step()
    assert len(world.children) == started + 1


def test_no_spare_takes_the_processor_from_a_run_that_trains(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    at_work(store, world)
    foreman.step()
    assert world.doing == ["core.probe.server"]


def test_a_spare_waits_beside_a_run_that_gives_way(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    at_work(store, world, priority=-1)
    foreman.step()
    assert world.doing == ["core.jobs.worker train 0", "core.probe.server"]


@pytest.mark.parametrize("ending", ["testing", "stopping"])
def test_a_spare_comes_when_a_run_is_about_to_end(store: Store, world: World, foreman: Foreman, ending: str) -> None:
    visited(store)
    run = at_work(store, world)
    if ending == "testing":
        store.runs.report(run.id, run.lease or "", progress={"phase": "testing"})
    else:
        store.runs.stop(run.id, LOCAL)
    foreman.step()
    assert world.doing == ["core.jobs.worker train 0", "core.probe.server"]


def test_a_queued_run_brings_a_spare_while_another_trains(store: Store, world: World, foreman: Foreman) -> None:
    at_work(store, world)
    store.runs.submit(NEW)
    foreman.step()
    assert world.doing == ["core.jobs.worker train 0"]


def test_a_worker_that_comes_back_needs_no_other_beside_it(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    run = at_work(store, world, state=BUSY)
    store.runs.submit(NEW)
    store.runs.report(run.id, run.lease or "", progress={"phase": "testing"})
    foreman.step()
    assert world.doing == ["core.probe.server"]
    world.die(WORKER, 0)
    foreman.step()
    assert world.doing == ["core.probe.server", "core.jobs.worker train 0"]


def test_idle_processes_end_when_nobody_has_come_for_long(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    foreman.step()
    spare, probe = world.children
    says(store, spare.pid, "ready")
    visited(store, store.settings.spare_idle_s + 5)
    foreman.step()
    assert sorted(world.killed) == [(spare.pid, signal.SIGTERM), (probe.pid, signal.SIGTERM)]


def test_a_worker_at_work_does_not_end_for_lack_of_visits(store: Store, world: World, foreman: Foreman) -> None:
    at_work(store, world)
    visited(store, store.settings.spare_idle_s + 5)
    foreman.step()
    assert world.killed == []


def test_at_its_end_the_foreman_ends_all_that_wait_and_none_at_work(
    store: Store, world: World, foreman: Foreman
) -> None:
    at_work(store, world, state=BUSY)
    says(store, WORKER + 1, "ready", slot="train-1")
    says(store, WORKER + 2, "ready", role="probe", slot="probe")
    world.alive |= {WORKER + 1, WORKER + 2}
    foreman.end_spares()
    assert sorted(pid for pid, _ in world.killed) == [WORKER + 1, WORKER + 2]


# Watching


def test_a_run_whose_worker_is_gone_is_lost_and_its_slot_free(store: Store, world: World, foreman: Foreman) -> None:
    run = at_work(store, world)
    world.die(WORKER, -9)
    foreman.step()
    lost = store.runs.get(run.id)
    assert (lost.status, lost.error) == (Status.LOST, "Its worker process ended.")
    store.runs.submit(NEW)
    assert store.runs.claim("train", host=this_host(), slot="train-0", pid=1) is not None


def test_a_run_whose_worker_ended_after_stop_was_asked_is_stopped(store: Store, world: World, foreman: Foreman) -> None:
    run = at_work(store, world)
    store.runs.stop(run.id, LOCAL)
    world.die(WORKER, 0)
    foreman.step()
    assert store.runs.get(run.id).status is Status.STOPPED


def test_a_run_whose_heart_stands_still_is_lost_and_its_worker_killed(
    store: Store, world: World, foreman: Foreman
) -> None:
    run = at_work(store, world)
    foreman.step()
    world.now += LOST_S - 0.1
    foreman.step()
    assert store.runs.get(run.id).status is Status.RUNNING
    world.now += 0.2
    foreman.step()
    assert store.runs.get(run.id).status is Status.LOST
    assert world.killed == [(WORKER, signal.SIGKILL)]


def test_a_run_whose_heart_beats_lives_on(store: Store, world: World, foreman: Foreman) -> None:
    run = at_work(store, world)
    for _ in range(5):
        foreman.step()
        world.now += LOST_S - 0.1
        store.runs.beat(run.id, run.lease or "")
    foreman.step()
    assert store.runs.get(run.id).status is Status.RUNNING


def test_a_stop_that_is_not_heeded_is_enforced(store: Store, world: World, foreman: Foreman) -> None:
    run = at_work(store, world)
    store.runs.stop(run.id, LOCAL)
    for _ in range(2):
        foreman.step()
        assert store.runs.get(run.id).status is Status.RUNNING
        world.now += KILL_S / 2
        store.runs.beat(run.id, run.lease or "")
    world.now += 0.1
    foreman.step()
    assert store.runs.get(run.id).status is Status.STOPPED
    assert world.killed == [(WORKER, signal.SIGKILL)]


def test_a_stop_that_was_heeded_is_not_enforced(store: Store, world: World, foreman: Foreman) -> None:
    run = at_work(store, world)
    store.runs.stop(run.id, LOCAL)
    foreman.step()
    [control] = store.runs.pending(run.id)
    store.runs.acknowledge(control, 5)
    world.now += KILL_S + 1
    store.runs.beat(run.id, run.lease or "")
    foreman.step()
    assert store.runs.get(run.id).status is Status.RUNNING
    assert world.killed == []


def test_a_worker_that_holds_too_much_memory_is_ended_with_what_to_change(
    store: Store, world: World, foreman: Foreman
) -> None:
    run = at_work(store, world)
    world.memory_mb[WORKER] = store.settings.memory_mb
    foreman.step()
    assert store.runs.get(run.id).status is Status.RUNNING
    world.memory_mb[WORKER] = store.settings.memory_mb + 1
    foreman.step()
    ended = store.runs.get(run.id)
    assert ended.status is Status.FAILED
    assert f"more than {store.settings.memory_mb} MB" in ended.error
    assert world.killed == [(WORKER, signal.SIGKILL)]


def test_a_preparation_that_lacked_memory_is_lost_with_what_may_help(
    store: Store, world: World, foreman: Foreman
) -> None:
    task = at_work(store, world, kind="prepare")
    waiting = store.runs.submit(replace(NEW, after=task.id))
    world.memory_mb[WORKER] = store.settings.memory_mb + 1
    foreman.step()
    ended, lost = store.runs.get(task.id), store.runs.get(waiting.id)
    assert "MB of memory. Upload fewer or smaller examples." in ended.error
    assert (ended.status, lost.status) == (Status.LOST, Status.LOST)  # nobody says that the data is at fault
    assert lost.error == f"{task.name}: lost. {ended.error} Resume to try again."


def test_a_preparation_that_comes_no_further_is_ended_though_its_heart_beats(
    store: Store, world: World, foreman: Foreman
) -> None:
    run = at_work(store, world, kind="prepare")
    waiting = store.runs.submit(replace(NEW, after=run.id))

    def lives_on(seconds: float, phase: str) -> Status:
        world.now += seconds
        store.runs.report(run.id, run.lease or "", progress={"phase": phase})
        store.runs.beat(run.id, run.lease or "")
        foreman.step()
        return store.runs.get(run.id).status

    assert [lives_on(STUCK_S - 1, f"reading image {n}") for n in range(3)] == [Status.RUNNING] * 3
    assert lives_on(STUCK_S - 1, "reading image 3 of 9, cats/3.tif") is Status.RUNNING
    assert lives_on(STUCK_S - 1, "reading image 3 of 9, cats/3.tif") is Status.RUNNING
    assert lives_on(2, "reading image 3 of 9, cats/3.tif") is Status.LOST
    assert "cats/3.tif" in store.runs.get(run.id).error
    assert store.runs.get(waiting.id).status is Status.LOST  # perhaps the data is not at fault, so it can be resumed
    assert world.killed == [(WORKER, signal.SIGKILL)]


def test_a_run_of_a_host_that_got_another_name_is_lost(store: Store, foreman: Foreman) -> None:
    store.runs.submit(NEW)
    run = store.runs.claim("train", host="as it was called before", slot="train-0", pid=WORKER)
    assert run is not None
    foreman.step()
    assert store.runs.get(run.id).status is Status.LOST


def test_a_preparation_whose_worker_was_killed_twice_is_lost_with_the_runs_that_wait_for_it(
    store: Store, foreman: Foreman
) -> None:
    task = store.runs.submit(replace(NEW, kind="prepare", name="Prepare X"))
    waiting = store.runs.submit(replace(NEW, after=task.id))
    for status in (Status.QUEUED, Status.LOST):
        assert store.runs.get(waiting.id).status is Status.QUEUED
        assert store.runs.claim("prepare", host=this_host(), slot="prepare-0", pid=10**9) is not None
        foreman.step()
        assert store.runs.get(task.id).status is status
    lost = store.runs.get(waiting.id)
    assert lost.status is Status.LOST
    assert lost.error == "Prepare X: lost. Its worker process ended. Resume to try again."


def test_a_preparation_whose_heart_stands_still_is_tried_once_more(
    store: Store, world: World, foreman: Foreman
) -> None:
    task = at_work(store, world, kind="prepare")
    foreman.step()
    world.now += LOST_S + 0.1
    foreman.step()
    assert store.runs.get(task.id).status is Status.QUEUED
    assert world.killed == [(WORKER, signal.SIGKILL)]


def test_a_run_that_waits_for_a_failed_preparation_fails(store: Store, world: World, foreman: Foreman) -> None:
    preparation = store.runs.submit(replace(NEW, kind="prepare", name="Prepare X"))
    run = store.runs.submit(replace(NEW, after=preparation.id))
    store.runs.move(preparation.id, Status.FAILED, error="No file.")
    foreman.step()
    assert store.runs.get(run.id).error == "Prepare X: failed. No file."


def test_processes_that_died_are_no_longer_listed_but_the_foreman_is(
    store: Store, world: World, foreman: Foreman
) -> None:
    says(store, WORKER + 7, "ready")
    says(store, WORKER + 8, "ready", role="foreman", slot="foreman")  # one that was killed
    says(store, os.getpid(), "ready", role="foreman", slot="foreman")
    foreman.step()
    assert [row["pid"] for row in store.processes.of(this_host())] == [os.getpid()]


def test_what_it_has_started_is_listed_again_in_another_database(store: Store, world: World, foreman: Foreman) -> None:
    visited(store)
    foreman.enlist()
    foreman.step()
    for child in world.children:
        says(store, child.pid, "ready", role="probe" if "probe" in child.does else "worker", slot="x")
    before = len(store.processes.of(this_host()))
    (store.settings.home / "glassbox.db").rename(store.settings.home / "old.db")
    foreman.step()
    assert len(store.processes.of(this_host())) == before == 3
    assert len(world.children) == 2


# Ending


def test_the_foreman_stays_while_somebody_is_here_or_was_just_now(store: Store, foreman: Foreman) -> None:
    visited(store, LINGER_S + 5)
    assert foreman.is_idle()
    here = FileLock(store.settings.home / ALIVE_LOCK, shared=True)
    here.acquire()
    assert not foreman.is_idle()
    here.release()
    visited(store)
    assert not foreman.is_idle()


@pytest.mark.parametrize("status", Status)
def test_the_foreman_stays_while_a_task_waits_or_runs(
    store: Store, world: World, foreman: Foreman, status: Status
) -> None:
    visited(store, LINGER_S + 5)
    run = at_work(store, world, kind="prepare")
    if status is Status.QUEUED:
        store.runs.move(run.id, Status.STOPPED)
        store.runs.resume(run.id, LOCAL)
    elif status is not Status.RUNNING:
        store.runs.move(run.id, status)
    assert foreman.is_idle() is (status not in (Status.QUEUED, Status.RUNNING))


def test_a_foreman_with_old_code_makes_way(foreman: Foreman, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not foreman.is_outdated()
    monkeypatch.setattr(foreman_module, "code_version", lambda: "version 2")
    assert foreman.is_outdated()


def test_a_second_foreman_ends_at_once(store: Store, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in store.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    first = FileLock(store.settings.home / FOREMAN_LOCK)
    first.acquire()
    visited(store)
    main()
    assert store.processes.of(this_host()) == []
    assert world.children == []
    first.release()


# Real processes


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process that waits for a word, with more words on its command line."""
    started: list[subprocess.Popen[bytes]] = []

    def one(*words: str) -> subprocess.Popen[bytes]:
        code = "print(flush=True); input()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("word", ["core.jobs.worker", "core.probe.server"])
def test_a_living_worker_or_probe_is_ours_until_it_has_died(
    start: Callable[..., subprocess.Popen[bytes]], word: str
) -> None:
    process = start(word)
    assert foreman_module._is_ours(process.pid)
    assert foreman_module._memory_mb(process.pid) > 1
    foreman_module._kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, but nobody has asked for its status
    assert not foreman_module._is_ours(process.pid)
    process.wait(60)
    assert not foreman_module._is_ours(process.pid)
    assert foreman_module._memory_mb(process.pid) == 0


def test_a_process_that_got_a_dead_workers_number_is_not_killed(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    stranger = start("core.jobs.workers")
    assert not foreman_module._is_ours(stranger.pid)
    foreman_module._kill(stranger.pid, signal.SIGKILL)
    assert stranger.communicate(b"\n", timeout=60)
    assert stranger.returncode == 0


def test_what_was_deleted_is_swept(store: Store, world: World, foreman: Foreman) -> None:
    run = store.runs.stop(store.runs.submit(NEW).id, LOCAL)
    store.files(run.id).write_json("config", {})
    store.runs.delete(run.id, LOCAL)
    foreman.step()
    assert run.id in store.runs.beats()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET deleted = deleted - 60")
    foreman.step()
    assert run.id not in store.runs.beats()
    assert not store.files(run.id).folder.exists()


def test_folders_without_a_run_are_looked_for_once_in_a_while(
    store: Store, world: World, foreman: Foreman, capsys: pytest.CaptureFixture[str]
) -> None:
    foreman.step()
    folder = store.files("left").folder
    store.files("left").write_json("config", {})
    os.utime(folder, (0, 0))
    foreman.step()
    assert folder.exists()
    world.now += TIDY_S
    foreman.step()
    assert not folder.exists()
    assert f"unreadable files moved to {store.settings.home / 'lost+found' / 'left'}" in capsys.readouterr().out


def test_a_logged_run_is_lost_only_once_its_program_is_gone_and_nothing_is_killed(
    store: Store, world: World, foreman: Foreman
) -> None:
    alive = store.runs.log(replace(NEW, name="suspended"), host=this_host(), pid=os.getpid())
    gone = store.runs.log(replace(NEW, name="crashed"), host=this_host(), pid=2**22 + 1)
    foreman.step()
    assert store.runs.get(gone.id).status is Status.RUNNING  # it may just have begun elsewhere
    world.now += LOST_S + 1
    foreman.step()
    assert store.runs.get(alive.id).status is Status.RUNNING
    assert store.runs.get(gone.id).status is Status.LOST
    assert store.runs.line() == []
    assert not world.killed
