"""The results of presets that were trained on the same budget, with how sure they are."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd
import streamlit as st

from core.errors import DatasetError
from core.families import find_family
from core.families.family import Result
from core.figures.group.standings import draw_standings
from core.names import in_words
from core.runs.comparison.comparison import LEAST, MOST
from core.runs.group import Group, state_of
from core.runs.standing import Standing, standings_of
from pages._ui.compare.chosen import choose
from pages._ui.components.charts.chart import chart
from pages._ui.shell import shell, words


def title_of(group: Group) -> str:
    """Return the title of a group of presets: what they have in common."""
    budgets = {config.time_budget_s for config in group.configs}
    seconds = budgets.pop() if len(budgets) == 1 else 0
    return f"{seconds:,} s of training each" if seconds else "Networks of the same size"


def draw_group_of_presets(group: Group) -> None:
    """Draw the result of each preset, and list what it took."""
    found = standings_of(shell.store(), group)
    result = _result(group)
    is_share = result.say(1.0).endswith("%")
    alt = "; ".join(f"{one.name}: {one.said or 'no result yet'}" for one in found)
    chart(draw_standings(found, result.title, is_share=is_share), key="budget_chart", alt=alt)
    is_ordered = group.is_ranked and group.done == len(group.runs)
    order = "in the order of their validation results" if is_ordered else "in the order they were queued"
    st.caption(
        f"Dots: {in_words(result.title)} after the last update, {order}; lines: 95 % intervals, by the luck of the "
        "test examples. All have learned from the same examples, and were tested on the same ones."
    )
    _offer(found)
    _table(group, found)


def _result(group: Group) -> Result:
    """Return what all of them are measured by."""
    run, spec = group.runs[0], None
    with suppress(DatasetError):  # the data was deleted
        spec = shell.dataset(run.dataset).spec
    return find_family(str(run.family)).result(run.summary, spec)


def _offer(found: list[Standing]) -> None:
    ids = [one.run.id for one in found if one.value is not None][:MOST]
    if len(ids) >= LEAST and st.button(
        f"Compare {len(ids)} side by side",
        icon=":material/compare_arrows:",
        key="sweep_best",
        type="primary",
        help="Curves, the test examples on which they disagree, and whether their difference is more than luck.",
    ):
        choose(ids)
        st.query_params.clear()
        st.rerun()


def _table(group: Group, found: list[Standing]) -> None:
    measure = group.measure
    validated = dict(zip((run.id for run in group.runs), measure.said, strict=True)) if measure else {}
    rows = [
        {
            "Network": one.name,
            "Test": one.said,
            "95 % interval": _interval(one),
            **({measure.label: validated[one.run.id]} if measure and group.is_ranked else {}),
            "Parameters": f"{one.run.summary['parameters']:,}" if "parameters" in one.run.summary else "",
            "Time": words.duration(one.run.summary["fit_s"]) if "fit_s" in one.run.summary else "",
            "Epochs": f"{one.run.summary['epochs_done']:,}" if "epochs_done" in one.run.summary else "",
            "State": state_of(one.run) or "finished",
            "Open": f"/{one.run.family}?run={one.run.id}",
        }
        for one in found
    ]
    st.dataframe(
        pd.DataFrame(rows),
        key="budget_runs",
        hide_index=True,
        height="content",
        column_config={"Open": st.column_config.LinkColumn(width="small", display_text="open")},
        alt=f"{len(rows)} networks with their results, sizes and times",
    )


def _interval(one: Standing) -> str:
    if one.low is None or one.high is None:
        return ""
    result = find_family(str(one.run.family)).result(one.run.summary)
    return f"{result.say(one.low)} to {result.say(one.high)}"
