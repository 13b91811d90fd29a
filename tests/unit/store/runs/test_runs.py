import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from core.errors import NotAllowedError, RunError
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import LOCAL, MOVES, SERVER, NewRun, hash_key, new_id
from core.store.schema import runs as runs_table
from core.store.schema import slots as slots_table

ENDED = [status for status in Status if status.is_final]
NEW = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run")


def put(store: Store, run: Run, status: Status, **columns: Any) -> None:
    with store.engine.begin() as connection:
        change = sa.update(runs_table).where(runs_table.c.id == run.id)
        connection.execute(change.values(status=status, **columns))


def taken(store: Store) -> dict[str, str]:
    with store.engine.connect() as connection:
        return {row.slot: row.run for row in connection.execute(sa.select(slots_table))}


def claim(store: Store, slot: str = "train-0", kind: str = "train") -> Run | None:
    return store.runs.claim(kind, host="here", slot=slot, pid=1, device="CPU")


def in_threads(count: int, work: Callable[[int], None]) -> None:
    barrier = threading.Barrier(count)

    def start(number: int) -> None:
        barrier.wait(60)
        work(number)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


# Ids and keys


@given(st.floats(0, 3e10), st.floats(0, 3e10))
def test_ids_sort_by_the_time_they_were_made(one: float, other: float) -> None:
    early, late = sorted((int(one * 1000), int(other * 1000)))
    if early < late:
        assert new_id(early / 1000 + 1e-4) < new_id(late / 1000 + 1e-4)


def test_the_rest_of_an_id_is_80_random_bits() -> None:
    now = 1.7e9
    ids = [new_id(now) for _ in range(2000)]
    assert len({one[:9] for one in ids}) == 1
    for place in range(9, 25):
        assert len({one[place] for one in ids}) == 32
    assert {len(one) for one in ids} == {25}
    assert len({one[9:] for one in ids}) == 2000


def test_an_id_cannot_be_foretold_from_the_seed_of_the_random_module() -> None:
    random.seed(0)
    first = new_id(1.7e9)
    random.seed(0)
    assert new_id(1.7e9) != first


def test_an_id_can_be_typed_in_a_link_or_a_file_name() -> None:
    assert new_id().isalnum()
    assert new_id().islower()


def test_an_owner_is_the_sha256_of_the_key() -> None:
    assert hash_key("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# Submitting and reading


def test_a_submitted_run_waits_with_all_that_it_was_given(store: Store) -> None:
    new = NewRun(
        kind="train",
        dataset="mnist",
        owner="ann",
        name="mine",
        family="cnn",
        preset="fast",
        config={"epochs": 3},
        dataset_version="v1",
        split_seed=0,
        priority=2,
    )
    run = store.runs.submit(new)
    assert {name: getattr(run, name) for name in vars(new)} == vars(new)
    assert (run.status, run.generation, run.heartbeat, run.lease, run.finished) == (Status.QUEUED, 0, 0, None, None)
    assert store.runs.get(run.id) == run


def test_an_unknown_run_is_an_error_that_names_it(store: Store) -> None:
    with pytest.raises(RunError, match="'nope'"):
        store.runs.get("nope")


def test_runs_are_listed_newest_first_up_to_the_limit(store: Store) -> None:
    ids = [store.runs.submit(NEW).id for _ in range(4)]
    assert [run.id for run in store.runs.list()] == ids[::-1]
    assert [run.id for run in store.runs.list(limit=2)] == ids[:1:-1]


def test_the_list_can_be_filtered_by_owner_kind_and_status(store: Store) -> None:
    ann = store.runs.submit(NEW).id
    bob = store.runs.submit(replace(NEW, owner="bob")).id
    data = store.runs.submit(replace(NEW, kind="prepare")).id
    store.runs.move(bob, Status.STOPPED)

    def listed(**filters: Any) -> set[str]:
        return {run.id for run in store.runs.list(**filters)}

    assert listed() == {ann, bob}
    assert listed(kind=None) == {ann, bob, data}
    assert listed(kind="prepare") == {data}
    assert listed(owners=["bob"]) == {bob}
    assert listed(owners=["ann", "bob"]) == {ann, bob}
    assert listed(owners=[]) == set()
    assert listed(status=[Status.STOPPED]) == {bob}
    assert listed(status=[]) == set()
    assert listed(owners=["ann"], kind=None, status=[Status.QUEUED]) == {ann, data}


# Claiming


def test_a_claim_takes_the_slot_and_the_run_together(store: Store) -> None:
    waiting = store.runs.submit(NEW)
    run = store.runs.claim("train", host="here", slot="train-0", pid=42, device="CPU, 2 cores")
    assert run is not None
    assert (run.id, run.status) == (waiting.id, Status.RUNNING)
    assert (run.host, run.slot, run.pid, run.device) == ("here", "train-0", 42, "CPU, 2 cores")
    assert run.lease
    assert run.started is not None
    assert run.heartbeat > waiting.heartbeat
    assert taken(store) == {"train-0": run.id}


def test_an_empty_queue_gives_nothing(store: Store) -> None:
    assert not store.runs.claimable("train")
    assert claim(store) is None
    assert taken(store) == {}


def test_the_bigger_priority_goes_first_and_then_the_older_run(store: Store) -> None:
    ids = [store.runs.submit(replace(NEW, priority=p)).id for p in (0, 0, 5, -1, 5)]
    order = [claim(store, f"train-{k}").id for k in range(5)]  # type: ignore[union-attr]
    assert order == [ids[2], ids[4], ids[0], ids[1], ids[3]]


def test_a_claim_takes_only_tasks_of_its_kind(store: Store) -> None:
    store.runs.submit(replace(NEW, kind="prepare"))
    assert not store.runs.claimable("train")
    assert claim(store) is None
    assert store.runs.claimable("prepare")
    assert claim(store, kind="prepare") is not None


def test_a_second_run_waits_while_the_slot_is_taken(store: Store) -> None:
    first, second = store.runs.submit(NEW), store.runs.submit(NEW)
    claim(store)
    assert claim(store) is None
    assert store.runs.get(second.id) == second
    assert taken(store) == {"train-0": first.id}
    store.runs.move(first.id, Status.SUCCEEDED)
    assert claim(store).id == second.id  # type: ignore[union-attr]


def test_slots_of_two_hosts_do_not_hinder_each_other(store: Store) -> None:
    store.runs.submit(NEW)
    store.runs.submit(NEW)
    assert store.runs.claim("train", host="here", slot="train-0", pid=1) is not None
    assert store.runs.claim("train", host="there", slot="train-0", pid=1) is not None


@pytest.mark.parametrize("status", Status)
def test_a_task_is_claimed_only_after_the_one_it_needs_has_succeeded(store: Store, status: Status) -> None:
    needed = store.runs.submit(replace(NEW, kind="prepare"))
    store.runs.submit(replace(NEW, after=needed.id))
    put(store, needed, status)
    assert store.runs.claimable("train") is (status is Status.SUCCEEDED)
    assert (claim(store) is not None) is (status is Status.SUCCEEDED)


def test_a_task_that_still_waits_for_another_lets_the_next_one_go_first(store: Store) -> None:
    needed = store.runs.submit(replace(NEW, kind="prepare"))
    store.runs.submit(replace(NEW, after=needed.id, priority=9))
    free = store.runs.submit(NEW)
    assert claim(store).id == free.id  # type: ignore[union-attr]


def test_of_many_threads_that_claim_one_run_exactly_one_wins(settings: Settings, store: Store) -> None:
    run = store.runs.submit(NEW)
    won: list[Run | None] = []

    def compete(number: int) -> None:
        mine = open_store(settings)
        won.append(claim(mine, f"train-{number}"))
        mine.close()

    in_threads(8, compete)
    winners = [got for got in won if got]
    assert len(won) == 8
    assert [winner.id for winner in winners] == [run.id]
    assert taken(store) == {winners[0].slot: run.id}


def test_of_many_threads_that_want_one_slot_exactly_one_gets_it(settings: Settings, store: Store) -> None:
    for _ in range(8):
        store.runs.submit(NEW)
    won: list[Run | None] = []

    def compete(_: int) -> None:
        mine = open_store(settings)
        won.append(claim(mine))
        mine.close()

    in_threads(8, compete)
    assert sum(got is not None for got in won) == 1
    assert len(store.runs.list(status=[Status.RUNNING])) == 1


def test_processes_that_empty_the_queue_together_take_every_run_once(settings: Settings, store: Store) -> None:
    ids = sorted(store.runs.submit(NEW).id for _ in range(40))
    code = (
        "import os; from core.settings import Settings; from core.store import open_store;"
        "runs = open_store(Settings.from_environment()).runs; print(flush=True); input(); n = 0\n"
        "while run := runs.claim('train', host='here', slot=f'{os.getpid()}-{n}', pid=1):\n"
        "    n += 1; print(run.id)\n"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    root, environment = Path(__file__).parents[4], settings.environment()
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=root, env=environment, **pipes) for _ in range(3)]
    for process in processes:
        process.stdout.readline()  # type: ignore[union-attr]
    for process in processes:
        process.stdin.write("go\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    claimed = [one for process in processes for one in process.communicate(timeout=60)[0].split()]
    assert sorted(claimed) == ids
    assert sorted(taken(store).values()) == ids


# Moving


@pytest.mark.parametrize(("status", "target"), list(product(Status, Status)))
def test_a_run_moves_exactly_where_the_table_allows(store: Store, status: Status, target: Status) -> None:
    run = store.runs.submit(NEW)
    put(store, run, status)
    moved = store.runs.move(run.id, target, note="moved")
    allowed = target in MOVES[status]
    assert (moved is not None) is allowed
    after = store.runs.get(run.id)
    assert (after.status, after.note) == ((target, "moved") if allowed else (status, ""))


def test_the_table_lets_an_ended_run_only_back_into_the_queue() -> None:
    assert set(MOVES) == set(Status)
    assert {(old, new) for old in ENDED for new in MOVES[old]} == {
        (Status.STOPPED, Status.QUEUED),
        (Status.LOST, Status.QUEUED),
    }
    assert all(old not in new for old, new in MOVES.items())


@pytest.mark.parametrize("target", sorted(MOVES[Status.RUNNING]))
def test_a_slot_is_freed_when_its_run_ends_pauses_or_gives_way(store: Store, claimed: Run, target: Status) -> None:
    moved = store.runs.move(claimed.id, target)
    assert moved is not None
    assert taken(store) == {}
    assert (moved.finished is not None) is target.is_final
    assert moved.lease is None


def test_a_running_run_cannot_be_resumed_and_goes_on(store: Store, claimed: Run) -> None:
    with pytest.raises(RunError, match="cannot be resumed"):
        store.runs.resume(claimed.id, claimed.owner)
    assert store.runs.get(claimed.id).lease == claimed.lease


def test_a_run_of_a_priority_below_0_should_give_way_to_one_that_could_start(store: Store) -> None:
    modest = store.runs.submit(replace(NEW, priority=-1))
    claim(store)
    assert not store.runs.should_give_way(modest)
    store.runs.submit(replace(NEW, priority=-1))
    store.runs.submit(replace(NEW, kind="prepare"))
    needed = store.runs.submit(replace(NEW, kind="prepare"))
    blocked = store.runs.submit(replace(NEW, after=needed.id))
    assert not store.runs.should_give_way(modest)
    store.runs.move(blocked.id, Status.STOPPED)
    other = store.runs.submit(NEW)
    assert store.runs.should_give_way(modest)
    assert not store.runs.should_give_way(other)


def test_of_many_threads_that_move_one_run_exactly_one_succeeds(settings: Settings, store: Store, claimed: Run) -> None:
    targets = [Status.SUCCEEDED, Status.LOST, Status.STOPPED, Status.FAILED] * 2
    won: list[Run | None] = []

    def compete(number: int) -> None:
        mine = open_store(settings)
        won.append(mine.runs.move(claimed.id, targets[number]))
        mine.close()

    in_threads(len(targets), compete)
    winners = [got for got in won if got]
    assert len(won) == len(targets)
    assert [winner.status for winner in winners] == [store.runs.get(claimed.id).status]


def test_a_worker_with_the_lease_beats_reports_and_moves(store: Store, claimed: Run) -> None:
    assert claimed.lease is not None
    assert store.runs.beat(claimed.id, claimed.lease)
    assert store.runs.report(claimed.id, claimed.lease, progress={"step": 3})
    run = store.runs.get(claimed.id)
    assert (run.heartbeat, run.progress) == (claimed.heartbeat + 1, {"step": 3})
    assert store.runs.move(claimed.id, Status.SUCCEEDED, lease=claimed.lease) is not None


def test_a_worker_whose_run_was_given_to_another_can_change_nothing(store: Store, claimed: Run) -> None:
    old = claimed.lease
    assert old is not None
    store.runs.move(claimed.id, Status.LOST)
    store.runs.resume(claimed.id, LOCAL)
    second = claim(store)
    assert second is not None
    assert second.lease not in (None, old)
    assert not store.runs.beat(claimed.id, old)
    assert not store.runs.report(claimed.id, old, progress={"step": 3})
    assert store.runs.move(claimed.id, Status.FAILED, lease=old) is None
    assert store.runs.get(claimed.id) == second


@pytest.mark.parametrize("status", ENDED)
def test_the_lease_ends_with_the_run(store: Store, claimed: Run, status: Status) -> None:
    assert claimed.lease is not None
    store.runs.move(claimed.id, status)
    assert not store.runs.beat(claimed.id, claimed.lease)
    assert not store.runs.report(claimed.id, claimed.lease, error="late")
    assert store.runs.get(claimed.id).error == ""


# Who may do what


@pytest.mark.parametrize("status", [Status.QUEUED, Status.PAUSED])
def test_stopping_a_run_that_nobody_holds_ends_it_at_once(store: Store, status: Status) -> None:
    run = store.runs.submit(NEW)
    put(store, run, status)
    stopped = store.runs.stop(run.id, "ann")
    assert stopped.status is Status.STOPPED
    assert stopped.finished is not None
    assert store.runs.controls(run.id) == []
    assert claim(store) is None


def test_stopping_a_run_at_work_asks_its_worker(store: Store, claimed: Run) -> None:
    assert store.runs.stop(claimed.id, "ann").status is Status.RUNNING
    [asked] = store.runs.pending(claimed.id)
    assert (asked.run, asked.kind, asked.by, asked.applied_step) == (claimed.id, "stop", "ann", None)


@pytest.mark.parametrize("status", ENDED)
def test_a_run_that_has_ended_cannot_be_stopped(store: Store, status: Status) -> None:
    run = store.runs.submit(NEW)
    put(store, run, status)
    with pytest.raises(RunError, match=f"already ended.*{status}"):
        store.runs.stop(run.id, "ann")
    assert store.runs.controls(run.id) == []


@pytest.mark.parametrize("actor", ["bob", "", "Ann", hash_key("ann")])
def test_somebody_elses_run_cannot_be_stopped_or_resumed(store: Store, actor: str) -> None:
    run = store.runs.submit(NEW)
    with pytest.raises(NotAllowedError, match="only its owner can stop"):
        store.runs.stop(run.id, actor)
    put(store, run, Status.STOPPED)
    with pytest.raises(NotAllowedError, match="only its owner can resume"):
        store.runs.resume(run.id, actor)
    assert store.runs.get(run.id).status is Status.STOPPED


@pytest.mark.parametrize("actor", ["ann", LOCAL, SERVER])
def test_the_owner_the_command_line_and_the_server_may_stop_and_resume(store: Store, actor: str) -> None:
    run = store.runs.submit(NEW)
    assert store.runs.stop(run.id, actor).status is Status.STOPPED
    assert store.runs.resume(run.id, actor).status is Status.QUEUED


@pytest.mark.parametrize("status", Status)
def test_only_a_paused_stopped_or_lost_run_can_be_resumed(store: Store, status: Status) -> None:
    run = store.runs.submit(NEW)
    put(store, run, status, error="why")
    if status in (Status.PAUSED, Status.STOPPED, Status.LOST):
        resumed = store.runs.resume(run.id, "ann")
        assert (resumed.status, resumed.error, resumed.finished) == (Status.QUEUED, "", None)
    else:
        with pytest.raises(RunError, match=f"cannot be resumed.*{status}"):
            store.runs.resume(run.id, "ann")
        assert store.runs.get(run.id).status is status


def test_a_resumed_run_does_not_wait_for_what_is_over(store: Store) -> None:
    task = store.runs.submit(replace(NEW, kind="prepare", owner=SERVER))
    run = store.runs.submit(replace(NEW, after=task.id))
    put(store, task, Status.LOST)
    store.runs.end_orphans()
    assert store.runs.get(run.id).status is Status.LOST
    assert store.runs.resume(run.id, "ann").after is None
    store.runs.end_orphans()
    assert store.runs.get(run.id).status is Status.QUEUED


def test_a_resumed_run_keeps_its_first_start_and_loses_its_test_results(store: Store, claimed: Run) -> None:
    summary = {"first_metric_s": 3.0, "epochs_done": 2, "test_accuracy_last": 0.5, "test_size": 10}
    store.runs.move(claimed.id, Status.STOPPED, summary=summary)
    assert store.runs.resume(claimed.id, "ann").summary == {"first_metric_s": 3.0}
    again = claim(store)
    assert again is not None
    assert (again.started, again.finished) == (claimed.started, None)


def test_a_resumed_run_does_not_heed_the_stop_that_ended_it(store: Store, claimed: Run) -> None:
    store.runs.stop(claimed.id, "ann")
    store.runs.move(claimed.id, Status.STOPPED)  # by the foreman; the worker never heeded the request
    store.runs.resume(claimed.id, "ann")
    claim(store)
    assert store.runs.pending(claimed.id) == []


def test_controls_are_heeded_once_and_in_order(store: Store, claimed: Run) -> None:
    store.runs.stop(claimed.id, "ann")
    store.runs.stop(claimed.id, LOCAL)
    first, second = store.runs.pending(claimed.id)
    assert (first.by, second.by) == ("ann", LOCAL)
    store.runs.acknowledge(first, 17, "done")
    assert store.runs.pending(claimed.id) == [second]
    assert store.runs.controls(claimed.id) == [replace(first, applied_step=17, result="done"), second]


# Orphans and processes


FATE = {
    Status.FAILED: Status.FAILED,
    Status.DIVERGED: Status.FAILED,
    Status.STOPPED: Status.LOST,  # the owner can resume it
    Status.LOST: Status.LOST,
}


@pytest.mark.parametrize("status", Status)
def test_a_run_that_waits_for_a_task_that_ended_without_success_is_lost_or_failed_with_it(
    store: Store, status: Status
) -> None:
    needed = store.runs.submit(replace(NEW, kind="prepare", name="Prepare X"))
    waiting = store.runs.submit(replace(NEW, after=needed.id))
    judging = store.runs.submit(replace(NEW, kind="judge", after=needed.id))
    free = store.runs.submit(NEW)
    put(store, needed, status, error="No file.")
    store.runs.end_orphans()
    orphan = store.runs.get(waiting.id)
    if status in FATE:
        assert orphan.status is FATE[status]
        assert orphan.error.startswith(f"Prepare X: {status}. No file.")
        assert ("Resume" in orphan.error) == (orphan.status is Status.LOST)
        assert store.runs.get(judging.id).status is Status.FAILED  # nobody resumes it
    else:
        assert orphan == waiting
    assert store.runs.get(free.id) == free


def test_only_a_worker_that_trains_is_a_spare(store: Store) -> None:
    for slot, state in (("check-0", "ready"), ("judge-0", "ready"), ("prepare-0", "ready"), ("train-0", "busy")):
        store.processes.register(host="here", pid=os.getpid(), role="worker", slot=slot, state=state)
        assert not store.processes.is_ready("here", "train")
    store.processes.register(host="here", pid=os.getpid(), role="worker", slot="train-1", state="ready")
    assert store.processes.is_ready("here", "train")
    assert not store.processes.is_ready("here", "probe")


def test_processes_are_listed_a_host_until_they_are_forgotten(store: Store) -> None:
    store.processes.register(host="here", pid=1, role="worker", slot="train-0", state="starting")
    store.processes.register(host="here", pid=2, role="probe", slot="probe", state="ready")
    store.processes.register(host="there", pid=1, role="worker", slot="train-0", state="busy")
    store.processes.register(host="here", pid=1, role="worker", slot="train-0", state="ready")
    here = {row["pid"]: (row["role"], row["slot"], row["state"]) for row in store.processes.of("here")}
    assert here == {1: ("worker", "train-0", "ready"), 2: ("probe", "probe", "ready")}
    store.processes.forget(host="here", pid=1)
    store.processes.forget(host="here", pid=99)
    assert [row["pid"] for row in store.processes.of("here")] == [2]
    assert [row["state"] for row in store.processes.of("there")] == ["busy"]


class Queue(RuleBasedStateMachine):
    """The table of runs beside a model of it that is a dict."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.store = open_store(Settings(home=Path(self.folder) / "home", data_dir=Path(self.folder)))
        self.runs: dict[str, Run] = {}
        self.status: dict[str, Status] = {}
        self.slot: dict[str, str] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(target=ids, priority=st.integers(-1, 1))
    def submit(self, priority: int) -> str:
        return self._submitted(replace(NEW, priority=priority))

    @rule(target=ids, needed=ids)
    def submit_after(self, needed: str) -> str:
        return self._submitted(replace(NEW, after=needed))

    def _submitted(self, new: NewRun) -> str:
        run = self.store.runs.submit(new)
        self.runs[run.id], self.status[run.id] = run, Status.QUEUED
        return run.id

    @rule(slot=st.sampled_from(["0", "1"]))
    def claim(self, slot: str) -> None:
        ready = [
            run
            for run in self.runs.values()
            if self.status[run.id] is Status.QUEUED
            and (run.after is None or self.status[run.after] is Status.SUCCEEDED)
        ]
        ready.sort(key=lambda run: (-run.priority, run.created, run.id))
        assert self.store.runs.claimable("train") is bool(ready)
        got = claim(self.store, slot)
        if not ready or slot in self.slot.values():
            assert got is None
        else:
            assert got is not None
            assert got.id == ready[0].id
            self.status[got.id], self.slot[got.id] = Status.RUNNING, slot

    @rule(run_id=ids, new=st.sampled_from([*ENDED, Status.PAUSED]))
    def move(self, run_id: str, new: Status) -> None:
        moved = self.store.runs.move(run_id, new)
        assert (moved is not None) is (new in MOVES[self.status[run_id]])
        if moved:
            self._now(run_id, new)

    @rule(run_id=ids)
    def stop(self, run_id: str) -> None:
        if self.status[run_id].is_final:
            with pytest.raises(RunError):
                self.store.runs.stop(run_id, LOCAL)
        elif self.store.runs.stop(run_id, LOCAL).status is not self.status[run_id]:
            assert self.status[run_id] in (Status.QUEUED, Status.PAUSED)
            self._now(run_id, Status.STOPPED)

    @rule(run_id=ids)
    def resume(self, run_id: str) -> None:
        if self.status[run_id] in (Status.PAUSED, Status.STOPPED, Status.LOST):
            self.store.runs.resume(run_id, LOCAL)
            self._now(run_id, Status.QUEUED)
        else:
            with pytest.raises(RunError):
                self.store.runs.resume(run_id, LOCAL)

    def _now(self, run_id: str, status: Status) -> None:
        self.status[run_id] = status
        if status is not Status.RUNNING:
            self.slot.pop(run_id, None)

    @invariant()
    def table_and_model_agree(self) -> None:
        found = {run.id: run for run in self.store.runs.list()}
        assert {run_id: run.status for run_id, run in found.items()} == self.status
        assert taken(self.store) == {slot: run_id for run_id, slot in self.slot.items()}
        for run in found.values():
            assert (run.finished is not None) is run.status.is_final
            assert (run.lease is not None) is (run.id in self.slot)


TestQueue = Queue.TestCase
TestQueue.settings = budget(max_examples=12, stateful_step_count=20)
