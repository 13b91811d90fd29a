"""Command that lets a network answer texts: translate."""

from __future__ import annotations

import argparse

from core.cli.command import Commands
from core.cli.follow import open_home
from core.cli.report import show
from core.datasets import find_dataset
from core.runs.translating import translate as translate_with
from core.settings import Settings
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("translate", translate, "Let a run's network answer texts, such as dates or sums.")
    sub.add_argument("id", metavar="RUN", help="a run that learned to answer texts")
    sub.add_argument("--text", action="append", required=True, help="a text to answer; may be given several times")


def translate(settings: Settings, options: argparse.Namespace) -> int:
    """Print the answer to each text."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    found = translate_with(store, run, find_dataset(settings, run.dataset).spec, options.text, actor=LOCAL)
    answers = [{"text": one.question, "answer": one.answer} for one in found]
    show(options, {"run": run.id, "answers": answers}, "\n".join(one.answer for one in found))
    return 0
