"""The database is moved away under everybody's feet: the run that trains goes on, and those before it are there."""

from core.store import Status
from tests.support.lab import SLOW_50, Lab


def test_a_database_that_is_moved_away_stops_no_run_and_loses_none(shared_lab: Lab) -> None:
    before = shared_lab.store.runs.beats()
    run_id = shared_lab.train(*SLOW_50)
    worker = shared_lab.wait_for_step(run_id, 5).pid
    (shared_lab.settings.home / "glassbox.db").rename(shared_lab.settings.home / "old.db")
    run = shared_lab.wait_for(run_id, Status.SUCCEEDED)
    assert (run.pid, run.summary["steps_done"]) == (worker, 50)
    trained = {name for name in before if (shared_lab.store.files(name).folder / "run.json").exists()}
    assert trained <= set(shared_lab.store.runs.beats())
    assert run_id in shared_lab.command("runs")
