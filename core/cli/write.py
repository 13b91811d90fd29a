"""Command that lets a network write: write."""

from __future__ import annotations

import argparse

from core.cli.command import Commands
from core.cli.follow import open_home
from core.cli.report import show
from core.datasets import find_dataset
from core.runs.writing import Draws, write_on
from core.settings import Settings
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub, usual = command("write", write, "Let a run's network write on from a prompt."), Draws()
    sub.add_argument("id", metavar="RUN", help="a run that learned to say the next character")
    sub.add_argument("--prompt", default="", help="text to go on from (default: none)")
    sub.add_argument("--n", type=int, default=usual.count, help="characters to write (default: 500)")
    sub.add_argument(
        "--temperature",
        type=float,
        default=usual.temperature,
        help="0.05 to 5: low is dull, high is wild (default: 0.8)",
    )
    sub.add_argument(
        "--top-k", type=int, default=usual.top_k, help="draw among so many likeliest characters (default: 0, all)"
    )
    sub.add_argument(
        "--top-p", type=float, default=usual.top_p, help="draw among those with this share together (default: 1, all)"
    )
    sub.add_argument("--seed", type=int, default=usual.seed, help="same seed, same text (default: 0)")


def write(settings: Settings, options: argparse.Namespace) -> int:
    """Print the prompt and what the network writes after it."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    spec = find_dataset(settings, run.dataset).spec
    draws = Draws(options.n, options.temperature, options.top_k, options.top_p, options.seed)
    said = write_on(store, run, spec, options.prompt, draws, actor=LOCAL)
    found = {
        "text": said.text,
        "nats_mean": round(float(said.nats.mean()), 4),
        "kept_mean": round(float(said.kept.mean()), 2),
        "cut_mean": round(float(said.cut.mean()), 4),
    }
    show(options, {"run": run.id, "prompt": options.prompt, **vars(draws), **found}, options.prompt + said.text)
    return 0
