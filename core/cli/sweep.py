"""The command to try several values: sweep."""

from __future__ import annotations

import argparse
import sys
import time

from core import datasets as data
from core.cli.command import Commands
from core.cli.follow import POLL_S
from core.cli.report import show
from core.cli.runs import chosen_preset
from core.families import FAMILIES, find_family
from core.jobs import ensure_foreman
from core.jobs.sweep import plan_sweep, submit_sweep
from core.jobs.sweep.study import drops_runs
from core.runs.group import PRUNED, Group, read_group
from core.settings import Settings
from core.store import Status, Store, open_store
from core.store.records import LOCAL

UNRANKED = "Nothing was held back for validation, so the runs are in the order they were queued, and none ended early."


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("sweep", sweep, "Train with several values of one or two settings, and compare the results.")
    sub.add_argument("family", help="one of " + ", ".join(FAMILIES))
    sub.add_argument("--preset", help="settings to start from; see presets (default: the one that suits the data)")
    sub.add_argument("--dataset", help=f"see datasets (default: the preset's, else {data.DEFAULT_DATASET})")
    sub.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting of all runs")
    sub.add_argument(
        "--over",
        action="append",
        required=True,
        metavar="NAME=VALUES",
        help="what to try: 1e-4..1e-1, 1e-4..1e-1:log:6, or 32,128; once or twice",
    )
    sub.add_argument("--trials", type=int, metavar="N", help="draw N combinations at random (default: all)")
    sub.add_argument("--no-prune", action="store_true", help="train weak runs to their end too")
    sub.add_argument("--detach", action="store_true", help="do not wait")


def sweep(settings: Settings, options: argparse.Namespace) -> int:
    """Queue a sweep, wait unless --detach is given, and print its results."""
    family = find_family(options.family)
    preset = chosen_preset(settings, family, options)
    config = preset.config.changed(options.set)
    configs = plan_sweep(config, options.over, options.trials, config.seed)
    store = open_store(settings)
    dataset = options.dataset or preset.dataset or data.DEFAULT_DATASET
    drops = not options.no_prune
    group_id = submit_sweep(store, family, configs, dataset, LOCAL, preset=preset, drops=drops)
    if drops and not drops_runs(settings, group_id):
        print("glassbox: nothing is held back for validation, so every run is trained to its end", file=sys.stderr)
    if options.detach:
        show(options, {"group": group_id, "runs": len(configs)}, f"{group_id}  {len(configs)} runs queued")
        return 0
    group = wait_for_group(store, group_id, shows=not options.json and sys.stderr.isatty())
    show(options, _values(group), "\n".join(_lines(group)))
    return 0 if all(run.status is Status.SUCCEEDED or run.summary.get("ended_by") for run in group.runs) else 1


def wait_for_group(store: Store, group_id: str, *, shows: bool) -> Group:
    """Wait until all runs have ended."""
    try:
        while (group := read_group(store, group_id)).done < len(group.runs):
            ensure_foreman(store.settings)
            if shows:
                said = f"{group.done} of {len(group.runs)} runs, {group.share:.0%}"
                print(f"\r\033[K{said}", end="", file=sys.stderr, flush=True)
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        how = f"python -m core stop --group {group_id}"
        print(f"\nglassbox: group {group_id} goes on; stop it with: {how}", file=sys.stderr)
        raise
    if shows:
        print(file=sys.stderr)
    return group


def _values(group: Group) -> dict[str, object]:
    measure = group.measure
    rows = [
        {
            "run": group.runs[place].id,
            "status": str(group.runs[place].status),
            "settings": {name: group.values(name)[place] for name in group.names},
            "result": measure.values[place] if measure else None,
            "ended_by": group.runs[place].summary.get("ended_by", ""),
            "fit_s": group.runs[place].summary.get("fit_s"),
        }
        for place in group.ranking
    ]
    key = measure.key if measure else None
    return {"group": group.id, "result": key, "is_ranked": group.is_ranked, "runs": rows}


def _lines(group: Group) -> list[str]:
    titles = [*(group.configs[0].field(name).label for name in group.names)]
    measure = group.measure
    head = (*titles, measure.label if measure else "Result", "Seconds", "", "Run")
    rows = [head, *(_row(group, place) for place in group.ranking)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return lines if group.is_ranked else [*lines, UNRANKED]


def _row(group: Group, place: int) -> tuple[str, ...]:
    run, config, measure = group.runs[place], group.configs[place], group.measure
    settings = [config.field(name).format(getattr(config, name)) for name in group.names]
    seconds = run.summary.get("fit_s")
    how = "ended early" if run.summary.get("ended_by") == PRUNED else str(run.status)
    result = measure.said[place] if measure else ""
    return (*settings, result or "-", "-" if seconds is None else f"{seconds:.1f}", how, run.id)
