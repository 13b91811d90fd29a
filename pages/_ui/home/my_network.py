"""Choose which of the visitor's networks answers on Home: their choice, or the best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.datasets import DEFAULT_DATASET
from core.names import shortened
from core.runs.demo_run import FAMILY
from core.runs.skill import best_first, skill
from core.store import Run
from pages._ui.shell import owner, shell, words

LOOKED_AT = 200  # newest runs to choose from
LONGEST = 40  # characters of a name in the menu
LINK = "network"  # key of the choice in the link
_CHOSEN = "_home_network"


def candidates() -> list[Run]:
    """Return the visitor's runs on the digits that have, or will have, a network; newest first."""
    runs = shell.store().runs.list(owners=[owner.actor()], dataset=DEFAULT_DATASET, limit=LOOKED_AT)
    return [run for run in runs if run.family == FAMILY and (not run.status.is_final or run.progress.get("step"))]


def chosen(found: Sequence[Run]) -> Run | None:
    """Return the chosen run, or else the one in training, or else the best."""
    by_id = {run.id: run for run in found}
    kept = st.query_params.get(LINK) or st.session_state.get(_CHOSEN)
    alive = [run for run in found if not run.status.is_final]
    first = [by_id[kept]] if kept in by_id else []
    by_rank = (*first, *alive, *best_first(found))
    run = next((run for run in by_rank if not run.status.is_final or _has_snapshots(run)), None)
    if run is not None and not run.status.is_final:
        st.session_state[_CHOSEN] = run.id  # it stays chosen after it has ended
    return run


def choose(run_id: str) -> None:
    """Choose a run for this visit and in the link."""
    st.session_state[_CHOSEN] = st.query_params[LINK] = run_id


def draw_choice(found: Sequence[Run], shown: Run) -> None:
    """Draw the menu of the visitor's networks, if there are several."""
    labels = _labels(found)
    if len(labels) < 2:
        return
    st.selectbox(
        "Your network",
        list(labels),
        list(labels).index(shown.id),
        format_func=labels.__getitem__,
        key=(key := f"home_network_{shown.id}"),
        help="Which of your networks reads your digit beside the demo. Default: the one most accurate on images that "
        "it did not learn from: its validation images or, without any, the test images.",
        on_change=_take,
        args=(key,),
    )


def _take(key: str) -> None:
    choose(st.session_state[key])


def _has_snapshots(run: Run) -> bool:
    return bool(shell.store().metrics.snapshots(run.id))


def _labels(runs: Sequence[Run]) -> dict[str, str]:
    """Return each run's unique menu label by id, newest first; equal names get a number."""
    seen, labels = Counter[str](), dict[str, str]()
    for run in reversed(runs):
        known = skill(run)
        share = f" · {words.percent(known.accuracy)} of {known.images} images" if known else ""
        label = shortened(run.name, LONGEST) + share
        seen[label] += 1
        labels[run.id] = label if seen[label] == 1 else f"{label} ({seen[label]})"
    return dict(reversed(labels.items()))
