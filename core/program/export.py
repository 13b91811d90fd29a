"""The printed program of a run, or of settings that were never run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from core.config import IGNORED, Config, from_query
from core.datasets import DEFAULT_DATASET, find_dataset
from core.errors import ArtifactError, ConfigError
from core.families import FAMILIES, Family, config_of, find_family, find_preset
from core.jobs.submit import default_name
from core.program.writer import Part, to_notebook, to_script
from core.settings import Settings
from core.steering.record import ByHand
from core.steering.story import Story, story_of
from core.store import Store

FORMATS: dict[str, Callable[[Sequence[Part], str], str]] = {"script": to_script, "notebook": to_notebook}


@dataclass(frozen=True)
class Program:
    """A program and its name."""

    name: str
    parts: list[Part]


def program_of_run(store: Store, run_id: str) -> Program:
    """Return the program of a run.

    Raises:
        RunError: There is no such run.
        ConfigError: The run trains nothing, was not trained here, or its settings are from another version.
    """
    run = store.runs.get(run_id)
    if run.family is None:
        raise ConfigError(f"run {run_id} trains nothing, so it has no program")
    family = find_family(run.family)
    if not family.is_trained_here:
        raise ConfigError(f"run {run_id} was not trained here, so how it was is not known")
    try:
        policy = store.files(run.id).read_json("environment")["dtype_policy"]
    except (ArtifactError, KeyError):  # it has not started
        policy = ""
    story = story_of(store, run) or Story(config_of(run), ByHand())
    parts = family.program(story.config, find_dataset(store.settings, run.dataset), policy, story.by_hand)
    start = "" if story_of(store, run) else ", but from random weights"  # it started from another run's networks
    return Program(f"{run.name} (run {run.id}){start}", parts)


def program_of_form(text: str, settings: Settings) -> Program:
    """Return the program of settings that were never run.

    Args:
        text: A shared link, its part after the question mark, or the path of a JSON file with `family`,
            `dataset` and `config`, as printed by `show --json`.
        settings: Settings of this installation, to find the data.

        Raises:
            ConfigError: The text cannot be read, or a setting is unknown or impossible.
            DatasetError: The data set is unknown.
    """
    is_file = text.endswith(".json") or _is_file(text)
    return _of_file(Path(text), settings) if is_file else _of_link(text, settings)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a file name, as links are, or with a zero byte
        return False


def _of_file(path: Path, settings: Settings) -> Program:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as settings", expected=_FILE, received=str(error)) from error
    words = {key: data.get(key) for key in ("family", "preset", "dataset")} if isinstance(data, dict) else {}
    fits = isinstance(data, dict) and isinstance(data.get("config"), dict)
    if not fits or not all(word is None or isinstance(word, str) for word in words.values()):
        raise ConfigError(f"{path} does not hold settings", expected=_FILE)
    family = find_family(words["family"] or next(iter(FAMILIES)))
    preset = find_preset(family, words["preset"] or family.default_preset)
    config = family.config_type.from_dict(data["config"])
    return _program(family, config, preset.id, words["dataset"] or preset.dataset or DEFAULT_DATASET, settings)


_FILE = "a JSON object with config (an object), family, preset and dataset (strings)"


def _of_link(text: str, settings: Settings) -> Program:
    try:
        link = urlsplit(text if "?" in text or "://" in text else f"?{text}")
    except ValueError as error:
        raise ConfigError("this is not a link", received=repr(text)) from error
    fields = dict(parse_qsl(link.query, keep_blank_values=True))
    page = link.path.strip("/").split("/")[-1]
    family = find_family(page or next(iter(FAMILIES)))
    if "run" in fields and "preset" not in fields:
        raise ConfigError("this link names a run, not settings", fix=f"Use: python -m core export {fields['run']}")
    named = fields.pop("dataset", None)
    own = {name: value for name, value in fields.items() if name != "run" and not name.startswith(f"{family.id}_")}
    config, preset, notes = from_query(own, family.presets, family.default_preset)
    if notes:  # a page ignores what it cannot read; an export must match the request exactly
        why = notes[0].removeprefix(IGNORED) if notes[0].startswith(IGNORED) else notes[0].split(";")[0]
        raise ConfigError(f"the link cannot be used: {why.rstrip('.')}")
    dataset = named or family.presets[preset].dataset or DEFAULT_DATASET
    return _program(family, config, preset, dataset, settings)


def _program(family: Family, config: Config, preset_id: str, dataset_id: str, settings: Settings) -> Program:
    dataset = find_dataset(settings, dataset_id)
    dataset.check()
    config.validate(dataset.spec)
    return Program(default_name(config, family.presets[preset_id]), family.program(config, dataset))
