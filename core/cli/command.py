"""Declare commands of the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from core.errors import GlassboxError
from core.settings import Settings

Run = Callable[[Settings, argparse.Namespace], int]  # returns its exit status
REFUSED = 1  # exit status for unusable input


class Commands:
    """Add commands to a parser.

    Args:
        parser: The main parser, or that of a group of commands.
    """

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def __call__(self, name: str, run: Run, words: str) -> argparse.ArgumentParser:
        """Add a command with the option --json; return its parser."""
        sub = self._parsers.add_parser(name, help=words, description=words)
        sub.add_argument("--json", action="store_true", help="print JSON only")
        sub.set_defaults(run=run)
        return sub

    def group(self, name: str, words: str) -> Commands:
        """Add a command with subcommands."""
        return Commands(self._parsers.add_parser(name, help=words, description=words))


def refuse(error: GlassboxError) -> int:
    """Print in one sentence why the input is unusable; return the exit status."""
    print(f"glassbox: {error}", file=sys.stderr)
    return REFUSED
