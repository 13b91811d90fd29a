"""The `export` task: write a run's network in a format, check it in that format's own runtime, and keep it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np

from core.config import Config
from core.datasets import Prepared, find_dataset, open_whole
from core.datasets.corruptions import shifted_images
from core.datasets.spec import DataSpec
from core.errors import DatasetError, RunError
from core.export.check import Record, answers_of, compare, latency_ms, measure_of
from core.export.export import check_format
from core.export.formats import Format, find_format
from core.export.package import COLUMNS, Contents, files_of, write_package, zipped_size
from core.families import Family, config_of, find_family
from core.jobs.work import Outcome, Work
from core.models.network import build_network
from core.pretrained.weights import fetch_weights
from core.program.raw_rows import from_raw_rows, raw_columns
from core.resolve import resolve
from core.runs.predict import answering_step
from core.schedule.split import evenly_spread
from core.store import Run, Status
from core.training.export.prune import prune, share_of_zeros
from core.training.export.runtimes import answer_of
from core.training.export.writers import write_keras
from core.training.measure import at_once
from core.training.snapshots import prefix, set_weights_of

CALIBRATION = 200  # training examples that set the ranges of int8


@dataclass(frozen=True, eq=False)
class _Examples:
    """What a network is checked and calibrated with.

    Args:
        x: Test examples, shifted as in the run's test, or noise of a generator (n, ...).
        y: Their labels or numbers (n,); empty for a generator.
        calibration: Training examples, or other noise (n, ...).
        spec: Shape of the data.
        is_noise: Whether they are noise.
    """

    x: np.ndarray
    y: np.ndarray
    calibration: np.ndarray
    spec: DataSpec
    is_noise: bool


def export_run(work: Work) -> Outcome:
    """Export the network of a task's run, and check it; keep the file if it passes, and the record in any case.

    Raises:
        RunError: The check refused it, or a package is missing here.
        DatasetError: The data has changed since the run.
    """
    run, form = work.store.runs.get(work.run.config["run"]), find_format(work.run.config["format"])
    check_format(form, run)
    work.tell("building the network", 0.1)
    data, family, config = _data(work, run), find_family(str(run.family)), config_of(run)
    step = answering_step(work.store, run)
    network = _network(work, run, family, config, data, step)
    written = prune(work, family, config, data, network, form.sparsity) if form.sparsity else network
    examples = _examples(family, config, data, run)
    with TemporaryDirectory() as folder:
        model, plain = Path(folder) / form.model, Path(folder) / "original.keras"
        work.tell(f"writing {form.title}", 0.3)
        resolve(form.write)(written, model, examples.calibration)
        write_keras(network, plain, examples.calibration)
        from_file = _by_columns(form, written, data.spec, Path(folder))
        found = _check(work, form, network, examples, model)
        record = Record(
            format=form.id,
            step=step,
            is_best=step == run.summary.get("best_step"),
            generation=run.generation,
            examples=len(examples.x),
            original_bytes=plain.stat().st_size,
            size_bytes=sum(part.stat().st_size for part in files_of(model)),
            original_zip_bytes=zipped_size(plain),
            zip_bytes=zipped_size(model),
            zeros=share_of_zeros(written),
            **found,
        )
        _keep(work, run, record, network, examples, model, from_file)
    if record.refused:
        raise RunError(f"{form.title} is not offered for run {run.id}: {record.refused}")
    return Outcome(Status.SUCCEEDED, record.to_dict())


def _data(work: Work, run: Run) -> Prepared:
    data = open_whole(work.settings, run.dataset)
    if run.dataset_version not in (None, data.version):
        raise DatasetError(
            f"the data has changed since run {run.id} learned from it, so its network cannot be checked",
            fix="Train it again.",
        )
    return data


def _network(work: Work, run: Run, family: Family, config: Config, data: Prepared, step: int) -> keras.Model:
    """Return the main network of a run in float32, at a snapshot."""
    described = family.networks(config, data.spec)[0]
    fetch_weights(work.settings, described.specs, work.tell)
    network = build_network(described.specs, described)
    weights = work.store.files(run.id).load_snapshot(step, prefix(described.id))
    set_weights_of(network, weights, described.id)
    return network


def _examples(family: Family, config: Config, data: Prepared, run: Run) -> _Examples:
    if family.makes_examples:
        values, given = config.to_dict(), family.inspection.given
        other = type(config).from_dict({**values, "seed": 0 if values["seed"] else 1})
        return _Examples(given(config, data), np.empty(0), given(other, data), data.spec, is_noise=True)
    rows = evenly_spread(np.arange(len(data.x_train)), CALIBRATION)
    x = shifted_images(data.x_test, run.config.get("test_shift", "none"))
    return _Examples(np.asarray(x), np.asarray(data.y_test), np.asarray(data.x_train[rows]), data.spec, is_noise=False)


def _check(work: Work, form: Format, network: keras.Model, examples: _Examples, model: Path) -> dict[str, Any]:
    """Compare the written model with the network in answers and time; return those fields of a `Record`."""
    original, exported, at = answer_of(network), resolve(form.open)(model), at_once(network)
    work.tell("asking the original", 0.5)
    before, original_ms = answers_of(original, examples.x, at), latency_ms(original, examples.x)
    work.tell(f"asking {form.title}", 0.7)
    after, exported_ms = answers_of(exported, examples.x, at), latency_ms(exported, examples.x)
    measure = measure_of(examples.spec, makes_examples=examples.is_noise)
    is_same = not form.sparsity
    old, new, refused = compare(measure, examples.spec, examples.y, before, after, is_same=is_same)
    numbers = {"original": old, "exported": new, "original_ms": original_ms, "latency_ms": exported_ms}
    return {"measure": measure, **numbers, "refused": refused}


def _by_columns(form: Format, network: keras.Model, spec: DataSpec, folder: Path) -> Path | None:
    """Write the network with an input for each column of a table, beside a Keras file; None if it has none."""
    columns = raw_columns(spec.features)
    if not columns or form.model != "model.keras":
        return None
    from_raw_rows(keras, network, columns).save(folder / COLUMNS)
    return folder / COLUMNS


def _keep(
    work: Work,
    run: Run,
    record: Record,
    network: keras.Model,
    examples: _Examples,
    model: Path,
    from_file: Path | None,
) -> None:
    work.store.runs.get(run.id)  # it may have been deleted meanwhile
    files = work.store.files(run.id)
    if not record.refused:
        contents = Contents(
            run=run,
            dataset=find_dataset(work.settings, run.dataset),
            record=record,
            model=model,
            input_shape=tuple(network.input_shape[1:]),
            dtype=str(network.inputs[0].dtype),
            noise=examples.x if examples.is_noise else None,
            from_file=from_file,
        )
        with files.replacing(files.export(record.format)) as temporary:
            write_package(temporary, contents)
    files.write_json(files.export_record(record.format), record.to_dict())
