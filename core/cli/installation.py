"""Commands about this installation: doctor."""

from __future__ import annotations

import argparse

from core.cli.command import AddCommand
from core.cli.report import show
from core.doctor import examine
from core.settings import Settings


def add_commands(command: AddCommand) -> None:
    """Declare them."""
    command("doctor", doctor, "Check this installation.")


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Check this installation."""
    checks = examine(settings)
    lines = [f"{'ok ' if check.ok else 'BAD'}  {check.name:<10} {check.found}" for check in checks]
    show(options, [vars(check) for check in checks], "\n".join(lines))
    return 0 if all(check.ok for check in checks) else 1
