"""Runs in TensorBoard and MLflow, read back with their own readers."""

import csv
import io
import sys
import types
import zipfile
from pathlib import Path

import pytest

from core.cli.parser import main
from core.errors import RunError
from core.export import event_files, mlflow_run
from core.export.curves import curves_csv
from core.export.event_files import write_event_files, zip_event_files
from core.export.mlflow_run import export_to_mlflow
from core.store import Run, Store
from core.store.records import LOCAL
from tests.support import bundled


@pytest.fixture
def run(store: Store, tiny_arrays: dict) -> Run:
    finished = bundled.finished(store, LOCAL)
    store.runs.annotate(finished.id, "a note", LOCAL)
    return store.runs.get(finished.id)


def test_tensorboard_reads_curves_settings_and_pictures(
    store: Store, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        sys.modules, "tensorboard.compat.notf", types.ModuleType("notf")
    )  # its reader without TensorFlow
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    zip_event_files(store, run, LOCAL, tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as file:
        file.extractall(tmp_path)
    train, validation = (EventAccumulator(str(tmp_path / run.id / part)).Reload() for part in ("train", "validation"))
    points = store.metrics.since(run.id)
    for reader, name in ((train, "loss"), (validation, "val_loss")):
        read = [(event.step, event.wall_time, event.value) for event in reader.Scalars("loss")]
        expected = [(point.step, run.started + point.wall_s, point.values[name]) for point in points]
        assert read == [pytest.approx(one) for one in expected]
    [settings] = train.Tensors("settings")
    assert "| Learning rate | 0.001 |" in settings.tensor_proto.string_val[0].decode()
    assert [event.step for event in train.Images("gallery/0")] == [0, 8]


def test_a_stranger_takes_no_pictures_of_private_data(
    store: Store, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(event_files, "views_seen", lambda settings, family, data, actor: seen.append(actor) or {})
    write_event_files(store, run, "bob", tmp_path)
    assert seen == ["bob"]


def test_mlflow_has_settings_curves_and_files_once(
    store: Store, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # a database would take seconds to be made
    from mlflow import MlflowClient

    target = (tmp_path / "mlflow").as_uri()
    made, is_new = export_to_mlflow(store, run, LOCAL, target)
    assert is_new
    assert export_to_mlflow(store, run, LOCAL, target) == (made, False)
    client = MlflowClient(tracking_uri=target)
    read = client.get_run(made)
    assert (read.info.run_name, read.info.status) == ("mine", "FINISHED")
    assert (read.data.params["learning_rate"], read.data.params["epochs"]) == ("0.001", "3")
    assert (read.data.metrics["test_accuracy_last"], read.data.tags["mlflow.note.content"]) == (0.5, "a note")
    points = store.metrics.since(run.id)
    history = [(one.step, one.timestamp, one.value) for one in client.get_metric_history(made, "loss")]
    assert history == [
        (point.step, round(1000 * (run.started + point.wall_s)), point.values["loss"]) for point in points
    ]
    assert {file.path for file in client.list_artifacts(made)} == {
        *("report.html", "settings.json", "environment.json", "model.keras")
    }
    stranger, _ = export_to_mlflow(store, bundled.finished(store, dataset="own_gone"), "bob", target)
    assert "model.keras" not in {file.path for file in client.list_artifacts(stranger)}


def test_a_folder_becomes_a_database_of_mlflow(tmp_path: Path) -> None:
    assert mlflow_run._uri(str(tmp_path / "new")) == f"sqlite:///{tmp_path}/new/mlflow.db"
    assert mlflow_run._uri("https://me:secret@host/x") == "https://me:secret@host/x"
    assert mlflow_run._without_password("no: me:secret@host", "https://me:secret@host/x") == "no: host"


@pytest.mark.parametrize(("module", "write"), [("tensorboard", event_files), ("mlflow", mlflow_run)])
def test_a_missing_package_is_named(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, write: types.ModuleType
) -> None:
    monkeypatch.setattr(write, "find_spec", lambda name: None)
    ask = {"tensorboard": write_event_files, "mlflow": export_to_mlflow}[module]
    with pytest.raises(RunError, match=rf"needs {module}.*: pip install -r requirements-export\.txt"):
        ask(store, run, LOCAL, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_table_of_numbers_is_complete(store: Store, run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(curves_csv(store, run))))
    assert [float(row["val_loss"]) for row in rows] == [0.3] * 9
    assert [float(row["loss"]) for row in rows] == [point.values["loss"] for point in store.metrics.since(run.id)]


def test_a_bundle_goes_out_and_in_by_commands(
    store: Store, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for name, value in store.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", lambda settings: None)
    monkeypatch.setattr("core.bundle.networks.ask_apart", lambda module, *paths: b"")  # takes longer than the rest
    path = tmp_path / "run.zip"
    assert main(["export", run.id, "--format", "bundle", "--out", str(path)]) == 0
    assert main(["import", str(path)]) == 0
    assert f"{run.id}  here already, not imported again: mine" in capsys.readouterr().out
    path.write_bytes(b"no ZIP")
    assert main(["import", str(path)]) == 1
    assert "glassbox: run.zip: this is not a ZIP file." in capsys.readouterr().err
    assert main(["export", run.id, "--format", "bundle"]) == 2
    assert "expected --out with PATH.zip" in capsys.readouterr().err
