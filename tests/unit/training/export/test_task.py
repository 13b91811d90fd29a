import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from core.datasets import DATASETS, prepare
from core.errors import DatasetError, RunError
from core.export.check import Record
from core.export.export import open_export, read_record
from core.export.formats import FORMATS
from core.store import Run, Status, Store
from core.training.export.task import export_run
from tests.support import tiny, tiny_gan, tiny_table
from tests.support.exported import finished, network_of, task

WITHOUT_TENSORFLOW = """\
import runpy, sys
sys.modules.update(tensorflow=None, keras=None)
sys.path.insert(0, ".")
runpy.run_path("predict.py", run_name="__main__")
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.export.check.TIMED", 3)


@pytest.fixture
def _prepared(store: Store, tiny_arrays: dict) -> None:
    prepare(store.settings, "tiny")


def exported(store: Store, run: Run, format_id: str) -> Record:
    """Export a run, and return the findings."""
    assert export_run(task(store, run, format_id)).status is Status.SUCCEEDED
    record = read_record(store, run, format_id)
    assert record is not None
    return record


def program_says(store: Store, run: Run, format_id: str, folder: Path, name: str, data: bytes) -> str:
    """Unpack an export, and let its program predict from a file in a process that has no TensorFlow."""
    with zipfile.ZipFile(open_export(store, run, format_id, "ann")) as file:
        file.extractall(folder)
    if data:
        (folder / name).write_bytes(data)
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0]).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.usefixtures("_prepared")
@pytest.mark.parametrize("format_id", [form.id for form in FORMATS.values() if not form.sparsity])
def test_every_format_answers_as_the_best_network_does(
    store: Store, tiny_arrays: dict, tmp_path: Path, format_id: str
) -> None:
    run = finished(store)
    answers = network_of("cnn", tiny.CONFIG, tiny.SPEC)(tiny_arrays["x_test"], training=False).numpy()
    record = exported(store, run, format_id)
    assert (record.step, record.is_best, record.examples) == (1, True, 11)
    assert record.original == pytest.approx((answers.argmax(1) == tiny_arrays["y_test"]).mean())
    assert abs(record.exported - record.original) <= 0.005
    assert record.size_bytes > 0
    assert record.latency_ms > 0
    with zipfile.ZipFile(open_export(store, run, format_id, "ann")) as file:
        parts = {Path(name).parts[0] for name in file.namelist()}
        assert parts == {"README.md", "predict.py", "about.json", FORMATS[format_id].model}
        assert "the best on its validation examples" in file.read("README.md").decode()
    if format_id in ("onnx", "litert_int8"):  # their runtimes know no TensorFlow
        said = program_says(store, run, format_id, tmp_path, "a.png", as_png(tiny_arrays["x_test"][0]))
        share, name = said.split()[:2]
        assert name == tiny.SPEC.classes[answers[0].argmax()]
        assert float(share.rstrip("%")) == pytest.approx(
            100 * answers[0].max(), abs=2.0 if "int8" in format_id else 0.1
        )


@pytest.mark.usefixtures("_prepared")
def test_a_generator_draws_from_the_noise_in_the_file(store: Store, tmp_path: Path) -> None:
    run = finished(store, "gan", tiny_gan.CONFIG)
    record = exported(store, run, "litert")
    assert (record.measure, record.examples) == ("difference", 64)
    assert record.exported < 0.01
    program_says(store, run, "litert", tmp_path, "noise.npy", b"")
    made = np.array(Image.open(tmp_path / "made.png"))
    noise = np.load(tmp_path / "noise.npy")
    expected = network_of("gan", tiny_gan.CONFIG, tiny.SPEC)(noise[:1], training=False).numpy()[0, ..., 0]
    np.testing.assert_allclose(made, expected, atol=0.51)


def test_a_row_of_a_table_is_read_from_csv(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "tiny", tiny_table.dataset("rows of a number"))
    prepare(store.settings, "tiny")
    spec = tiny_table.spec_of("rows of a number")
    run = finished(store, "mlp", tiny_table.CONFIG, spec)
    assert exported(store, run, "onnx").measure == "rmse"
    said = program_says(store, run, "onnx", tmp_path, "a.csv", b"colour,age\ngreen,41.5\n")
    row = np.array([[41.5, 0, 1]], np.float32)
    expected = network_of("mlp", tiny_table.CONFIG, spec)(row, training=False).numpy()
    assert float(said) == pytest.approx(expected.item(), rel=1e-4)
    exported(store, run, "keras")
    with zipfile.ZipFile(open_export(store, run, "keras", "ann")) as file:
        assert "as in the file" in file.read("README.md").decode()
        (tmp_path / "columns.keras").write_bytes(file.read("columns.keras"))
    by_column = keras.saving.load_model(tmp_path / "columns.keras")
    answer = by_column({"colour": tf.constant([["green"]]), "age": tf.constant([[41.5]])})
    assert float(answer[0, 0]) == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.usefixtures("_prepared")
def test_what_differs_too_much_is_refused_and_stays_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(FORMATS["keras"], open=f"{__name__}:open_wrong")
    monkeypatch.setitem(FORMATS, "keras", wrong)
    run = finished(store)
    with pytest.raises(RunError, match=r"Keras is not offered .* differs from the original by \d+ points of accuracy"):
        export_run(task(store, run, "keras"))
    with pytest.raises(RunError, match="Keras is not offered"):
        open_export(store, run, "keras", "ann")
    assert not store.files(run.id).export("keras").exists()


def open_wrong(path: Path) -> Any:
    """Open a network that is always sure of the class that the true one finds least likely."""
    from core.training.export.runtimes import open_keras

    right = open_keras(path)
    return lambda x: 1 - right(x)


@pytest.mark.usefixtures("_prepared")
def test_data_that_has_changed_cannot_check_a_network(store: Store) -> None:
    run = replace(finished(store), dataset_version="older")
    work = task(store, run, "keras")
    work.store.runs.get = lambda run_id: run  # type: ignore[method-assign]
    with pytest.raises(DatasetError, match="the data has changed since run"):
        export_run(work)
