"""Choose data, presets of any families and a budget for all of them, see what it takes, and start."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.datasets import DEFAULT_DATASET, Dataset, usable
from core.errors import GlassboxError
from core.jobs.sweep.budget import Budget, Contender, Option, options_for, plan_budget, submit_budget, usual_options
from core.runs.comparison.comparison import LEAST, MOST
from core.runs.estimate import read_speed
from pages._ui.shell import owner, shell, words

_OPEN = "_budget_open"  # the data set that the dialog began with
SECONDS, PARAMETERS = "Seconds of training", "Number of parameters"
USUAL_SECONDS, USUAL_PARAMETERS = 20, 50_000
HELP = "Trains presets of any kind on the same data, with the same time or size, and shows which learns most from it."


def offer_budget(dataset_id: str = DEFAULT_DATASET, *, width: str = "content", off: bool = False) -> None:
    """Draw the button that opens the dialog, and the dialog if it is open.

    Args:
        dataset_id: The data set that is chosen first.
        width: Of the button.
        off: Whether it cannot be clicked.
    """
    st.button(
        "Compare presets",
        icon=":material/balance:",
        key="budget_offer",
        type="tertiary",
        width=width,  # type: ignore[arg-type]
        disabled=off,
        on_click=_open,
        args=(dataset_id,),
        help=HELP,
    )
    if shell.has_arrived() or off:
        _close()
    elif dataset := st.session_state.get(_OPEN):
        st.dialog("Presets on the same budget", width="large", on_dismiss=_close)(_draw)(dataset)


def _open(dataset_id: str) -> None:
    st.session_state[_OPEN] = dataset_id
    st.rerun()


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _draw(first: str) -> None:
    here = {key: one for key, one in usable(shell.store().settings, owner.actor()).items() if one.program}
    at = list(here).index(first) if first in here else 0
    left, right = st.columns(2)
    with left:
        dataset = st.selectbox(
            "Data",
            list(here),
            index=at,
            format_func=lambda key: here[key].title,
            key="budget_data",
            help="What all of them learn from: the same examples, with the same share held back for validation.",
        )
    with right:
        budget = _budget()
    chosen = _presets(here[dataset])
    contenders = _planned(chosen, here[dataset], budget)
    _start(contenders, dataset)


def _budget() -> Budget:
    kind = st.segmented_control(
        "The same for all",
        [SECONDS, PARAMETERS],
        default=SECONDS,
        required=True,
        key="budget_kind",
        help="Seconds: small networks pass over the data more often. Parameters: each is made wider or narrower.",
    )
    if kind == SECONDS:
        seconds = st.number_input(
            "Seconds each",
            1,
            86_400,
            USUAL_SECONDS,
            key="budget_seconds",
            help="Few: what learns fast is ahead. Many: what learns most is ahead, and it takes long.",
        )
        return Budget(seconds=int(seconds))
    count = st.number_input(
        "Parameters each",
        10,
        100_000_000,
        USUAL_PARAMETERS,
        key="budget_parameters",
        help="Few: all underfit. Many: slow, and they overfit. Each comes within 10 % of it, or is left out.",
    )
    return Budget(parameters=int(count))


def _presets(data: Dataset) -> list[Option]:
    """Draw the choice among the presets of all families that fit the data."""
    options = options_for(data.spec, data.id)
    chosen = st.multiselect(
        "Presets",
        list(options),
        usual_options(data.spec, data.id),
        format_func=lambda key: f"{options[key][0].title}: {options[key][1].title}",
        key=f"budget_presets_{data.id}",
        help=f"{LEAST} to {MOST} of those that can learn this data.",
    )
    return [options[key] for key in chosen]


def _planned(chosen: Sequence[Option], data: Dataset, budget: Budget) -> list[Contender]:
    """List the networks within the budget; none if they cannot be compared."""
    try:
        contenders = plan_budget(chosen, data.spec, budget, read_speed(shell.store()))
    except GlassboxError as error:
        st.error(shell.told(error), icon=":material/error:")
        return []
    rows = [
        {
            "Network": one.title,
            "Parameters": f"{one.parameters:,}",
            "Time": words.about(one.seconds),
            "Remark": one.note,
        }
        for one in contenders
    ]
    table = pd.DataFrame(rows)
    st.dataframe(
        table if any(table["Remark"]) else table.drop(columns="Remark"),
        key="budget_plan",
        hide_index=True,
        height="content",
        alt=f"{len(rows)} networks with their sizes and times",
    )
    slots = shell.store().settings.slots
    if budget.seconds and slots > 1:
        st.warning(
            f"This server trains {slots} runs at the same time, so they take each other's time, and the same seconds "
            "are not the same work.",
            icon=":material/warning:",
        )
    return contenders


def _start(contenders: Sequence[Contender], dataset_id: str) -> None:
    """Say what it takes, and start."""
    within = [one for one in contenders if one.is_in]
    is_ready = len(within) >= LEAST
    if is_ready:
        seconds = sum(one.seconds for one in within)
        st.markdown(f"**{len(within)} runs, about {words.about(seconds)} in all.** They wait in line as one group.")
    elif contenders:
        st.error(f"At least {LEAST} of them must come within the budget.", icon=":material/error:")
    if st.button(
        f"Train {len(within)} networks" if is_ready else "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="budget_start",
        disabled=not is_ready,
    ):
        with shell.guard():
            group = submit_budget(shell.store(), contenders, dataset_id, owner.actor())
            _close()
            st.switch_page("pages/compare.py", query_params={"group": group})
