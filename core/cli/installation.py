"""Commands for this installation: doctor, settings, recover, backup, restore."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.command import Commands
from core.cli.report import show
from core.jobs.alone import alone
from core.jobs.doctor import Check, examine
from core.settings import LIMITS, Settings
from core.store.recovery.backup import Backup, back_up
from core.store.recovery.backup import restore as restore_home
from core.store.recovery.salvage import Rescue
from core.store.recovery.salvage import recover as recover_store
from core.units import MB


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    command("doctor", doctor, "Check this installation.")
    command("settings", list_settings, "List the settings of this installation.")
    command("recover", recover, "Rebuild a damaged or lost database from what is left of it and from the run folders.")
    words = "Write all runs and own data to one file; nothing needs to be stopped."
    command("backup", backup, words).add_argument("file", type=Path, help="the ZIP file to write")
    words = "Make a new home (GLASSBOX_HOME) of a backup."
    command("restore", restore, words).add_argument("file", type=Path, help="a file that `backup` wrote")


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Check this installation, and print each result at once."""
    checks: list[Check] = []
    for check in examine(settings):
        checks.append(check)
        if not options.json:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name:<10} {check.found}", flush=True)
    if options.json:
        show(options, [vars(check) for check in checks], "")
    return 0 if all(check.ok for check in checks) else 1


def list_settings(settings: Settings, options: argparse.Namespace) -> int:
    """Print each setting with its value, its default and what it is."""
    values = [
        {"name": one.name, "value": getattr(settings, one.field), "default": one.default, "meaning": one.words}
        for one in LIMITS
    ]
    places = {"GLASSBOX_HOME": settings.home, "GLASSBOX_DATA_DIR": settings.data_dir}
    lines = [f"{name:<26} {place}" for name, place in places.items()]
    for one in LIMITS:
        now, usual = (_said(value) for value in (getattr(settings, one.field), one.default))
        lines.append(f"{one.name:<26} {now:<9} {one.words}" + (f" (default: {usual})" if now != usual else ""))
    show(options, {"places": {name: str(place) for name, place in places.items()}, "limits": values}, "\n".join(lines))
    return 0


def _said(value: float | None) -> str:
    return "no limit" if value is None else f"{value:g}"


def recover(settings: Settings, options: argparse.Namespace) -> int:
    """Rebuild the store while no other process uses it."""
    with alone(settings):
        done = recover_store(settings)
    values = {
        "damaged": done.damaged and str(done.damaged),
        "salvaged": done.salvaged,
        "back": done.back,
        "lost_and_found": [str(place) for place in done.lost_and_found],
    }
    show(options, values, "\n".join(_told(done)))
    return 0


def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Write a backup of the home."""
    return _say(options, "written to", back_up(settings.home, options.file), options.file)


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Make the home of a backup."""
    return _say(options, "restored in", restore_home(settings.home, options.file), settings.home)


def _say(options: argparse.Namespace, done: str, made: Backup, place: Path) -> int:
    runs = f"{made.runs:,} run{'s' if made.runs != 1 else ''}"
    told = f"{runs}, {made.files:,} files, {made.bytes / MB:,.0f} MB {done} {place}"
    show(options, {**vars(made), "place": str(place)}, told)
    return 0


def _told(done: Rescue) -> list[str]:
    database = f"was damaged; it is now at {done.damaged}; {done.salvaged} runs were read from it"
    lines = [f"database    {database if done.damaged else 'intact'}"]
    lines.append(f"runs        {len(done.back)} restored from their folders" if done.back else "runs        all known")
    return [*lines, *(f"set aside   {place}" for place in done.lost_and_found)]
