"""How a network does on test examples that are disturbed more and more."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.disturbances import DISTURBANCES, VECTOR_STRENGTHS
from core.datasets.spec import DataSpec
from core.figures.inside.learned import draw_curve
from core.figures.pictures import grey_picture
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import offer
from pages._ui.inside.learned.chosen import affordable, asker, of_all
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

EXAMINED, PICTURES, WIDTH = 500, 6, 44
FGSM = "fgsm"
GREY_STEPS = (0, 2, 4, 8, 16, 24, 32, 48, 64)  # of FGSM, of 255 grey levels
_SAID = {FGSM: "FGSM: each pixel a step that makes the answer worse"}


def draw_curves(inside: Inside) -> None:
    """Draw a curve for each disturbance."""
    spec = inside.dataset.spec
    st.caption(
        f"The same test {spec.kind} at each strength. A steep curve: a little "
        f"is enough to fool the network. FGSM knows the network and chooses the worst direction. {_dashed(spec)}"
    )
    kinds = [*(kind for kind, one in DISTURBANCES.items() if one.takes(spec)), FGSM]
    columns = [column for _ in range(0, len(kinds), 2) for column in st.columns(2)]
    for kind, column in zip(kinds, columns, strict=False):
        with column:
            _curve(of_all(inside), kind)


def _dashed(spec: DataSpec) -> str:
    return f"Dashed: undisturbed{', and always the same class' if spec.classes else ''}."


def _curve(inside: Inside, kind: str) -> None:
    ask, is_image = asker(inside), inside.dataset.spec.is_image
    shown = _strengths(kind, is_image=is_image)
    count = affordable(inside, EXAMINED, len(shown))
    scale = 255 if kind == FGSM and is_image else 1

    def question() -> Arrays:
        return ask("robustness", kind=kind, strengths=np.array(shown, float) / scale, count=count)

    inside.follow(f"curve_{kind}", question, partial(_draw, inside, kind), given=kind, height=330)


def _strengths(kind: str, *, is_image: bool) -> tuple[float, ...]:
    if not is_image:
        return VECTOR_STRENGTHS
    return GREY_STEPS if kind == FGSM else DISTURBANCES[kind].strengths


def _draw(inside: Inside, kind: str, found: Arrays) -> None:
    spec = inside.dataset.spec
    shown = _strengths(kind, is_image=spec.is_image)
    unit = "standard deviations" if not spec.is_image else "grey levels" if kind == FGSM else DISTURBANCES[kind].unit
    is_share = "right" in found
    values = found["right"].sum(1) / found["counts"].sum() if is_share else found["error"]
    chance = float(found["counts"].max() / found["counts"].sum()) if is_share else float("nan")
    title = (
        _SAID[FGSM].replace("pixel", "pixel" if spec.is_image else "number")
        if kind == FGSM
        else DISTURBANCES[kind].title
    )
    st.markdown(f"**{title}**")
    label = "accuracy" if is_share else "mean error"
    said = [words.percent(float(v)) if is_share else words.number(float(v)) for v in values]
    st.caption(f"{int(found['examined']):,} test {spec.kind}.")
    alt = f"{title}: {label} " + ", ".join(f"{v} at {s:g} {unit}" for s, v in zip(shown, said, strict=True))
    chart(draw_curve(shown, values, label, unit, chance), key=f"inside_curve_{kind}", alt=alt)
    if spec.is_image:
        few = np.linspace(0, len(shown) - 1, PICTURES).round().astype(int)
        images = [grey_picture(found["shown"][at], f"{title} {shown[at]:g} {unit}") for at in few]
        pictures(images, key=f"inside_curve_{kind}_shown", below=[f"{shown[at]:g}" for at in few], width=WIDTH)
    table = partial(pd.DataFrame, {unit: shown, label: values})
    offer(inside, kind, table=table, key=f"curve_{kind}")
