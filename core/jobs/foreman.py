"""The foreman: the only code that starts processes and notices when they die.

    python -m core.jobs.foreman

There is one per host and home: the process that holds `foreman.lock`. It needs no TensorFlow.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
from sqlalchemy.exc import DatabaseError

from core.child_process import launch
from core.datasets.own.uploads import sweep_uploads
from core.disk import IS_FULL, WHAT_TO_DO, is_about_room, note
from core.errors import RunError
from core.jobs.data.leftovers import clear_leftovers
from core.jobs.forks import CAN_FORK, Child, Forks
from core.jobs.submit import ALIVE_LOCK, FOREMAN_LOCK
from core.jobs.sweep.study import clear_studies
from core.jobs.tasks import QUICK, TASKS
from core.jobs.version import code_version
from core.jobs.work import out_of_memory
from core.locks import FileLock, is_held
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store
from core.store.processes import AT_WORK, BUSY, READY, STARTING, Process
from core.store.records import HELD, LOGGED, SERVER
from core.units import MB

STEP_S, WAITING_S = 0.5, 0.25  # between two steps; while the fork server imports
LOST_S = 8.0  # a run is lost after this time without a heartbeat
KILL_S = 10.0  # a stop is enforced after this time
LINGER_S = 30.0  # stay this long after the last visit, in case of another command
BACKOFF_S = 2.0  # doubled after each failed start, up to a minute
TIDY_S = 60.0  # time between two searches of the folders for traces of a crash
TOLD_S = 60.0  # least time between two log lines about the same error
WORKER, PROBE, FORKS = "core.jobs.worker", "core.probe.server", "core.jobs.forks.server"  # modules
NICE = 5  # pages get the processor before training


@dataclass
class _Pulse:
    """The last heartbeat and progress of a task, with the times at which this foreman saw them."""

    beat: int
    seen: float
    progress: Mapping[str, object]
    moved: float


@dataclass
class _Place:
    """A process of which there is at most one."""

    role: str
    slot: str
    module: str
    arguments: tuple[str, ...] = ()
    is_forked: bool = False
    failures: int = 0
    not_before: float = 0.0
    child: subprocess.Popen[bytes] | Child | None = field(default=None)


class Foreman:
    """Start, watch and end the processes of one home on this host.

    Args:
        store: The home's store.
        clock: Returns monotonic seconds; tests pass their own.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock, self._host = store, clock, this_host()
        self._version = code_version()
        self._children: dict[int, subprocess.Popen[bytes] | Child] = {}
        self._pulses: dict[str, _Pulse] = {}
        self._asked: dict[int, float] = {}
        self._retried: set[str] = set()
        self._next_tidy = clock()
        self._is_listed = False
        self._trouble, self._told, self._next_told = "", "", clock()
        self._spares = [_worker("train", k) for k in range(store.settings.slots)]
        self._quick = {kind: _worker(kind, 0) for kind in QUICK}
        self._probe = _Place("probe", "probe", PROBE, is_forked=CAN_FORK)
        self._forks = Forks(store.settings, self._version)
        self._fork_server = _Place("forks", "forks", FORKS, (self._forks.address,))
        self.pause_s = STEP_S

    def attend(self) -> None:
        """Take one step; survive a full disk and a busy or damaged database."""
        try:
            self.step()
            self._trouble = ""
        except (OSError, DatabaseError) as error:
            self._pulses.clear()  # no heartbeat can be written now
            self._trouble = IS_FULL if is_about_room(error) else str(getattr(error, "orig", error))
            if self._trouble != self._told or self._clock() >= self._next_told:
                note(self._trouble)
                self._told, self._next_told = self._trouble, self._clock() + TOLD_S

    def enlist(self) -> None:
        """Add this process to the list of processes."""
        self._is_listed = True
        self._list("foreman", "foreman", os.getpid(), READY)

    def step(self) -> None:
        """Check all runs and processes once, and start what is needed."""
        self.pause_s = STEP_S
        self._sweep()  # first: a run's folder may be newer than a restored database
        self._list_again()
        self._reap()
        for run in self._held():
            self._watch(run)
        self._store.runs.end_orphans()
        self._start_wanted()

    def is_idle(self) -> bool:
        """Whether there is no server, command, visitor or task."""
        if is_held(self._store.settings.home / ALIVE_LOCK) or self._since_visit() < LINGER_S:
            return False
        return not self._store.runs.list(kind=None, status=[Status.QUEUED, Status.RUNNING], limit=1)

    def is_outdated(self) -> bool:
        """Whether the code has changed since this process started."""
        return code_version() != self._version

    def is_done(self) -> bool:
        """Whether this process may end; False while the database cannot be read."""
        with suppress(DatabaseError):
            return self.is_outdated() or self.is_idle()
        return False

    def end_spares(self) -> None:
        """End every process that is waiting for work."""
        for row in self._living():
            if row["state"] not in AT_WORK:
                _kill(row["pid"], signal.SIGTERM)

    # Watching

    def _reap(self) -> None:
        for pid, child in list(self._children.items()):
            if child.poll() is not None:
                del self._children[pid]
                self._store.processes.forget(host=self._host, pid=pid)
        for row in self._store.processes.of(self._host):
            if row["pid"] != os.getpid() and not _is_ours(row["pid"]):
                self._store.processes.forget(host=self._host, pid=row["pid"])

    def _list_again(self) -> None:
        """List this foreman's processes again if the database was replaced."""
        rows = {row["pid"] for row in self._store.processes.of(self._host)}
        if self._is_listed and os.getpid() not in rows:
            self.enlist()
            busy = {run.pid for run in self._held()}
            for place in (*self._spares, *self._quick.values(), self._probe):
                if place.child is not None and place.child.poll() is None:
                    state = BUSY if place.child.pid in busy else READY
                    self._list(place.role, place.slot, place.child.pid, state)

    def _list(self, role: str, slot: str, pid: int, state: str) -> None:
        self._store.processes.register(host=self._host, pid=pid, role=role, slot=slot, state=state)

    def _held(self) -> list[Run]:
        held = self._store.runs.list(kind=None, status=HELD, limit=1000)
        for gone in set(self._pulses) - {run.id for run in held}:
            del self._pulses[gone]
        return held

    def _watch(self, run: Run) -> None:
        now = self._clock()
        pulse = self._pulses.setdefault(run.id, _Pulse(run.heartbeat, now, run.progress, now))
        if pulse.beat != run.heartbeat:
            pulse.beat, pulse.seen = run.heartbeat, now
        if pulse.progress != run.progress:
            pulse.progress, pulse.moved = run.progress, now
        if run.origin == LOGGED:
            self._watch_script(run, now - pulse.seen)
            return
        limit = self._store.settings.memory_mb
        is_here = run.host == self._host  # a home has one host, which may have been renamed
        if not is_here or run.pid is None or not _is_ours(run.pid):
            self._bury(run)
        elif now - pulse.seen > LOST_S:
            self._lose(run, "Its worker stopped responding.")
            self._kill(run)
        elif self._stop_is_overdue(run, now):
            self._end(run, Status.STOPPED, "It did not stop by itself and was ended.")
        elif now - pulse.moved > TASKS[run.kind].stuck_s:
            self._end(run, Status.LOST, _stuck(run))
        elif _memory_mb(run.pid) > limit:
            outcome = out_of_memory(run.kind, f"It needed more than {limit} MB of memory.")
            self._end(run, outcome.status, outcome.error)

    def _watch_script(self, run: Run, silent_s: float) -> None:
        """Give up a run whose program is gone; one that is only suspended goes on later, and none is ever ended."""
        is_alive = run.host == self._host and _has_lived_since(run.pid, run.started)
        if silent_s > LOST_S and not is_alive:
            self._store.runs.move(run.id, Status.LOST, lease=run.lease, error="The program that logged it is gone.")

    def _end(self, run: Run, status: Status, words: str) -> None:
        """End a run, then kill its worker; if the disk is full, the worker may still save its outcome."""
        self._store.runs.move(run.id, status, lease=run.lease, error=words)
        self._kill(run)

    def _kill(self, run: Run) -> None:
        if run.pid is not None:
            _kill(run.pid, signal.SIGKILL)
        self._store.files(run.id).drop_parts()

    def _bury(self, run: Run) -> None:
        """Record that a run's worker is gone."""
        self._store.files(run.id).drop_parts()
        if any(control.kind == "stop" for control in self._store.runs.pending(run.id)):
            self._store.runs.move(run.id, Status.STOPPED, lease=run.lease, error=self._last_words())
        else:
            self._lose(run, self._last_words())

    def _lose(self, run: Run, words: str) -> None:
        """Mark a run as lost; retry a quick task once, since runs may wait for it."""
        if run.kind in QUICK and run.id not in self._retried:
            self._retried.add(run.id)
            self._store.runs.move(run.id, Status.QUEUED, lease=run.lease)
        else:
            self._store.runs.move(run.id, Status.LOST, lease=run.lease, error=words)

    def _last_words(self) -> str:
        ended = "Its worker process ended."
        return f"{ended} {IS_FULL}. {WHAT_TO_DO}" if self._trouble == IS_FULL else ended

    def _stop_is_overdue(self, run: Run, now: float) -> bool:
        asked = [control for control in self._store.runs.pending(run.id) if control.kind == "stop"]
        return any(now - self._asked.setdefault(control.id, now) > KILL_S for control in asked)

    def _sweep(self) -> None:
        """Remove deleted runs; every `TIDY_S` compare the database with the folders."""
        self._store.sweep(time.time())
        if self._clock() >= self._next_tidy:
            self._next_tidy = self._clock() + TIDY_S
            if found := self._store.tidy(time.time()):
                note(str(found))
            clear_leftovers(self._store, time.time())
            sweep_uploads(self._store.settings, time.time())
            clear_studies(self._store, time.time())
            self._remove_old()

    def _remove_old(self) -> None:
        """Delete the runs that were said to go."""
        for run_id, at in self._store.leaving().items():
            if at <= time.time():
                with suppress(RunError):  # its owner has just deleted it
                    self._store.runs.delete(run_id, SERVER)
                    note(f"{run_id} is removed: newer runs have come")

    # Starting

    def _start_wanted(self) -> None:
        living = self._living()
        for place in (*self._spares, *self._quick.values(), self._probe):
            if any(row["slot"] == place.slot and row["state"] != STARTING for row in living):
                place.failures = 0
        visited = self._since_visit() < self._store.settings.spare_idle_s
        queued = self._store.runs.claimable("train")
        for spare in self._spares:
            mine = [row for row in living if row["slot"] == spare.slot]
            waiting = [row for row in mine if row["state"] not in AT_WORK]
            comes_back = any(row["state"] == BUSY for row in mine)
            if not waiting and not comes_back and (queued or (visited and not self._is_training(mine))):
                self._start(spare)
            elif waiting and not visited and not queued:
                _kill(waiting[0]["pid"], signal.SIGTERM)
        for kind, place in self._quick.items():
            if self._store.runs.claimable(kind) and not any(row["slot"] == place.slot for row in living):
                self._start(place)
        self._keep_probe(living, visited)
        if not visited and not queued and not any(isinstance(child, Child) for child in self._children.values()):
            self._forks.close()

    def _is_training(self, rows: Sequence[Process]) -> bool:
        """Whether the slot's worker needs the processor, so that a new spare would slow it down."""
        if not any(row["state"] in AT_WORK for row in rows):
            return False
        pids = {row["pid"] for row in rows}
        busy = [run for run in self._held() if run.pid in pids]
        return not busy or not all(self._will_make_room(run) for run in busy)

    def _will_make_room(self, run: Run) -> bool:
        """Whether a run ends soon, or gives way to the next waiting one."""
        return run.priority < 0 or run.progress.get("phase") == "testing" or bool(self._store.runs.pending(run.id))

    def _keep_probe(self, living: Sequence[Process], visited: bool) -> None:
        probes = [row for row in living if row["role"] == "probe"]
        if visited and not probes:
            self._start(self._probe)
        elif probes and (not visited or _memory_mb(probes[0]["pid"]) > self._store.settings.memory_mb):
            _kill(probes[0]["pid"], signal.SIGTERM)

    def _start(self, place: _Place) -> None:
        now = self._clock()
        if place.child is not None and place.child.poll() not in (None, 0, -signal.SIGTERM):
            place.failures += 1
            place.not_before = now + min(60.0, BACKOFF_S * 2 ** (place.failures - 1))
            place.child = None
        if now < place.not_before:
            return
        if child := self._launch(place):
            place.child = self._children[child.pid] = child
            self._list(place.role, place.slot, child.pid, STARTING)

    def _launch(self, place: _Place) -> subprocess.Popen[bytes] | Child | None:
        """Start a process; None while its fork server is starting."""
        niceness, log = NICE if place.role == "worker" else 0, "processes.log"
        if not place.is_forked:
            return launch(place.module, *place.arguments, settings=self._store.settings, log=log, niceness=niceness)
        if self._forks.connect():
            self._fork_server.failures = 0
            return self._forks.start(place.module, place.arguments, log=log, niceness=niceness)
        self.pause_s = WAITING_S
        if self._fork_server.child is None or self._fork_server.child.poll() is not None:
            self._start(self._fork_server)
        return None

    def _living(self) -> list[Process]:
        rows = self._store.processes.of(self._host)
        return [row for row in rows if row["role"] != "foreman" and _is_ours(row["pid"])]

    def _since_visit(self) -> float:
        try:
            return time.time() - (self._store.settings.home / ALIVE_LOCK).stat().st_mtime
        except FileNotFoundError:
            return float("inf")


def _worker(kind: str, number: int) -> _Place:
    slot, arguments = f"{kind}-{number}", ("--kind", kind, "--slot", str(number))
    return _Place("worker", slot, WORKER, arguments, is_forked=CAN_FORK and bool(TASKS[kind].begin))


def _stuck(run: Run) -> str:
    phase = run.progress.get("phase", "its beginning")
    words = f"It made no progress for {TASKS[run.kind].stuck_s / 60:.0f} minutes and was ended during: {phase}."
    return f"{words} If this names a file, leave it out or save it again."


def _has_lived_since(pid: int | None, began: float | None) -> bool:
    """Whether the process of that id is as old as that, not another that has the id by now."""
    try:
        return pid is not None and psutil.Process(pid).create_time() <= (began or 0.0)
    except psutil.NoSuchProcess:
        return False


def _is_ours(pid: int) -> bool:
    """Whether a living process of that id was started by a foreman."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        command = " ".join(process.cmdline()).split()  # of a forked process, one long word
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return any(word in (WORKER, PROBE, FORKS) for word in command)


def _memory_mb(pid: int) -> float:
    try:
        return psutil.Process(pid).memory_info().rss / MB
    except psutil.NoSuchProcess:
        return 0.0


def _kill(pid: int, how: signal.Signals) -> None:
    if _is_ours(pid):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return


def main() -> None:
    """Run the foreman until it is idle; return at once if there is another."""
    settings = Settings.from_environment()
    lock = FileLock(settings.home / FOREMAN_LOCK)
    if not lock.acquire_soon():
        return
    store = open_store(settings)
    foreman, host, pid = Foreman(store), this_host(), os.getpid()
    with suppress(DatabaseError):
        foreman.enlist()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while settings.home.exists() and not foreman.is_done():
            foreman.attend()
            time.sleep(foreman.pause_s)
    finally:
        if settings.home.exists():
            with suppress(DatabaseError):
                foreman.end_spares()
                store.processes.forget(host=host, pid=pid)


if __name__ == "__main__":
    main()
