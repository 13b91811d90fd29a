"""What two regression networks answer to the same test examples."""

from __future__ import annotations

import streamlit as st

from core.datasets.targets import Number
from core.figures.number import draw_predictions, draw_residuals
from core.runs.comparison import Comparison, letter
from pages._ui.components.charts.chart import chart
from pages._ui.shell import privacy, shell

MOST = 4  # networks drawn


def has_numbers(found: Comparison) -> bool:
    """Return whether the first run and another one have predicted numbers of the same test examples."""
    return len(_alike(found)) > 1 and isinstance(shell.dataset(found.runs[0].dataset).spec.target, Number)


def _alike(found: Comparison) -> list[int]:
    return [0, *(index for index, pair in enumerate(found.pairs, 1) if pair.apart is not None)]


def numbers_side_by_side(found: Comparison) -> None:
    """Draw predictions and residuals of regression networks that `has_numbers`."""
    alike, spec = _alike(found), shell.dataset(found.runs[0].dataset).spec
    if not privacy.sees(found.runs[0].dataset):
        privacy.say(f"Single {spec.kind} are")
        return
    for column, index in zip(st.columns(min(MOST, len(alike))), alike[:MOST], strict=True):
        answers = shell.store().files(found.runs[index].id).load_predictions()
        truth = answers["y_true"]
        numbers = (truth, answers["values_last"].reshape(len(truth)), spec.target)
        name = letter(index)
        with column:
            st.markdown(f"**{name}**: predicted against true, and residuals")
            chart(draw_predictions(*numbers), key=f"predictions_{name}", alt=f"{name}: predicted against true values")
            chart(draw_residuals(*numbers), key=f"residuals_{name}", alt=f"{name}: residuals against predictions")
