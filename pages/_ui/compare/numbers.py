"""What two regression networks answer to the same test examples."""

from __future__ import annotations

import streamlit as st

from core.datasets.targets import Number
from core.figures.number import draw_predictions, draw_residuals
from core.runs.comparison import Comparison, letter
from pages._ui.components.charts.chart import chart
from pages._ui.shell import privacy, shell

MOST = 4  # networks drawn


def numbers_side_by_side(found: Comparison) -> None:
    """Draw predictions and residuals of regression networks; nothing if there are none in common."""
    alike = [0, *(index for index, pair in enumerate(found.pairs, 1) if pair.apart is not None)]
    spec = shell.dataset(found.runs[0].dataset).spec if len(alike) > 1 else None
    if spec is None or not isinstance(spec.target, Number):
        return
    st.subheader("On the same test examples")
    if not privacy.sees(found.runs[0].dataset):
        privacy.say(f"Single {spec.kind} are")
        return
    for column, index in zip(st.columns(min(MOST, len(alike))), alike[:MOST], strict=True):
        answers = shell.store().files(found.runs[index].id).load_predictions()
        numbers = (answers["y_true"], answers["values_last"].reshape(len(answers["y_true"])), spec.target)
        name = letter(index)
        with column:
            st.markdown(f"**{name}**: predicted against true, and residuals")
            chart(draw_predictions(*numbers), key=f"predictions_{name}", alt=f"{name}: predicted against true values")
            chart(draw_residuals(*numbers), key=f"residuals_{name}", alt=f"{name}: residuals against predictions")
