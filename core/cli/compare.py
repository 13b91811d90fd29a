"""Commands to compare runs: compare, query."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from core.cli.command import Commands
from core.cli.follow import open_home
from core.cli.report import show
from core.runs.comparison import Comparison, Pair, compare, letter
from core.settings import Settings
from core.store.query import query
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    sub = command("compare", print_comparison, "Say what differs between runs, and whether the difference is real.")
    sub.add_argument("id", metavar="RUN", nargs="+", help="2 to 12 runs; the first is compared with each other one")
    asked = command("query", print_query, "Read the store by SQL, without changing it.")
    asked.add_argument("sql", metavar="SQL", help="such as \"select id, name from runs where status = 'succeeded'\"")


def print_comparison(settings: Settings, options: argparse.Namespace) -> int:
    """Print a comparison."""
    found = compare(open_home(settings), options.id, LOCAL)
    show(options, _values(found), "\n".join(_lines(found)))
    return 0


def _values(found: Comparison) -> dict[str, object]:
    return {
        "runs": [run.id for run in found.runs],
        "sentence": found.sentence,
        "settings": {one.name: list(one.said) for one in found.settings if one.differs},
        "measures": {one.key: list(one.values) for one in found.measures},
        "pairs": [_pair(run.id, pair) for run, pair in zip(found.runs[1:], found.pairs, strict=True)],
        "consulted": found.consulted,
    }


def _pair(run_id: str, pair: Pair) -> dict[str, object]:
    verdict = {"verdict": str(pair.verdict.answer), "words": pair.verdict.sentence}
    apart: dict[str, object] = dict.fromkeys(("difference", "interval", "p", "needed"))
    if pair.apart is not None:
        apart = {**asdict(pair.apart), "interval": [pair.apart.interval.low, pair.apart.interval.high]}
    return {"run": run_id, **verdict, **apart, "seeds": list(pair.seeds)}


def _lines(found: Comparison) -> list[str]:
    letters = [letter(index) for index in range(len(found.runs))]
    rows = [("", tuple(letters)), *((one.label, one.said) for one in found.settings if one.differs)]
    rows += [(one.label, one.said) for one in found.measures]
    table = [f"{label:<26} " + "  ".join(f"{value or '-':<20}" for value in values) for label, values in rows]
    verdicts = [f"{name}: {pair.verdict.sentence}" for name, pair in zip(letters[1:], found.pairs, strict=True)]
    named = [f"{name}  {run.id}  {run.name}" for name, run in zip(letters, found.runs, strict=True)]
    return [found.sentence, "", *named, "", *(line.rstrip() for line in table), "", *verdicts]


def print_query(settings: Settings, options: argparse.Namespace) -> int:
    """Print the rows that a statement returns: tab-separated, or a JSON object each in a list."""
    found = query(settings, options.sql)
    lines = ["\t".join(found.columns), *("\t".join(map(str, row)) for row in found.rows)]
    show(options, [dict(zip(found.columns, row, strict=True)) for row in found.rows], "\n".join(lines))
    return 0
