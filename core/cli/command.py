"""What a command is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from core.errors import GlassboxError
from core.settings import Settings

Run = Callable[[Settings, argparse.Namespace], int]  # returns its exit status
REFUSED = 1  # exit status where what was given cannot be used


class Commands:
    """Takes the commands of a parser, or of a group of them.

    Args:
        parser: Whose.
    """

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def __call__(self, name: str, run: Run, words: str) -> argparse.ArgumentParser:
        """Add a command; return its parser, which knows --json."""
        sub = self._parsers.add_parser(name, help=words, description=words)
        sub.add_argument("--json", action="store_true", help="print JSON only")
        sub.set_defaults(run=run)
        return sub

    def group(self, name: str, words: str) -> Commands:
        """Add a command that has commands of its own."""
        return Commands(self._parsers.add_parser(name, help=words, description=words))


def refuse(error: GlassboxError) -> int:
    """Say in one sentence why what was given cannot be used; return the exit status."""
    print(f"glassbox: {error}", file=sys.stderr)
    return REFUSED
