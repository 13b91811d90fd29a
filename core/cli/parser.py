"""Parse the command line and run one command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sqlalchemy.exc import DatabaseError

from core.cli import (
    budget,
    compare,
    explain,
    export,
    forecast,
    gan,
    groups,
    imports,
    installation,
    predict,
    runs,
    sweep,
    translate,
    write,
)
from core.cli.command import Commands
from core.cli.data import commands as data
from core.cli.steer import branch, live
from core.errors import GlassboxError
from core.settings import Settings
from core.store import in_words

MODULES = (
    runs,
    live,
    branch,
    export,
    imports,
    sweep,
    budget,
    compare,
    groups,
    gan,
    data,
    predict,
    write,
    translate,
    forecast,
    explain,
    installation,
)
READER_GONE = 141  # a shell's status for a program ended by SIGPIPE: 128 + 13


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    try:
        try:
            return _main(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # for example from head, which has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes again at exit
        return READER_GONE


def _main(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(Settings.from_environment(), options))
    except (GlassboxError, DatabaseError) as error:
        said = in_words(error) if isinstance(error, DatabaseError) else error
        print(f"glassbox: {said}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Train networks and manage their runs.")
    commands = Commands(parser)
    for module in MODULES:
        module.add_commands(commands)
    return parser
