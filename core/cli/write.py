"""Command that lets a network write: write."""

from __future__ import annotations

import argparse

from core.cli.command import Commands
from core.cli.follow import open_home
from core.cli.report import show
from core.datasets import find_dataset
from core.runs.writing import write_on
from core.settings import Settings
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("write", write, "Let a run's network write on from a prompt.")
    sub.add_argument("id", metavar="RUN", help="a run that learned to say the next character")
    sub.add_argument("--prompt", default="", help="text to go on from (default: none)")
    sub.add_argument("--n", type=int, default=500, help="characters to write (default: 500)")
    sub.add_argument(
        "--temperature", type=float, default=0.8, help="0.05 to 5: low is dull, high is wild (default: 0.8)"
    )
    sub.add_argument("--seed", type=int, default=0, help="same seed, same text (default: 0)")


def write(settings: Settings, options: argparse.Namespace) -> int:
    """Print the prompt and what the network writes after it."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    spec = find_dataset(settings, run.dataset).spec
    how = {"count": options.n, "temperature": options.temperature, "seed": options.seed}
    text = write_on(store, run, spec, options.prompt, actor=LOCAL, **how)
    show(options, {"run": run.id, "prompt": options.prompt, **how, "text": text}, options.prompt + text)
    return 0
