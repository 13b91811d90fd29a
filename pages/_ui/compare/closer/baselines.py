"""What simple methods reach on the same test examples, beside the runs."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.families import find_family
from core.families.family import Result
from core.runs.comparison import Comparison, letter
from core.runs.comparison.baselines import NAMES, Baselines, has_baselines, read_baselines
from core.store import Run
from pages._ui.results.simple_methods import LOOK_AGAIN_S, capital, wait_for_methods
from pages._ui.shell import owner, privacy, shell, words


@dataclass(frozen=True)
class _Row:
    name: str
    results: dict[str, float]
    is_run: bool


def can_have_baselines(found: Comparison) -> bool:
    """Return whether simple methods can do what these runs do, on the same data."""
    first = found.runs[0]
    return all(run.dataset == first.dataset for run in found.runs) and has_baselines(
        shell.store().settings, first.dataset
    )


def baselines_side_by_side(found: Comparison) -> None:
    """Draw the results of simple methods beside those of the runs; measure them first, once for each data set."""
    dataset = found.runs[0].dataset
    if not privacy.sees(dataset):
        privacy.say("What simple methods reach on this data is")
        return
    known = read_baselines(shell.store().settings, dataset, owner.actor())
    if known is not None:
        _draw(found, known)
        return
    st.fragment(wait_for_methods, key="baselines_wait", run_every=LOOK_AGAIN_S)(dataset)


def _draw(found: Comparison, known: Baselines) -> None:
    alike = [(place, run) for place, run in enumerate(found.runs) if run.dataset_version in (known.version, None)]
    runs = [_Row(f"{letter(place)} {run.name}", run.summary, is_run=True) for place, run in alike]
    methods = [_Row(NAMES[which], results, is_run=False) for which, results in known.results.items()]
    result = _result([run for _, run in alike], methods)
    rows = [row for row in [*runs, *methods] if result.key in row.results]
    rows.sort(key=lambda row: -row.results[result.key])
    st.markdown(_told(rows, result))
    columns = {result.key: (result.title, result.say)} | {key: (_title(key), "{:.4g}".format) for key in result.more}
    table = {
        title: [words.plain(say(row.results[key])) if key in row.results else "" for row in rows]
        for key, (title, say) in columns.items()
    }
    names = [f"**{words.plain(row.name)}**" if row.is_run else words.plain(capital(row.name)) for row in rows]
    st.table(pd.DataFrame(table, index=names))
    st.caption(_about(found, known))


def _result(runs: list[Run], methods: list[_Row]) -> Result:
    """Return the main result of the runs, or of the methods if no run has been measured."""
    measured = next((run for run in runs if find_family(str(run.family)).is_measured(run.summary)), runs[0])
    summary = measured.summary if find_family(str(measured.family)).is_measured(measured.summary) else {}
    return find_family(str(measured.family)).result(summary or methods[0].results)


def _title(key: str) -> str:
    part, name, *_ = key.split("_")
    return f"{part.capitalize()} {name.upper()}"


def _told(rows: list[_Row], result: Result) -> str:
    """Say which runs beat the best simple method."""
    best = next((row for row in rows if not row.is_run), None)
    runs = [row for row in rows if row.is_run]
    if best is None or not runs:
        return "No run has been tested on this version of the data yet."
    above = [row.name[0] for row in runs if row.results[result.key] > best.results[result.key]]
    said = f"The best simple method, **{best.name}**, reaches {words.plain(result.say(best.results[result.key]))}"
    if len(above) == len(runs):
        return f"{said}: every run here is better."
    return f"{said}: {'better are only ' + ', '.join(above) if above else 'no run here is better'}."


def _about(found: Comparison, known: Baselines) -> str:
    spec = shell.dataset(found.runs[0].dataset).spec
    said = f"Fitted on {_of(known.rows, known.of_rows)} training {spec.kind}"
    if known.numbers < known.of_numbers:
        said += f", of each {_of(known.numbers, known.of_numbers)} numbers"
    said += f"; tested on the same {spec.test_size:,} test {spec.kind} as the runs. None was held back for validation."
    if known.skipped:
        said += f" Left out, since too big or too slow: {', '.join(NAMES[name] for name in known.skipped)}."
    if any(run.config.get("test_shift", "none") != "none" for run in found.runs):
        said += " Test images that a run changed on purpose are unchanged here."
    return said


def _of(part: int, whole: int) -> str:
    return f"all {whole:,}" if part == whole else f"{part:,} of {whole:,}"
