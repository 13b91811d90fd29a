import io
import runpy
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.datasets import DATASETS, prepare
from core.datasets.own import own
from core.datasets.texts.pairs.rows import pair_rows
from core.errors import ConfigError, DatasetError, NotAllowedError, RunError
from core.export.check import Record
from core.export.curves import curves_csv
from core.export.export import exporting, open_export, queue_export, read_record
from core.export.formats import FORMATS
from core.export.package import Contents, write_package
from core.jobs import resume_training
from core.store import Run, Status, Store
from core.store.metrics import Point, Snapshot
from core.store.records import LOCAL, NewRun

RECORD = Record("onnx", 3, False, 0, "accuracy", 0.9, 0.9, 11, 10, 10, 8, 8, 0.0, 1.0, 1.0, "")


@pytest.fixture(autouse=True)
def _prepared(store: Store, tiny_arrays: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(store.settings, "tiny")
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", lambda settings: None)


def ended(store: Store, status: Status | None = Status.SUCCEEDED, *, has_snapshot: bool = True, **new: str) -> Run:
    """Return a run that ended so, or has not ended, with one snapshot after step 3."""
    known = {"kind": "train", "dataset": "tiny", "owner": "ann", "name": "mine", "family": "cnn"}
    run = store.runs.submit(NewRun(**{**known, **new}))
    claimed = store.runs.claim("train", host="here", slot=run.id, pid=1)
    assert claimed is not None
    store.metrics.append(run.id, [Point(0, 0, 0.0, {"loss": 2.0}), Point(3, 1, 0.5, {"loss": 1.0, "accuracy": 0.25})])
    if has_snapshot:
        store.metrics.add_snapshot(run.id, Snapshot(3, 1, 0.5))
    if status is not None:
        store.runs.move(run.id, status, lease=claimed.lease)
    return store.runs.get(run.id)


def keep(store: Store, run: Run, record: Record = RECORD) -> None:
    """Leave an export as its task does."""
    files = store.files(run.id)
    files.write_json(files.export_record(record.format), record.to_dict())
    files.export(record.format).write_bytes(b"a file")


def test_a_format_of_a_run_is_exported_by_one_task_and_kept(store: Store) -> None:
    run = ended(store)
    first = queue_export(store, run, "onnx", "bob")
    assert first is not None
    assert queue_export(store, run, "onnx", "ann") == first
    assert exporting(store, run) == {"onnx": first}
    keep(store, run)
    assert queue_export(store, run, "onnx", "ann") is None
    assert open_export(store, run, "onnx", "ann").read_bytes() == b"a file"


def test_exports_are_of_what_the_run_is_now(store: Store) -> None:
    run = ended(store, Status.STOPPED)
    keep(store, run)
    assert read_record(store, replace(run, generation=1), "onnx") is None
    store.metrics.add_snapshot(run.id, Snapshot(5, 1, 0.5))
    assert read_record(store, run, "onnx") is None
    resume_training(store, run.id, "ann")
    assert not store.files(run.id).export("onnx").exists()


def test_a_network_that_was_refused_is_not_written_again(store: Store) -> None:
    run = ended(store)
    keep(store, run, replace(RECORD, refused="it differs"))
    assert queue_export(store, run, "onnx", "ann") is None
    with pytest.raises(RunError, match=r"ONNX is not offered for run .*: it differs"):
        open_export(store, run, "onnx", "ann")


@pytest.mark.parametrize(
    ("status", "has_snapshot", "words"),
    [(None, True, "has not ended. Wait for its end"), (Status.FAILED, False, "has saved no network")],
)
def test_a_run_without_a_final_network_is_one_sentence(
    store: Store, status: Status | None, has_snapshot: bool, words: str
) -> None:
    with pytest.raises(RunError, match=words):
        queue_export(store, ended(store, status, has_snapshot=has_snapshot), "onnx", "ann")


def test_a_missing_package_is_one_sentence_that_says_what_to_install(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "onnx", replace(FORMATS["onnx"], needs=("onnx", "no_such_package")))
    with pytest.raises(RunError, match=r"ONNX needs no_such_package on this server: pip install -r req.*export.txt"):
        queue_export(store, ended(store), "onnx", "ann")
    with pytest.raises(ConfigError, match="there is no format 'pdf'"):
        queue_export(store, ended(store), "pdf", "ann")


def test_a_network_that_learned_from_private_data_is_for_those_who_see_the_data(store: Store) -> None:
    card = own.begin(store.settings, "ann", "Mine", "arrays", {})
    own.update(store.settings, card.id, accepted=True)
    run = ended(store, dataset=card.id)
    store.runs.publish(run.id, True, "ann")  # numbers and answers are for everybody then, weights are not
    keep(store, run)
    for act in (queue_export, open_export):
        with pytest.raises(NotAllowedError, match="Only its owner can download"):
            act(store, run, "onnx", "bob")
    for owner in ("ann", LOCAL):
        assert open_export(store, run, "onnx", owner).is_file()
    own.change(store.settings, card.id, "ann", published=True)
    assert open_export(store, run, "onnx", "bob").is_file()


def test_a_network_whose_data_was_deleted_cannot_be_checked(store: Store) -> None:
    card = own.begin(store.settings, "ann", "Mine", "arrays", {})
    own.update(store.settings, card.id, accepted=True, deleted=time.time())
    run = ended(store, dataset=card.id)
    with pytest.raises((DatasetError, NotAllowedError), match="deleted"):
        queue_export(store, run, "onnx", "ann")
    with pytest.raises(DatasetError):
        queue_export(store, run, "onnx", LOCAL)


def test_the_numbers_of_a_run_are_a_table_that_pandas_reads(store: Store) -> None:
    table = pd.read_csv(io.StringIO(curves_csv(store, ended(store))))
    assert list(table.columns) == ["step", "epoch", "wall_s", "accuracy", "loss"]
    assert table["loss"].tolist() == [2.0, 1.0]
    assert table["accuracy"].isna().tolist() == [True, False]


def test_the_program_of_a_network_that_answers_gives_it_the_answer_so_far(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sums = DATASETS["sums"]
    length, vocabulary = sums.spec.target.length, list(sums.spec.features.vocabulary)
    asked = sums.spec.features.length - length
    [right], [answer] = pair_rows([("47+58", "105")], vocabulary, asked, length)
    seen: list[np.ndarray] = []

    def run(names: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        seen.append(given["x"][0].copy())
        return [np.eye(len(vocabulary), dtype=np.float32)[answer][None]]

    session = SimpleNamespace(get_inputs=lambda: [SimpleNamespace(name="x")], run=run)
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace(InferenceSession=lambda path: session))
    model = tmp_path / "model.onnx"
    model.write_bytes(b"a network")
    contents = Contents(ended(store, family="sequence"), sums, RECORD, model, sums.spec.input_shape, "int32")
    write_package(tmp_path / "package.zip", contents)
    with zipfile.ZipFile(tmp_path / "package.zip") as file:
        file.extractall(tmp_path)
    assert f"float32 (n, {length}, {len(vocabulary)})" in (tmp_path / "README.md").read_text()
    monkeypatch.chdir(tmp_path)

    def predict(text: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["predict.py", text])
        return runpy.run_path("predict.py")

    predict("47+58")
    assert capsys.readouterr().out == "105\n"
    for step, row in enumerate(seen):
        np.testing.assert_array_equal(row, np.where(np.arange(len(right)) <= asked + step, right, 0))
    assert len(seen) == 4, "three characters and the end"
    with pytest.raises(SystemExit, match=f"write 1 to {asked} characters of"):
        predict("47*58")
