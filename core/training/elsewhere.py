"""The `load` task: load a network from elsewhere, rebuild it of our layers, test it, and make a run of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.arrays import DAMAGE
from core.bundle.read import ABOUT, LOCK, place_for
from core.datasets import Prepared, open_whole
from core.datasets.access import check_may_see
from core.elsewhere.file import open_file, write_plain
from core.elsewhere.fit import SCALES, Fitted, fit
from core.elsewhere.graph import read_graph
from core.errors import ConfigError, NetworkError
from core.families.elsewhere import FAMILY, ElsewhereConfig, Layer
from core.jobs.work import Outcome, Work
from core.layers import LayerSpec, NetworkSpec, total_parameters, trace
from core.locks import locked
from core.models.network import build_network
from core.probe.methods import find_method
from core.schedule.split import evenly_spread, first_of_each
from core.store import Run, Status
from core.store.artifacts import RunFiles
from core.store.metrics import Snapshot
from core.store.records import IMPORTED, new_id
from core.store.recovery.keeping import RECORD
from core.training.measure import TestResult, measure
from core.training.objectives import Objective, objective_of
from core.training.snapshots import LOOKED_AT, weights_of
from core.training.supervised import GALLERY

STEP = 1  # of its one snapshot: 0 would be untrained, and how many updates there were is not known
CHECKED = 8  # examples that the original answers too
AT_ONCE = 1_000  # examples measured between two reports


@dataclass(frozen=True, eq=False)
class _Built:
    """A network, and the layers that it was built of."""

    network: keras.Model
    specs: tuple[LayerSpec, ...]


def load_network(work: Work) -> Outcome:
    """Load the network of a task's file, and keep it as a run.

    Raises:
        NetworkError: It cannot be loaded, or does not fit the data.
        DatasetError, NotAllowedError: The data is gone, or may no longer be seen.
    """
    asked, task = work.run.config, work.run
    upload = work.settings.home / "uploads" / asked["upload"] / "file"
    check_may_see(work.settings, task.dataset, task.owner)
    data = open_whole(work.settings, task.dataset)
    work.tell("loading the network", 0.05)
    try:
        file = open_file(upload, asked["file"])
        fitted = fit(read_graph(file.described), data.spec, asked["scale"])
        write_plain(file, plain := upload.with_name("plain.keras"))  # goes with the upload, even if this is killed
        built = _rebuild(_load(plain), fitted, data)
    finally:
        shutil.rmtree(upload.parent, ignore_errors=True)
    config = _config(asked, built, data)
    objective = objective_of(data.spec.target)
    result = _test(work, built.network, objective, data)
    run = _keep(work, built, config, data, result, objective)
    return Outcome(Status.SUCCEEDED, {"run": run.id})


def _config(asked: Mapping[str, Any], built: _Built, data: Prepared) -> ElsewhereConfig:
    """Return the network as settings, as whatever opens the run will read them."""
    layers, scale = tuple(map(Layer, built.specs)), SCALES[asked["scale"]].partition(":")[0]
    config = ElsewhereConfig(file=asked["file"], scale=scale, layers=layers)
    try:
        ElsewhereConfig.from_dict(config.to_dict()).validate(data.spec)
    except ConfigError as error:
        raise NetworkError("this network cannot be kept here", received=str(error)[:200]) from error
    return config


def _load(path: Path) -> keras.Model:
    """Load a file of stock layers in safe mode."""
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (*DAMAGE, tf.errors.OpError) as error:
        said = str(error).strip().partition("\n")[0][:200]
        raise NetworkError("Keras could not load this network", received=said) from error


def _rebuild(original: keras.Model, fitted: Fitted, data: Prepared) -> _Built:
    """Build the network of our layers, with the weights of the original, and check that it answers alike."""
    try:
        sources = {name: _source(original, path) for name, path in fitted.paths.items()}
        specs = tuple(_with_numbers(spec, sources.get(spec.name)) for spec in fitted.specs)
        network = build_network(specs, NetworkSpec("network", specs, data.spec.input_shape, data.spec.dtype))
        for layer in network.layers:
            source = sources.get(layer.name)
            if source is not None and layer.weights:
                layer.set_weights(_doubled(source.get_weights(), layer.name == fitted.doubled))
        x = np.array(data.x_test[:CHECKED])
        front = keras.Model(network.input, network.get_layer(fitted.front).output)(x)
        expected = fitted.read(np.asarray(original(front, training=False), np.float64))
        found = np.asarray(network(x, training=False))
    except (*DAMAGE, tf.errors.OpError) as error:
        said = str(error).strip().partition("\n")[0][:200]
        raise NetworkError("the layers of this network could not be rebuilt here", received=said) from error
    if not np.allclose(found, expected, rtol=1e-3, atol=1e-4, equal_nan=True):
        apart = f"answers that differ by {np.nanmax(np.abs(found - expected)):.3g}"
        raise NetworkError("the network rebuilt here does not answer as the file does", received=apart)
    return _Built(network, specs)


def _source(model: keras.Model, path: tuple[str, ...]) -> keras.Layer | None:
    """Return a layer of the original; None of an operation, which has no weights."""
    layer = model
    for name in path:
        layer = layer.get_layer(name)
    return layer if isinstance(layer, keras.Layer) else None


def _with_numbers(spec: LayerSpec, source: keras.Layer | None) -> LayerSpec:
    """Return a layer whose constants are among its weights with these constants."""
    if spec.keras_class != "Normalization" or source is None:
        return spec
    numbers = {"mean": source.mean, "variance": source.variance}
    flat = {name: np.asarray(value, np.float64).ravel() for name, value in numbers.items()}
    told = {name: float(value[0]) if value.size == 1 else value.tolist() for name, value in flat.items()}
    return replace(spec, kwargs={**spec.kwargs, **told})


def _doubled(weights: list[np.ndarray], is_doubled: bool) -> list[np.ndarray]:
    """Return weights, with a unit before the only one that is always 0."""
    return [np.concatenate([np.zeros_like(one), one], -1) for one in weights] if is_doubled else weights


def _test(work: Work, network: keras.Model, objective: Objective, data: Prepared) -> TestResult:
    """Test the network on all test examples; which examples it has learned from is not known."""
    y, parts = np.asarray(data.y_test), []
    for start in range(0, len(y), AT_ONCE):
        work.tell("testing it", 0.1 + 0.85 * start / len(y))
        one = slice(start, start + AT_ONCE)
        parts.append(measure(network, objective, np.asarray(data.x_test[one]), y[one]).outputs)
    outputs = np.concatenate(parts)
    return TestResult(objective.numbers(y, outputs), outputs)


def _keep(
    work: Work,
    built: _Built,
    config: ElsewhereConfig,
    data: Prepared,
    result: TestResult,
    objective: Objective,
) -> Run:
    """Write the run's folder, all of it or nothing, and let the database read it."""
    work.tell("keeping it", 0.98)
    run = _run(work, built, config, data, result)
    check_may_see(work.settings, run.dataset, run.owner)
    with place_for(work.settings, run.owner) as folder:
        files = RunFiles(folder)
        built.network.save(files.model)
        files.save_snapshot(STEP, {**_views(built.network, data, objective), **weights_of(built.network)})
        rows = {"ids": np.arange(len(data.y_test)), "y_true": np.asarray(data.y_test)}
        files.save_predictions({**rows, f"{objective.stored_as}_last": result.outputs})
        files.write_json("config", config.to_dict())
        files.write_numbers({"metrics": [], "snapshots": [vars(Snapshot(STEP, 0, 0.0))], "checkpoints": []})
        files.write_json(ABOUT, {"file": config.file, "imported": time.time()})
        files.write_json(RECORD, vars(run))
        with locked(work.settings.home / LOCK):
            work.store.adopt(run, folder)
    return run


def _views(network: keras.Model, data: Prepared, objective: Objective) -> dict[str, np.ndarray]:
    """Return what the views show: what it makes of the first training example, and of a few test images."""
    looked_at = np.array(data.x_train[evenly_spread(np.arange(len(data.x_train)), LOOKED_AT[0])])
    seen: dict[str, np.ndarray] = find_method(FAMILY.inspection.method).load()(network).look(looked_at)
    if not data.spec.classes:
        return {**seen, "number": seen.pop("probabilities")}
    if not data.spec.is_image:
        return seen
    y = np.asarray(data.y_test)
    rows = first_of_each(y, GALLERY)
    images, labels = np.array(data.x_test[rows]), y[rows].astype(np.int32)
    answers = measure(network, objective, images, labels).outputs
    return seen | {"gallery/images": images, "gallery/labels": labels, "gallery/probabilities": answers}


def _run(work: Work, built: _Built, config: ElsewhereConfig, data: Prepared, result: TestResult) -> Run:
    task = work.run
    summary = {
        "parameters": total_parameters(trace(built.specs, data.spec.input_shape)),
        **{f"test_{name}_last": float(f"{value:.6g}") for name, value in result.numbers.items()},
        "test_size": len(data.y_test),
    }
    return replace(
        task,
        id=new_id(),
        kind="train",
        family=FAMILY.id,
        preset=FAMILY.default_preset,
        dataset_version=data.version,
        config=config.to_dict(),
        status=Status.SUCCEEDED,
        after=None,
        host=None,
        slot=None,
        pid=None,
        lease=None,
        finished=time.time(),
        heartbeat=1,
        progress={"step": STEP, "total_steps": STEP, "epoch": 0, "epochs": 0},
        summary=summary,
        subject=None,
        origin=IMPORTED,
    )
