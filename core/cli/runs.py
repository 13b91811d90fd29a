"""Commands for runs: train, resume, run-again, stop, rename, delete, runs, show, presets."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from core import datasets as data
from core.cli.command import Commands
from core.cli.follow import follow, let_foreman_look, open_home, wait
from core.cli.report import report, report_with_groups, result, show
from core.config import Config, Preset
from core.errors import ConfigError
from core.families import FAMILIES, Family, find_family, find_preset
from core.jobs import resume_training, submit_training
from core.jobs.repeat import run_again
from core.pretrained.weights import lacking
from core.runs.comparison.again import compare_again
from core.runs.comparison.columns import FORMATS, columns_of, written
from core.runs.comparison.table import in_order, matching, run_table
from core.runs.notebook.guessable import guessable
from core.settings import Settings
from core.store import open_store
from core.store.records import LOCAL, NewGuess


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    start = command("train", train, "Train a network and wait for its result.")
    start.add_argument("family", help="one of " + ", ".join(FAMILIES))
    start.add_argument("--preset", help="settings to start from; see presets (default: the one that suits the data)")
    default = f"the preset's, else {data.DEFAULT_DATASET}"
    start.add_argument("--dataset", help=f"see datasets (default: {default})")
    start.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    start.add_argument("--name", default="", help="name of the run")
    start.add_argument("--guess", metavar="VALUE", help="the main result that you expect, such as 0.95 or 95%%")
    start.add_argument("--beats", metavar="RUN", help="a run on the same data that you expect it to beat")
    start.add_argument("--detach", action="store_true", help="do not wait")
    listed = command("runs", list_runs, "List the runs, newest first, or write their table with settings and results.")
    listed.add_argument("--limit", type=int, default=20)
    listed.add_argument("--format", choices=list(FORMATS), help="write the table as CSV, JSON or Markdown")
    listed.add_argument("--find", default="", metavar="SEARCH", help='in the table, such as "tag=baseline epochs>2"')
    listed.add_argument("--sort", metavar="NAME", help="column of the table whose largest values come first")
    for name, run, words in (
        ("show", show_run, "Show one run."),
        ("stop", stop, "Stop a run and wait until it has ended."),
        ("resume", resume, "Resume a paused, stopped or lost run."),
        ("run-again", again, "Run the same settings, data and seed again, and compare all numbers."),
        ("rename", rename, "Rename a run."),
        ("delete", delete, "Delete a run that has ended, with all its files."),
    ):
        sub = command(name, run, words)
        if name == "stop":
            either = sub.add_mutually_exclusive_group(required=True)
            either.add_argument("id", metavar="RUN", nargs="?")
            either.add_argument("--group", metavar="GROUP", help="all runs of a sweep; does not wait")
            either.add_argument("--waiting", action="store_true", help="all waiting runs of the command line")
        else:
            sub.add_argument("id", metavar="RUN")
        if name == "rename":
            sub.add_argument("name", metavar="NAME")
        if name in ("resume", "run-again"):
            sub.add_argument("--detach", action="store_true", help="do not wait")
    command("presets", list_presets, "List the presets.")


def train(settings: Settings, options: argparse.Namespace) -> int:
    """Train, and wait unless --detach is given."""
    family = find_family(options.family)
    preset = chosen_preset(settings, family, options)
    config = preset.config.changed(options.set)
    store = open_store(settings)
    dataset = options.dataset or preset.dataset or data.DEFAULT_DATASET
    if missing := _missing_weights(settings, family, config, dataset):
        print(f"glassbox: {missing}", file=sys.stderr)
    guesses = _guesses(settings, family, dataset, options)
    run = submit_training(store, family, config, dataset, LOCAL, preset=preset, name=options.name, guesses=guesses)
    if options.detach:
        show(options, {"run": run.id, "status": run.status}, f"{run.id}  queued")
        return 0
    return follow(store, run, options)


def _guesses(settings: Settings, family: Family, dataset_id: str, options: argparse.Namespace) -> list[NewGuess]:
    kind = guessable(family, data.find_dataset(settings, dataset_id).spec)[0]
    values = [] if options.guess is None else [NewGuess(kind.key, value=kind.parse(options.guess))]
    return values + ([NewGuess(kind.key, rival=options.beats)] if options.beats else [])


def _missing_weights(settings: Settings, family: Family, config: Config, dataset_id: str) -> str:
    """Return which pretrained weights of a run are not here, and what to do; empty if all are."""
    spec = data.find_dataset(settings, dataset_id).spec
    config.validate(spec)
    return lacking(settings, [layer for network in family.networks(config, spec) for layer in network.specs])


def chosen_preset(settings: Settings, family: Family, options: argparse.Namespace) -> Preset[Any]:
    """Return the preset that is asked for, or the one that suits the data."""
    if options.preset or not options.dataset:
        return find_preset(family, options.preset or family.default_preset)
    return family.preset_for(data.find_dataset(settings, options.dataset).spec, options.dataset)


def resume(settings: Settings, options: argparse.Namespace) -> int:
    """Resume a run."""
    store = open_home(settings)
    let_foreman_look(store, options.id)
    run = resume_training(store, options.id, LOCAL)
    if options.detach:
        show(options, {"run": run.id, "status": run.status}, f"{run.id}  queued")
        return 0
    return follow(store, run, options)


def again(settings: Settings, options: argparse.Namespace) -> int:
    """Run a run again, and say whether all its numbers came out the same."""
    store = open_home(settings)
    first = store.runs.get(options.id)
    run = run_again(store, first, LOCAL)
    if options.detach:
        show(options, {"run": run.id, "status": run.status}, f"{run.id}  queued")
        return 0
    run = wait(store, run, shows=not options.json and sys.stderr.isatty())
    found = compare_again(store, first, run)
    numbers = [{"name": one.name, "first": one.first, "second": one.second, "found": one.said} for one in found.numbers]
    values = {**report_with_groups(store, run), "match": found.is_match, "sentence": found.sentence, "numbers": numbers}
    lines = [f"{one.name:<24} {one.said}" for one in found.numbers]
    show(options, values, "\n".join([f"{run.id}  {run.status}", *lines, found.sentence]))
    return 0 if found.is_match else 1


def stop(settings: Settings, options: argparse.Namespace) -> int:
    """Stop a run, a group, or all waiting ones."""
    store = open_home(settings)
    if options.group:
        stopped = store.runs.stop_group(options.group, LOCAL)
        show(options, {"stopped": stopped}, f"{stopped:,} stopped")
        return 0
    if options.waiting:
        stopped = store.runs.stop_waiting(LOCAL)
        show(options, {"stopped": stopped}, f"{stopped:,} stopped")
        return 0
    run = store.runs.stop(options.id, LOCAL)
    run = wait(store, run, shows=False)
    show(options, report(run), f"{run.id}  {run.status}")
    return 0


def rename(settings: Settings, options: argparse.Namespace) -> int:
    """Rename a run."""
    store = open_home(settings)
    store.runs.rename(options.id, options.name, LOCAL)
    name = store.runs.get(options.id).name
    show(options, {"run": options.id, "name": name}, f"{options.id}  {name}")
    return 0


def delete(settings: Settings, options: argparse.Namespace) -> int:
    """Delete a run."""
    open_home(settings).runs.delete(options.id, LOCAL)
    show(options, {"run": options.id, "deleted": True}, f"{options.id}  deleted")
    return 0


def list_runs(settings: Settings, options: argparse.Namespace) -> int:
    """Print the newest runs, or their table."""
    if options.format or options.find or options.sort:
        return _write_table(settings, options)
    store = open_home(settings)
    found = store.runs.list(limit=options.limit)
    lines = [f"{run.id}  {run.status:<10} {result(run):>7}  {run.name}" for run in found]
    values = [report_with_groups(store, run) for run in found]
    show(options, values, "\n".join(lines) or "No runs yet: python -m core train cnn")
    return 0


def _write_table(settings: Settings, options: argparse.Namespace) -> int:
    table = run_table(open_home(settings), LOCAL)
    columns = columns_of(table)
    if options.sort and options.sort not in columns:
        raise ConfigError(f"no run has a column {options.sort!r}", expected=f"one of {', '.join(columns)}")
    found = in_order(matching(table, options.find), options.sort or "created", ascending=False)[: options.limit]
    print(written(found, columns, options.format or ("json" if options.json else "md")), end="")
    return 0


def show_run(settings: Settings, options: argparse.Namespace) -> int:
    """Print everything stored about a run."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    shown = {
        **report_with_groups(store, run, asks=True),
        "name": run.name,
        "dataset": run.dataset,
        "config": run.config,
        "error": run.error,
    }
    show(options, shown, "\n".join(f"{key:<20} {value}" for key, value in shown.items()))
    return 0


def list_presets(settings: Settings, options: argparse.Namespace) -> int:
    """Print the presets."""
    rows = [
        {"family": family.id, "preset": preset.id, "title": preset.title, "sentence": preset.sentence}
        for family in FAMILIES.values()
        for preset in family.presets.values()
    ]
    show(options, rows, "\n".join(f"{r['family']:<6} {r['preset']:<15} {r['sentence']}" for r in rows))
    return 0
