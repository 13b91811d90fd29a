"""Read what a bundle says of its run and its data, and check each value before anything is made of it."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from core.bundle import manifest
from core.bundle.manifest import AGAIN
from core.bundle.unpack import MOST_JSON
from core.datasets.classes.names import safe_names
from core.datasets.dataset import Dataset
from core.datasets.own import carried
from core.errors import BundleError, ConfigError, DatasetError, RunError
from core.families import config_of, find_family
from core.figures.colours import RUNS
from core.steering.dials import settings_at
from core.steering.record import Steering
from core.store import Run, Status
from core.store.records import IMPORTED, new_id
from core.store.recovery.keeping import is_sound
from core.store.runs.changes import LONGEST_NAME, LONGEST_NOTE, checked, checked_tags

LONGEST_TEXT = 2_000  # characters of a text in a summary, and of an error
_DAY_S = 86_400.0
_WORDS = re.compile(r"[\w ,.:()/-]{0,64}")  # of an id, a version or a device: no markup
_ENDS = ("patience", "target_accuracy", "time_budget_s")


def refuse(name: str, why: object = "") -> NoReturn:
    """Refuse a file of a bundle as damaged; `why` says what was found."""
    raise BundleError(f"{name} in the bundle is damaged", received=str(why)[:200], fix=AGAIN)


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON file of one object, without numbers that are none."""
    path = folder / name
    if path.stat().st_size > MOST_JSON:
        refuse(name, "it is too large")
    try:
        said = json.loads(path.read_bytes(), parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        refuse(name, error)
    return said if isinstance(said, dict) else refuse(name, "no object")


def no_number(text: str) -> NoReturn:
    """Refuse what JSON does not know as a number, such as NaN."""
    raise ValueError(f"{text} is no number")


def run_of(said: Mapping[str, Any]) -> tuple[Run, str]:
    """Return the run of a record, and its id where it was trained.

    Raises:
        BundleError: A value is not what it should be, or its kind or its settings are not known here.
    """
    try:
        original = str(said["id"])
        find_family(str(said["family"]))
    except ConfigError as error:
        raise BundleError(f"this run is of a kind that is not known here: {error}".rstrip(".")) from error
    except KeyError as error:
        refuse(manifest.RUN, f"no {error}")
    try:
        if len(original) != len(new_id()) or not (original.isascii() and original.isalnum()):
            raise ValueError("its id is none")
        run = Run(
            **{name: said[name] for name in ("name", "family", "preset", "dataset_version", "split_seed", "config")},
            **{name: said[name] for name in ("device", "branch_step", "progress", "summary", "note", "tags", "colour")},
            **{name: said[name] for name in ("generation", "created", "started", "finished", "error")},
            status=Status(said["status"]),
            derived_from=said["came_from"],
            steering=Steering.from_dict(said.get("steering", {})).to_dict(),
            id=new_id(),
            kind="train",
            dataset="",
            owner="",
            after=None,
            parent=None,
            group=None,
            priority=0,
            host=None,
            slot=None,
            pid=None,
            lease=None,
            heartbeat=1,
            starred=False,
            published=False,
            subject=f"{original} {said['generation']}",
            origin=IMPORTED,
        )
        _check_row(run)
        config = config_of(run)
        for change in run.steered.changes:
            settings_at(config, [change])
    except ConfigError as error:
        raise BundleError(f"the settings of this run are not those of a run here: {error}".rstrip(".")) from error
    except (RunError, KeyError, TypeError, ValueError) as error:
        refuse(manifest.RUN, f"no {error}" if isinstance(error, KeyError) else error)
    return run, original


def _check_row(run: Run) -> None:
    """Check that each column has a value that pages can show.

    Raises:
        RunError, ValueError: One has not.
    """
    if not is_sound(run) or not run.status.is_final:
        raise ValueError("a column has a value of another type, or the run has not ended")
    checked("a run's name", run.name, LONGEST_NAME, 1)
    checked("a note", run.note, LONGEST_NOTE)
    checked_tags(run.tag_names)
    words = (run.preset or "", run.dataset_version or "", run.derived_from or "", run.device or "")
    if len(run.error) > LONGEST_TEXT or not all(map(_WORDS.fullmatch, words)):
        raise ValueError("a text is too long, or has signs that it never has")
    if run.colour not in ("", *RUNS) or not _are_numbers(run.summary, "ended_by"):
        raise ValueError("a colour or a result is none")
    if not _are_numbers(run.progress, "phase", "metrics") or not _tells_step(run.progress):
        raise ValueError("its progress is none")
    if run.summary.get("ended_by") not in (None, "", "pruned", *(name for name in _ENDS if name in run.config)):
        raise ValueError("what ended it is no setting that ends runs")
    latest = time.time() + _DAY_S
    if any(moment is not None and not 0 <= moment <= latest for moment in (run.created, run.started, run.finished)):
        raise ValueError("it was trained in the future")


def _are_numbers(values: Mapping[str, object], *besides: str) -> bool:
    """Return whether all values are numbers or missing, besides some that are texts."""
    return all(
        value is None or is_number(value) or (name in besides and len(str(value)) <= LONGEST_TEXT)
        for name, value in values.items()
    )


def is_number(value: object) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e300


def _tells_step(progress: Mapping[str, object]) -> bool:
    return not progress.get("total_steps") or is_number(progress.get("step"))


def dataset_of(card: Mapping[str, Any], run: Run) -> Dataset | None:
    """Return the data set that a bundle tells of; None of a run that another program trained.

    Raises:
        BundleError: It is damaged, or not the run's.
    """
    if not find_family(str(run.family)).has_networks:
        return None
    try:
        if not (isinstance(card["id"], str) and card["id"]) or card["version"] != run.dataset_version:
            raise DatasetError("it is not the one of the run")
        dataset = carried.as_dataset("", card)
        size = math.prod(dataset.spec.input_shape) * (1 + dataset.spec.num_classes)
        if safe_names(dataset.spec.classes) != dataset.spec.classes:
            raise DatasetError("its classes have no names that can be shown")
        if not 0 < size < 1e10 or min(dataset.spec.train_size, dataset.spec.test_size) < 0:
            raise DatasetError("no network learns from data of this shape")
    except (DatasetError, KeyError, TypeError) as error:
        refuse(manifest.DATA, error)
    return dataset


def check_settings(run: Run, dataset: Dataset | None) -> None:
    """Check that the settings are possible on the data.

    Raises:
        BundleError: They are not.
    """
    if dataset is None:
        return
    config, family = config_of(run), find_family(str(run.family))
    try:
        if not family.takes(dataset.spec):
            raise ConfigError(f"{family.title} cannot learn from this data")
        config.validate(dataset.spec)
        family.networks(config, dataset.spec)
    except ConfigError as error:
        raise BundleError(f"the settings of this run are impossible: {error}".rstrip(".")) from error
