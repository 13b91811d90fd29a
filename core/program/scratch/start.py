"""A run as a NumPy program, with the file of where it began, in which order it saw its examples, and where it ended."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from core.config import Config
from core.datasets import DataSpec, find_dataset
from core.errors import ArtifactError, ConfigError, RunError
from core.export.export import check_export
from core.families import config_of, find_family
from core.families.supervised.config import SupervisedConfig
from core.program.writer import Part, to_script
from core.schedule.optimizers import is_constant
from core.schedule.rates import learning_rates
from core.schedule.shuffle import shuffled_rows
from core.store import Run, Store

START = "start.npz"
WEIGHTS = "weights/"  # what the names of their arrays in a snapshot begin with
MOST_ROWS = 20_000_000  # in the list of the order, which then takes up to 80 MB


Arrays = Mapping[str, np.ndarray]


def numpy_program(store: Store, run: Run, start: str = START) -> str:
    """Return a run as a NumPy program.

    Args:
        store: Store of the run.
        run: A run that has ended.
        start: Name of the file that the program loads.

    Raises:
        ConfigError: The program cannot do what the run did.
        RunError: The run saved no network.
    """
    parts = _program(store, run, start)
    return to_script(parts, f"{run.name} (run {run.id})", needs="NumPy and the file beside it")


def start_file(store: Store, run: Run, actor: str) -> bytes:
    """Return the `.npz` file that the program loads; its weights can reveal what the run learned from.

    Raises:
        NotAllowedError, RunError: As `check_export`.
        ConfigError: The run saw too many examples.
    """
    check_export(store, run, actor)
    steps = _steps(store, run)
    first, last = (store.files(run.id).load_snapshot(step, WEIGHTS) for step in (0, steps))
    spec, file = find_dataset(store.settings, run.dataset).spec, io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **start_arrays(config_of(run), spec, steps, first, last))
    return file.getvalue()


def zipped(store: Store, run: Run, actor: str, name: str) -> bytes:
    """Return both files as a ZIP file, the program as `<name>.py`.

    Raises:
        NotAllowedError, RunError, ConfigError: As `numpy_program` and `start_file`.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.py", numpy_program(store, run))
        archive.writestr(START, start_file(store, run, actor))
    return file.getvalue()


def _steps(store: Store, run: Run) -> int:
    """Return the updates up to the last saved network."""
    saved = store.metrics.snapshots(run.id)
    if not saved:
        raise RunError(f"run {run.id} has saved no network, so there are no first weights to begin with")
    return saved[-1].step


def _program(store: Store, run: Run, start: str) -> list[Part]:
    if run.branch_step is not None or run.steering:
        raise ConfigError(
            "NumPy from scratch repeats a training from random weights with the same settings throughout, and this run "
            "goes on from another or was changed by hand; its Keras program says how"
        )
    family, dataset = find_family(str(run.family)), find_dataset(store.settings, run.dataset)
    if family.scratch is None:
        raise ConfigError(f"NumPy from scratch is for dense layers, and this is no such network: {family.title}")
    try:
        policy = str(store.files(run.id).read_json("environment").get("dtype_policy", ""))
    except ArtifactError:  # the run was imported
        policy = ""
    config = config_of(run)
    networks, augmentation = family.networks(config, dataset.spec), family.augmentation(config)
    return family.scratch(config, dataset, networks, augmentation, policy, start=start, steps=_steps(store, run))


def start_arrays(config: Config, spec: DataSpec, steps: int, first: Arrays, last: Arrays) -> dict[str, np.ndarray]:
    """Return what a NumPy program loads: weights, the order of the rows, and the rates unless all are the same.

    Args:
        config: Settings of the run.
        spec: Spec of its data.
        steps: Updates that the program makes.
        first, last: The network's weights before and after them, as a snapshot names them.

    Raises:
        ConfigError: The list of the rows would be too long.
    """
    plan = config.plan(spec)
    epochs = -(-steps // plan.steps_per_epoch)
    if epochs * plan.examples > MOST_ROWS:
        raise ConfigError(
            "NumPy from scratch lists every example of every epoch, and this run saw too many",
            expected=f"at most {MOST_ROWS:,}",
            received=f"{epochs * plan.examples:,}",
        )
    rows = [shuffled_rows(plan.examples, config.seed, epoch) for epoch in range(epochs)]
    arrays = {"order": np.array(rows, np.uint32).reshape(epochs, plan.examples)}
    for prefix, saved in (("", first), ("last_", last)):
        names = (f"{prefix}{name}_{k}" for k in range(len(saved) // 2) for name in ("kernel", "bias"))
        arrays |= dict(zip(names, (saved[name] for name in sorted(saved)), strict=True))
    if isinstance(config, SupervisedConfig) and not is_constant(config):
        arrays["rates"] = learning_rates(config.schedule, config.learning_rate, plan.total_steps, config.warmup)[:steps]
    return arrays
