"""The command for named groups of test examples: groups."""

from __future__ import annotations

import argparse
import sys

from core.cli.command import Commands
from core.cli.follow import open_home
from core.cli.report import show
from core.datasets.corruptions import TEST_SHIFTS
from core.names import shortened
from core.runs.comparison.slices import say_score
from core.runs.examples.slices import (
    BY_ANSWERS,
    ask_missing,
    delete_group,
    name_group,
    named_scores,
    pick_rows,
    slice_scores,
)
from core.runs.samples import label_of
from core.settings import Settings
from core.store import Run, Store
from core.store.notes.slices import LONGEST_SOURCE
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("groups", groups, "List a run's scores on named groups of test examples, or name one.")
    sub.add_argument("id", metavar="RUN")
    either = sub.add_mutually_exclusive_group()
    either.add_argument("--name", help="name the test examples that meet all of the conditions below")
    either.add_argument("--delete", metavar="NAME", help="delete a group of the command line")
    sub.add_argument("--is", dest="truth", metavar="CLASS", help="their true class")
    sub.add_argument("--called", metavar="CLASS", help="the class that the run's last network says")
    side = sub.add_mutually_exclusive_group()
    side.add_argument("--right", dest="is_right", action="store_true", default=None, help="answered right")
    side.add_argument("--wrong", dest="is_right", action="store_false", default=None, help="answered wrong")
    sub.add_argument("--rows", metavar="N,N", help="rows of the test data to choose from")
    shifts = [shift for shift in TEST_SHIFTS if shift != "none"]
    sub.add_argument("--shift", choices=shifts, default="", help="disturb the images before a run is asked about them")


def groups(settings: Settings, options: argparse.Namespace) -> int:
    """List the groups on a run's data with its scores, after naming or deleting one."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    if options.name is not None:
        rows, source, is_by_answers = _picked(store, run, options)
        name_group(store, run, options.name, rows, LOCAL, source=source, shift=options.shift)
        if is_by_answers:
            print(f"glassbox: {BY_ANSWERS}", file=sys.stderr)
    if options.delete is not None:
        delete_group(store, run, options.delete, LOCAL)
    if run.status.is_final:
        ask_missing(store, run, LOCAL)
    found = slice_scores(store, run, LOCAL)
    lines = [
        f"{'-' if one.value is None else say_score(one.measure, one.value):>8}  {len(one.slice.rows):>6,}  "
        f"{one.slice.name} ({one.slice.source}){f', of {one.asked:,} of them, evenly spread' if one.is_sample else ''}"
        for one in found
    ]
    show(options, named_scores(found), "\n".join(lines) or "No groups yet: groups RUN --name NAME --wrong")
    return 0


def _picked(store: Store, run: Run, options: argparse.Namespace) -> tuple[list[int], str, bool]:
    """Return the rows that meet the conditions, the conditions in words, and whether the run's answers are in them."""
    truth, said = (None if text is None else label_of(store, run, text) for text in (options.truth, options.called))
    marked = None if options.rows is None else [int(row) for row in options.rows.split(",") if row.strip().isdecimal()]
    answers = store.files(run.id).load_predictions()
    rows = pick_rows(answers, truth=truth, said=said, is_right=options.is_right, marked=marked)
    told = {"is": options.truth, "called": options.called, "rows": options.rows}
    words = [] if options.is_right is None else ["right" if options.is_right else "wrong"]
    words += [f"{name} {text}" for name, text in told.items() if text is not None]
    is_by_answers = options.is_right is not None or said is not None
    words += [f"by {shortened(run.name, 40)}"] if is_by_answers else []
    return rows.tolist(), ", ".join(words)[:LONGEST_SOURCE] or "all", is_by_answers
