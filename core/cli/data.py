"""Commands about data sets."""

from __future__ import annotations

import argparse

from core import datasets as data
from core.cli.command import AddCommand
from core.cli.report import show
from core.settings import Settings


def add_commands(command: AddCommand) -> None:
    """Declare them."""
    command("datasets", list_datasets, "List the data sets.")


def list_datasets(settings: Settings, options: argparse.Namespace) -> int:
    """Print the data sets."""
    rows = [
        {
            "dataset": d.id,
            "title": d.title,
            "train": d.spec.train_size,
            "test": d.spec.test_size,
            "licence": d.licence,
            "state": data.state_of(settings, d),
        }
        for d in data.list_datasets(settings).values()
    ]
    show(options, rows, "\n".join(f"{r['dataset']:<10} {r['title']:<22} {r['state']}" for r in rows))
    return 0
