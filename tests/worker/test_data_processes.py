"""Data that is prepared and checked by real workers."""

import zipfile
from pathlib import Path

import numpy as np

from core.datasets.dataset import prepared_folder
from core.datasets.own import own
from core.datasets.own.kinds.files import ZIP
from core.jobs import ensure_foreman
from core.store import Run, Status
from core.store.records import LOCAL, NewRun
from tests.support.lab import TINY, Lab
from tests.unit.datasets.own.test_own import OPTIONS, photo

ENDED = [status for status in Status if status.is_final]


def send(lab: Lab, title: str = "My photos") -> tuple[str, Path]:
    """Begin a data set; its ZIP is to be written at the path."""
    card = own.begin(lab.settings, LOCAL, title, "photos", OPTIONS)
    return card.id, own.raw(lab.settings, card.id) / ZIP


def prepare(lab: Lab, dataset_id: str) -> Run:
    run = lab.store.runs.submit(NewRun(kind="prepare", dataset=dataset_id, owner=LOCAL, name="Prepare"))
    ensure_foreman(lab.settings)
    return run


def test_a_hostile_zip_fails_with_one_sentence_and_nothing_of_it_stays(shared_lab: Lab) -> None:
    dataset_id, path = send(shared_lab)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.png", photo(0, 1))
        archive.writestr("b/bomb.png", np.zeros(60 * 2**20, np.uint8).tobytes())
    run = shared_lab.wait_for(prepare(shared_lab, dataset_id).id, *ENDED)
    assert run.status is Status.FAILED
    assert len(run.error.splitlines()) == 1
    assert not own.folder(shared_lab.settings, dataset_id).exists()
    assert not prepared_folder(shared_lab.settings, dataset_id).exists()


def test_a_preparation_that_is_asked_to_stop_stops(shared_lab: Lab) -> None:
    dataset_id, path = send(shared_lab)
    with zipfile.ZipFile(path, "w") as archive:
        data = photo(3, 3)
        for number in range(8000):
            archive.writestr(f"{'ab'[number % 2]}/{number}.png", data)
    run = prepare(shared_lab, dataset_id)
    shared_lab.wait_for(run.id, Status.RUNNING)
    shared_lab.store.runs.stop(run.id, LOCAL)
    assert shared_lab.wait_for(run.id, *ENDED).status is Status.STOPPED


def test_a_run_on_data_that_was_never_used_waits_for_its_preparation(shared_lab: Lab) -> None:
    run = shared_lab.wait_for(shared_lab.train(*TINY, "--dataset", "digits_8x8"), *ENDED)
    assert run.status is Status.SUCCEEDED
    assert 0.1 < run.summary["test_accuracy_last"] <= 1
