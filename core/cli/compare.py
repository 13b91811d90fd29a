"""Commands to compare runs: compare, findings, query."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.command import Commands
from core.cli.follow import open_home
from core.cli.report import show, write_file
from core.export.report import finding_report, notebook_report
from core.runs.comparison import Comparison, Pair, compare, letter
from core.runs.notebook.findings import keep_finding
from core.settings import Settings
from core.store.notes.findings import Finding
from core.store.query import query
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    sub = command("compare", print_comparison, "Say what differs between runs, and whether the difference is real.")
    sub.add_argument("id", metavar="RUN", nargs="+", help="2 to 12 runs; the first is compared with each other one")
    sub.add_argument("--keep", action="store_true", help="keep it as a finding in the notebook")
    sub.add_argument("--note", default="", help="your words about the finding")
    listed = command("findings", print_findings, "List the findings of all notebooks, or write them as HTML.")
    listed.add_argument(
        "id", metavar="FINDING", nargs="?", help="only this one; its report has the runs as they are now"
    )
    listed.add_argument("--out", metavar="PATH", type=Path, help="write the report there")
    asked = command("query", print_query, "Read the store by SQL, without changing it.")
    asked.add_argument("sql", metavar="SQL", help="such as \"select id, name from runs where status = 'succeeded'\"")


def print_comparison(settings: Settings, options: argparse.Namespace) -> int:
    """Print a comparison."""
    store = open_home(settings)
    found, kept = compare(store, options.id, LOCAL), {}
    if options.keep:
        kept = {"finding": keep_finding(store, options.id, LOCAL, options.note).id}
    told = [f"kept as finding {kept['finding']}"] if kept else []
    show(options, {**_values(found), **kept}, "\n".join([*_lines(found), *told]))
    return 0


def print_findings(settings: Settings, options: argparse.Namespace) -> int:
    """Print findings, newest first, or write their report."""
    store = open_home(settings)
    found = [store.findings.get(options.id, LOCAL)] if options.id else store.findings.list(LOCAL)
    if options.out:
        text = finding_report(store, options.id, LOCAL) if options.id else notebook_report(store, LOCAL)
        write_file(options.out, text.encode())
        show(
            options,
            {"path": str(options.out), "findings": len(found)},
            f"{options.out}  {len(found):,} finding{'s' if len(found) != 1 else ''}",
        )
        return 0
    lines = [f"{one.id}  {one.sentence}" + (f"  ({one.note})" if one.note else "") for one in found]
    show(options, [_finding(one) for one in found], "\n".join(lines) or "No findings yet: compare RUN RUN --keep")
    return 0


def _finding(finding: Finding) -> dict[str, object]:
    """Return a finding without its curves."""
    record = {name: value for name, value in finding.record.items() if name not in ("charts", "sentence", "runs")}
    return {**{name: value for name, value in vars(finding).items() if name != "record"}, **record}


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
