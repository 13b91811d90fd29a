"""One attribution with what tells how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.analysis.attribution.verdicts import of_completeness, of_curves, of_empty, of_random_weights
from core.analysis.attribution.ways import WAYS
from core.datasets.features import Vector
from core.figures.inside.attribution import by_column, draw_attribution, draw_columns, flat
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.subject import Arrays
from pages._ui.inside.why.save import save
from pages._ui.inside.why.subject import Explained

WIDTH, SMALL = 200, 96  # CSS pixels of a map, and of that of random weights
HEIGHT = 260
PATIENT_S = 30.0


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Args:
        way: A key of `WAYS`.
        target: The class; -1 for the network's answer.
        baseline, layer: Options of the ways that have them.
        opacity: Of the map over the image.
    """

    way: str
    target: int
    baseline: str
    layer: str
    opacity: float

    def options(self) -> dict[str, str | int]:
        """Return the options of the probe's method."""
        about, options = WAYS[self.way], dict[str, str | int](target=self.target)
        if about.has_baseline:
            options["baseline"] = self.baseline
        if about.needs_maps:
            options["layer"] = self.layer
        return options


def draw_attribution_of(subject: Explained, asked: Asked, key: str) -> None:
    """Draw an attribution as soon as it is there, and then how far to trust it."""
    ask, example = subject.inside.asker(PATIENT_S), subject.example
    about, given = WAYS[asked.way], (asked.way, *asked.options().values())
    options = asked.options()
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        with st.container(width=WIDTH + 20 if subject.is_image else "stretch"):
            subject.inside.follow(
                key,
                lambda: ask(asked.way, example, **options),
                lambda found: _map(subject, asked, found, key),
                given=given,
                height=HEIGHT,
                is_private=False,
            )
        with st.container(width="stretch"):
            st.caption(about.sentence if subject.is_image else about.sentence.replace("pixel", "number"))
            trust = {"method": asked.way, "target": asked.target, "baseline": asked.baseline, "layer": asked.layer}
            subject.inside.follow(
                f"{key}_trust",
                lambda: ask("trust", example, **trust),
                lambda found: _trust(subject, asked, found, key),
                given=("trust", *trust.values()),
                height=HEIGHT // 2,
                is_private=False,
            )


def _map(subject: Explained, asked: Asked, found: Arrays, key: str) -> None:
    target, attribution, about = int(found["target"]), found["attribution"], WAYS[asked.way]
    title = f"{about.title}: {subject.classes[target]}" if subject.classes else about.title
    most = float(np.abs(flat(attribution)).max())
    if subject.is_image:
        drawn = draw_attribution(title, subject.example, attribution, is_signed=about.is_signed, opacity=asked.opacity)
        pictures([drawn], key=f"{key}_map", width=WIDTH, below=[f"1 is {most:.3g}, the most in this map"])
    else:
        columns = subject.inside.dataset.spec.features
        assert isinstance(columns, Vector)
        unit = "share of the logit" if subject.classes else "share of the number"
        chart(draw_columns(by_column(attribution, columns.columns), unit), key=f"{key}_map", alt=f"{title}, by column")
    st.markdown(f"It says {subject.says(found['answers'], int(found['answers'].argmax()))}.")
    if empty := of_empty(attribution):
        st.warning(empty, icon=":material/block:")
    elif "completeness" in found:
        _say(*of_completeness(float(found["change"]), float(found["completeness"])))
    if subject.may_save:
        picture = drawn.png if subject.is_image else b""
        save(f"{asked.way}_{target}", picture, {"input": subject.example, **found}, key=f"{key}_save")


def _trust(subject: Explained, asked: Asked, found: Arrays, key: str) -> None:
    about = WAYS[asked.way]
    _say(*of_random_weights(found["likeness"]))
    _say(*of_curves(found, bool(subject.classes)))
    if subject.is_image:
        random = draw_attribution(
            "Random weights", subject.example, found["random"], is_signed=about.is_signed, opacity=asked.opacity
        )
        pictures([random], key=f"{key}_random", width=SMALL)


def _say(is_good: bool, sentence: str) -> None:
    icon = ":green[:material/check_circle:]" if is_good else ":orange[:material/warning:]"
    st.markdown(f"{icon} {sentence}")
