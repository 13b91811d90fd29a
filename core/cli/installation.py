"""Commands about this installation: doctor, recover."""

from __future__ import annotations

import argparse

from core.cli.command import Commands
from core.cli.report import show
from core.doctor import Check, examine
from core.jobs.alone import alone
from core.settings import Settings
from core.store.recovery.salvage import Rescue
from core.store.recovery.salvage import recover as recover_store


def add_commands(command: Commands) -> None:
    """Declare them."""
    command("doctor", doctor, "Check this installation.")
    command("recover", recover, "Make a damaged or lost database anew, and bring back every run whose folder is there.")


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Check this installation, and say each thing as soon as it is known."""
    checks: list[Check] = []
    for check in examine(settings):
        checks.append(check)
        if not options.json:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name:<10} {check.found}", flush=True)
    if options.json:
        show(options, [vars(check) for check in checks], "")
    return 0 if all(check.ok for check in checks) else 1


def recover(settings: Settings, options: argparse.Namespace) -> int:
    """Make the store whole again, while nobody else is at work on it."""
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
    database = f"was damaged; it lies at {done.damaged}, and {done.salvaged} runs could be read from it"
    lines = [f"database    {database if done.damaged else 'well'}"]
    lines.append(
        f"runs        {len(done.back)} brought back from their folders" if done.back else "runs        all known"
    )
    return [*lines, *(f"set aside   {place}" for place in done.lost_and_found)]
