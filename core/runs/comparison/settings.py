"""The settings of several runs, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core.config import Config, Corrections
from core.config.fields import Choice, Field, Several
from core.datasets import find_dataset
from core.datasets.access import NOT_HERE
from core.errors import DatasetError, GlassboxError
from core.families import config_of, find_family
from core.names import in_words
from core.settings import Settings
from core.steering.dials import DROPOUT
from core.steering.record import CONTINUED, STATE, WEIGHTS, Change
from core.store import Run

SEED = "seed"
FEW = 3  # settings that a sentence names
LONGEST = 60  # characters of values in a sentence


@dataclass(frozen=True)
class Setting:
    """A setting of several runs.

    Args:
        name: Name of the config's field; `family`, `dataset`, `dataset_version` and `start` for the rest.
        label: Its name on the page.
        said: Its value in each run, in words; None where a run has no such setting or it has no effect.
    """

    name: str
    label: str
    said: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        """Whether its values differ."""
        return len(set(self.said)) > 1

    @property
    def changes(self) -> str:
        """Its different values in the order of the runs, such as `32 → 256`."""
        return " → ".join(value or "none" for value, _ in groupby(self.said))


def settings_of_runs(settings: Settings, runs: Sequence[Run]) -> list[Setting]:
    """Return all settings of training runs, data and family first, those of the config in its order.

    Args:
        settings: Settings of this installation.
        runs: The runs.
    """
    configs = [_config(run) for run in runs]
    unused = [_unused(settings, run, config) for run, config in zip(runs, configs, strict=True)]
    titles = {run.family: find_family(str(run.family)).title for run in runs}
    rows = [
        Setting("family", "Kind of network", tuple(titles[run.family] for run in runs)),
        Setting("dataset", "Data", tuple(_title(settings, run.dataset) for run in runs)),
        Setting("start", "Start", tuple(_start(run) for run in runs)),
    ]
    if not rows[1].differs:
        versions = tuple((run.dataset_version or "")[:8] or None for run in runs)
        rows.append(Setting("dataset_version", "Version of the data", versions))
    names = dict.fromkeys(name for config in configs if config is not None for name in config.fields())
    rows += [_setting(name, runs, configs, unused) for name in names]
    if any(one.name == DROPOUT for changes in _changes(runs) for one in changes):
        said = tuple(_later(changes, DROPOUT).removeprefix(", then ") or None for changes in _changes(runs))
        rows.append(Setting(DROPOUT, "Dropout rate, changed", said))
    return rows


def sentence(found: Sequence[Setting], count: int) -> str:
    """Say what differs between runs, in one sentence without a full stop.

    Args:
        found: Their settings.
        count: Number of runs.
    """
    differ = [one for one in found if one.differs]
    names = [one.name for one in differ]
    all_of = "Both runs" if count == 2 else "All runs"
    if not differ:
        return f"{all_of} have the same settings, the same seed too"
    if names == [SEED]:
        return f"{all_of} have the same settings; only the seed differs, {differ[0].changes}"
    if "family" in names:
        kinds = " and ".join(dict.fromkeys(map(str, differ[0].said)))
        return f"These are different kinds of networks, {differ[0].changes if count == 2 else kinds}"
    if len(differ) > FEW:
        return f"{len(differ)} settings differ"
    if len(differ) == 1:
        (only,) = differ
        return f"Only the {in_words(only.label)} {'differ' if _is_plural(only.label) else 'differs'}{_values(only)}"
    return f"{len(differ)} settings differ: " + "; ".join(in_words(one.label) + _values(one) for one in differ)


def changed(found: Sequence[Setting]) -> str:
    """Say what was changed from one run to the next, in a few words.

    Args:
        found: The settings of both.
    """
    differ = [one for one in found if one.differs and one.name not in ("start", "dataset_version")]
    said = [in_words(one.label) + _values(one).replace(",", "", 1) for one in differ[:FEW]]
    more = len(differ) - FEW
    said += [f"{more} more setting{'s' if more > 1 else ''}"] if more > 0 else []
    return "; ".join(said) or "the same settings"


def _is_plural(label: str) -> bool:
    return label.endswith("s") and not label.endswith("ss")


def _values(setting: Setting) -> str:
    """Return the values of a setting that are short enough for a sentence."""
    return f", {setting.changes}" if len(setting.changes) <= LONGEST else ""


def _setting(
    name: str, runs: Sequence[Run], configs: Sequence[Config | None], unused: Sequence[frozenset[str]]
) -> Setting:
    fields = [config.fields().get(name) if config is not None else None for config in configs]
    label = next(field.label for field in fields if field is not None)
    known = [
        None if field is None or name in idle else _said(field, getattr(config, name)) + _later(changes, name) or None
        for field, config, idle, changes in zip(fields, configs, unused, _changes(runs), strict=True)
    ]
    return Setting(name, label, tuple(known))


def _changes(runs: Sequence[Run]) -> list[tuple[Change, ...]]:
    return [run.steered.changes for run in runs]


def _later(changes: Sequence[Change], name: str) -> str:
    """Say what a setting was changed to while the run trained; empty if it was not."""
    return "".join(f", then {one.value:g} from step {one.step:,}" for one in changes if one.name == name)


def _said(field: Field, value: Any) -> str:
    """Return a value without its unit, since its label says what it is."""
    return field.say(value) if isinstance(field, Choice | Corrections | Several) else field.format(value)


def _config(run: Run) -> Config | None:
    try:
        return config_of(run)
    except GlassboxError:  # another version wrote it
        return None


def _unused(settings: Settings, run: Run, config: Config | None) -> frozenset[str]:
    """Return the names of settings without effect; none if the data is gone."""
    if config is None:
        return frozenset()
    try:
        return find_family(str(run.family)).unused(config, find_dataset(settings, run.dataset).spec)
    except DatasetError:
        return frozenset()


def _title(settings: Settings, dataset_id: str) -> str:
    if not dataset_id:
        return NOT_HERE
    try:
        return find_dataset(settings, dataset_id).title
    except DatasetError:
        return f"deleted data ({dataset_id})"


def _start(run: Run) -> str:
    steered = run.steered
    if run.branch_step is None or not (run.parent or steered.start):
        return "random weights"
    said = [f"run {run.parent or 'that is deleted'}, step {run.branch_step:,}{_TAKES[steered.start]}"]
    said += [f"{edit.to_text()}" for edit in steered.edits[:FEW]]
    said += [f"{len(steered.edits) - FEW} more edited weights"] if len(steered.edits) > FEW else []
    said += [f"{', '.join(steered.frozen)} frozen"] if steered.frozen else []
    return "; ".join(said)


_TAKES = {"": "", CONTINUED: ", continued", STATE: ", whole state", WEIGHTS: ", weights only"}
