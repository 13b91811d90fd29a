"""A run in MLflow, at any tracking URI: settings, curves, tags, and the files that somebody may have."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.datasets import find_dataset
from core.errors import DatasetError, RunError
from core.export.export import may_export
from core.export.formats import INSTALL
from core.export.report import run_report
from core.families import config_of
from core.store import Run, Status, Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

EXPERIMENT = "Glassbox"
RUN_TAG = "glassbox.run"  # id and generation of the run: it is exported once
AT_ONCE = 1_000  # metrics in one request, MLflow's limit
LONGEST_PARAM, MOST_PARAMS = 6_000, 100  # MLflow's limits, of a value and of one request
# Set unless the user has: nothing is told to MLflow's makers, and a server that is away is given up after seconds.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
_ENDED = {Status.SUCCEEDED: "FINISHED", Status.STOPPED: "KILLED"}


def missing() -> str:
    """Return what to install first, in one sentence; empty if everything is there."""
    return "" if find_spec("mlflow") else f"MLflow needs mlflow-skinny on this machine: {INSTALL}."


def export_to_mlflow(store: Store, run: Run, actor: str, target: str) -> tuple[str, bool]:
    """Write a run into MLflow, all of it or nothing.

    Args:
        store: Store of the run.
        run: A training run that has ended.
        actor: Who exports it; files that they may not have are left out.
        target: A tracking URI, or a folder, which gets a database and a folder of files.

    Returns:
        MLflow's id of the run, and whether it is new: a run that is there already is not written again.

    Raises:
        RunError: It has not ended or trains nothing, a package is missing here, or MLflow refuses it.
    """
    if run.family is None or not run.status.is_final:
        raise RunError(f"run {run.id} has not ended, or trains nothing", fix="Wait for its end; then export it.")
    if said := missing():
        raise RunError(said.rstrip("."))
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    import requests
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        client = MlflowClient(tracking_uri=_uri(target))
        return _export(store, run, actor, client, _experiment(client, target))
    except (MlflowException, requests.RequestException, OSError) as error:
        said = _without_password(str(error) or type(error).__name__, target).splitlines()[0][:300]
        where = _without_password(target, target)
        raise RunError(f"MLflow at {where} did not take run {run.id}", received=said) from error


def _uri(target: str) -> str:
    if _is_uri(target):
        return target
    folder = Path(target).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'mlflow.db'}"


def _is_uri(target: str) -> bool:
    return "://" in target or target.startswith(("databricks", "uc:"))


def _without_password(said: str, target: str) -> str:
    """Return a text without the name and the password that a target may hold."""
    known, at, _ = urlsplit(target).netloc.rpartition("@")
    return said.replace(known + at, "") if at else said


def _experiment(client: MlflowClient, target: str) -> str:
    known = client.get_experiment_by_name(EXPERIMENT)
    if known is not None:
        return str(known.experiment_id)
    files = None if _is_uri(target) else (Path(target).absolute() / "files").as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=files))


def _export(store: Store, run: Run, actor: str, client: MlflowClient, experiment: str) -> tuple[str, bool]:
    mark = f"{run.id} {run.generation}"
    if found := client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{mark}'", max_results=1):
        return str(found[0].info.run_id), False
    began = _milliseconds(run.started or run.created)
    tags = {RUN_TAG: mark, **_tags(store, run)}
    made = str(client.create_run(experiment, start_time=began, tags=tags, run_name=run.name).info.run_id)
    try:
        _write(store, run, actor, client, made)
        ended = _milliseconds(run.finished or run.created)
        client.set_terminated(made, _ENDED.get(run.status, "FAILED"), end_time=ended)
    except BaseException:
        client.delete_run(made)
        raise
    return made, True


def _tags(store: Store, run: Run) -> dict[str, str]:
    try:
        data = find_dataset(store.settings, run.dataset).title
    except DatasetError:
        data = ""
    told = {
        "mlflow.note.content": run.note,
        "glassbox.family": run.family,
        "glassbox.preset": run.preset,
        "glassbox.data": data,
        "glassbox.data_version": run.dataset_version,
        "glassbox.status": str(run.status),
        "glassbox.device": run.device,
        "glassbox.tags": run.tags,
        "glassbox.origin": run.origin,
    }
    return {name: value for name, value in told.items() if value}


def _write(store: Store, run: Run, actor: str, client: MlflowClient, made: str) -> None:
    from mlflow.entities import Param

    config = config_of(run)
    params = [
        Param(name, field.format(getattr(config, name))[:LONGEST_PARAM]) for name, field in config.fields().items()
    ]
    for start in range(0, len(params), MOST_PARAMS):
        client.log_batch(made, params=params[start : start + MOST_PARAMS])
    metrics = list(_metrics(store, run))
    for start in range(0, len(metrics), AT_ONCE):
        client.log_batch(made, metrics=metrics[start : start + AT_ONCE])
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "report.html").write_text(run_report(store, run, actor))
        (folder / "settings.json").write_text(json.dumps(run.config, indent=1))
        client.log_artifacts(made, place)
    for name, path in store.files(run.id).portable():
        if name == "environment.json" or (name.endswith(".keras") and may_export(store, run, actor)):
            client.log_artifact(made, str(path))


def _metrics(store: Store, run: Run) -> Iterator[Metric]:
    """Yield the curves, with the time of each point, and the results at the last step."""
    from mlflow.entities import Metric

    began, points = run.started or run.created, store.metrics.since(run.id)
    for point in points:
        for name, value in point.values.items():
            if value is not None:
                yield Metric(name, float(value), _milliseconds(began + point.wall_s), point.step)
    last = points[-1].step if points else 0
    for name, value in run.summary.items():
        if isinstance(value, int | float):
            yield Metric(name, float(value), _milliseconds(run.finished or run.created), last)


def _milliseconds(unix_time: float) -> int:
    return round(1000 * unix_time)
