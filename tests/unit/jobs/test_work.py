import json
import threading
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from benchmarks.app_process import wait_until
from core.jobs import work as work_module
from core.jobs.work import Outcome, Work
from core.store import Run, Status, Store


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Beat a hundred times a second; the end of the process is the end of the call."""
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        raise SystemExit(code)

    monkeypatch.setattr(work_module, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(work_module.os, "_exit", leave)
    return codes


def lines_of(work: Work) -> list[dict[str, Any]]:
    return [json.loads(line) for line in work.files.log.read_text().splitlines()]


def test_a_run_that_is_not_leased_is_nobodys_work(store: Store, new_run: Any) -> None:
    with pytest.raises(ValueError, match="not leased"):
        Work(store, store.runs.submit(new_run), "CPU")


def test_progress_and_columns_are_written_to_the_run(store: Store, work: Work) -> None:
    work.progress(phase="training", step=3)
    work.set(dataset_version="v1")
    run = store.runs.get(work.run.id)
    assert (run.progress, run.dataset_version) == ({"phase": "training", "step": 3}, "v1")


def test_the_heart_shows_what_was_told_last_before_a_task_hangs(
    store: Store, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_module, "HEARTBEAT_S", 0.01)
    work.tell("reading image 1", 0.1)
    work.tell("reading image 2", 0.2)  # too soon after the first
    assert store.runs.get(work.run.id).progress["phase"] == "reading image 1"
    heart = threading.Thread(target=work.beat_forever, daemon=True)
    heart.start()
    wait_until(lambda: store.runs.get(work.run.id).progress["phase"] == "reading image 2", 10, "the heart tells")
    work.finish(Outcome(Status.SUCCEEDED))
    heart.join(10)


def test_the_log_gets_one_json_object_a_line(work: Work) -> None:
    work.log("begin", step=0)
    work.log("note", text="two\nlines")
    first, second = lines_of(work)
    assert (first["event"], first["step"]) == ("begin", 0)
    assert (second["event"], second["text"]) == ("note", "two\nlines")
    assert first["time"] <= second["time"]


def test_finishing_moves_the_run_and_adds_to_what_its_summary_held(store: Store, claimed: Run) -> None:
    lease = claimed.lease or ""
    store.runs.report(claimed.id, lease, summary={"first_metric_s": 1.0, "fit_s": 2.0})
    work = Work(store, store.runs.get(claimed.id), "CPU")
    work.finish(Outcome(Status.FAILED, {"fit_s": 5.0}, "It broke."))
    run = store.runs.get(claimed.id)
    assert (run.status, run.error, run.lease) == (Status.FAILED, "It broke.", None)
    assert run.summary == {"first_metric_s": 1.0, "fit_s": 5.0}


def test_what_was_told_while_it_worked_is_kept_when_the_run_gives_way(store: Store, work: Work) -> None:
    work.set(summary={"first_metric_s": 1.5})
    work.finish(Outcome(Status.QUEUED))
    run = store.runs.get(work.run.id)
    assert (run.status, run.summary) == (Status.QUEUED, {"first_metric_s": 1.5})


def test_a_worker_whose_run_was_taken_away_changes_nothing(store: Store, work: Work) -> None:
    store.runs.move(work.run.id, Status.LOST, error="No sign of life.")
    before = store.runs.get(work.run.id)
    work.progress(step=9)
    work.set(dataset_version="v1")
    work.finish(Outcome(Status.SUCCEEDED, {"fit_s": 5.0}))
    assert store.runs.get(work.run.id) == before


def test_the_heart_beats_until_the_work_is_finished(store: Store, work: Work, exits: list[int]) -> None:
    beat, beaten = store.runs.beat, threading.Event()

    def count(run_id: str, lease: str) -> bool:
        held = beat(run_id, lease)
        if store.runs.get(run_id).heartbeat >= work.run.heartbeat + 3:
            beaten.set()
        return held

    store.runs.beat = count  # type: ignore[method-assign]
    heart = threading.Thread(target=work.beat_forever)
    heart.start()
    assert beaten.wait(60)
    work.finish(Outcome(Status.SUCCEEDED))
    heart.join(60)
    assert not heart.is_alive()
    assert exits == []
    assert store.runs.get(work.run.id).status is Status.SUCCEEDED


def test_a_worker_whose_run_was_taken_away_ends_itself_and_says_so(store: Store, work: Work, exits: list[int]) -> None:
    store.runs.move(work.run.id, Status.LOST)
    with pytest.raises(SystemExit):
        work.beat_forever()
    assert exits == [3]
    assert [line["event"] for line in lines_of(work)] == ["fenced off"]


def test_a_full_or_busy_disk_does_not_stop_the_heart(
    store: Store, work: Work, exits: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([OperationalError("UPDATE", {}, Exception("database is locked")), True])

    def beat(run_id: str, lease: str) -> bool:
        answer = next(answers, None)
        if isinstance(answer, Exception):
            raise answer
        work._done.set()
        return bool(answer)

    store.runs.beat = beat  # type: ignore[method-assign]
    work.beat_forever()
    assert exits == []
    assert list(answers) == []
    assert "database is locked" in capsys.readouterr().out
