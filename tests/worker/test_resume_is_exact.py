"""A run that was killed and lost its newest checkpoint ends where an undisturbed one ends: difference 0."""

import os

import numpy as np
import pytest

from benchmarks.app_process import kill
from core.store import Status
from tests.support.lab import SLOW_50, Lab


@pytest.fixture(scope="module")
def undisturbed(shared_lab: Lab) -> dict[str, np.ndarray]:
    run_id = shared_lab.train(*SLOW_50)
    shared_lab.wait_for(run_id, Status.SUCCEEDED)
    return shared_lab.final_state(run_id)


def assert_ends_like(lab: Lab, run_id: str, expected: dict[str, np.ndarray]) -> None:
    lab.resume(run_id)
    run = lab.wait_for(run_id, Status.SUCCEEDED)
    found = lab.final_state(run_id)
    assert run.progress["total_steps"] == 50
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    assert lab.steps_seen(run_id) == list(range(51))  # no update missing, none twice


def test_after_everything_was_killed_a_command_finds_the_run_and_it_goes_on_exactly_from_what_is_whole(
    shared_lab: Lab, undisturbed: dict[str, np.ndarray]
) -> None:
    run_id = shared_lab.train(*SLOW_50)
    shared_lab.wait_for_step(run_id, 30)
    kill(*shared_lab.processes("core."))  # foreman, worker, probe
    run = shared_lab.run(run_id)
    assert run.status is Status.RUNNING  # nobody was left to say otherwise
    finished_epochs = (run.progress["step"] - 1) // 14  # its end is validated and saved before the next step
    *_, before, newest = shared_lab.store.metrics.checkpoints(run_id)
    assert newest.step >= 14 * finished_epochs  # no finished epoch is missing
    path = shared_lab.store.files(run_id).folder / "checkpoints" / str(newest.step) / "state.npz"
    with path.open("r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        file.write(bytes(64))
    assert_ends_like(shared_lab, run_id, undisturbed)
    log = shared_lab.store.files(run_id).log.read_text()
    assert "checkpoint skipped" in log
    assert f'"event": "begin", "step": {before.step},' in log
