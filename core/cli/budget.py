"""The command to compare presets of any families on the same budget: budget."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core import datasets as data
from core.cli.command import Commands
from core.cli.report import show
from core.cli.sweep import wait_for_group
from core.errors import ConfigError
from core.jobs.sweep.budget import Budget, Contender, Option, options_for, plan_budget, submit_budget, usual_options
from core.runs.estimate import read_speed
from core.runs.standing import Standing, standings_of
from core.settings import Settings
from core.store import Status, open_store
from core.store.records import LOCAL

SHARED = "GLASSBOX_SLOTS lets {} runs train at the same time, so that they take each other's time"


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("budget", budget, "Train presets of any families on the same data and budget, and compare them.")
    sub.add_argument("--dataset", default=data.DEFAULT_DATASET, help=f"see datasets (default: {data.DEFAULT_DATASET})")
    amount = sub.add_mutually_exclusive_group(required=True)
    amount.add_argument("--seconds", type=int, default=0, metavar="N", help="of training, for each")
    amount.add_argument("--parameters", type=int, default=0, metavar="N", help="each is made so wide or narrow")
    sub.add_argument(
        "--presets", nargs="+", metavar="FAMILY:PRESET", help="2 to 12, see presets (default: all that fit the data)"
    )
    sub.add_argument("--seed", type=int, default=0, help="of all runs (default: 0)")
    sub.add_argument("--detach", action="store_true", help="do not wait")


def budget(settings: Settings, options: argparse.Namespace) -> int:
    """Say what will be trained, queue it, wait unless --detach is given, and print the results."""
    store, dataset = open_store(settings), data.find_dataset(settings, options.dataset)
    chosen = _chosen(options_for(dataset.spec, dataset.id), options.presets or usual_options(dataset.spec, dataset.id))
    amount = Budget(options.seconds, options.parameters)
    contenders = plan_budget(chosen, dataset.spec, amount, read_speed(store), options.seed)
    _say_plan(contenders, settings, is_timed=bool(amount.seconds))
    group_id = submit_budget(store, contenders, dataset.id, LOCAL)
    if options.detach:
        count = sum(one.is_in for one in contenders)
        show(options, {"group": group_id, "runs": count}, f"{group_id}  {count} runs queued")
        return 0
    group = wait_for_group(store, group_id, shows=not options.json and sys.stderr.isatty())
    found = standings_of(store, group)
    show(options, {"group": group_id, "runs": [_values(one) for one in found]}, "\n".join(_lines(found)))
    return 0 if all(run.status is Status.SUCCEEDED for run in group.runs) else 1


def _chosen(options: dict[str, Option], names: Sequence[str]) -> list[Option]:
    for name in names:
        if name not in options:
            raise ConfigError(f"{name} does not fit this data", expected=f"some of {', '.join(options) or 'none'}")
    return [options[name] for name in dict.fromkeys(names)]


def _say_plan(contenders: Sequence[Contender], settings: Settings, *, is_timed: bool) -> None:
    """Print each network, its size and its time, on the standard error."""
    for one in contenders:
        print(f"{one.title}: {one.parameters:,} parameters, about {one.seconds:.0f} s. {one.note}", file=sys.stderr)
    if is_timed and settings.slots > 1:
        print(f"glassbox: {SHARED.format(settings.slots)}", file=sys.stderr)


def _values(one: Standing) -> dict[str, object]:
    run = one.run
    return {
        "run": run.id,
        "family": run.family,
        "preset": run.preset,
        "status": str(run.status),
        "result": one.value,
        "interval": None if one.low is None else [one.low, one.high],
        "parameters": run.summary.get("parameters"),
        "fit_s": run.summary.get("fit_s"),
        "epochs_done": run.summary.get("epochs_done"),
    }


def _lines(found: Sequence[Standing]) -> list[str]:
    rows = [("Network", "Result", "95 % interval", "Parameters", "Seconds", "", "Run"), *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(one: Standing) -> tuple[str, ...]:
    summary = one.run.summary
    interval = "-" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"
    size, seconds = summary.get("parameters"), summary.get("fit_s")
    return (
        one.name,
        one.said or "-",
        interval,
        "-" if size is None else f"{size:,}",
        "-" if seconds is None else f"{seconds:.1f}",
        str(one.run.status),
        one.run.id,
    )
