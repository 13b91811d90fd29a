"""Commands for this installation: doctor, recover."""

from __future__ import annotations

import argparse

from core.cli.command import Commands
from core.cli.report import show
from core.jobs.alone import alone
from core.jobs.doctor import Check, examine
from core.settings import Settings
from core.store.recovery.salvage import Rescue
from core.store.recovery.salvage import recover as recover_store


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    command("doctor", doctor, "Check this installation.")
    command("recover", recover, "Rebuild a damaged or lost database from what is left of it and from the run folders.")


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


def _told(done: Rescue) -> list[str]:
    database = f"was damaged; it is now at {done.damaged}; {done.salvaged} runs were read from it"
    lines = [f"database    {database if done.damaged else 'intact'}"]
    lines.append(f"runs        {len(done.back)} restored from their folders" if done.back else "runs        all known")
    return [*lines, *(f"set aside   {place}" for place in done.lost_and_found)]
