"""One attribution with what tells how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis.attribution.verdicts import FEWEST_PARTS, of_completeness, of_curves, of_empty, of_random_weights
from core.analysis.attribution.ways import WAYS, Way
from core.datasets.features import Vector
from core.figures.inside.attribution import by_column, draw_attribution, draw_columns, flat
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import by_place, offer
from pages._ui.inside.subject import Arrays
from pages._ui.inside.why.subject import Explained

WIDTH, SMALL = 190, 96  # CSS pixels of a map, and of that of random weights
HEIGHT = 240
PATIENCE_S = 30.0


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


def draw_attribution_of(subject: Explained, asked: Asked, key: str, says: DeltaGenerator) -> None:
    """Draw an attribution as soon as it is there, and then how far to trust it; `says` is the place of the answer."""
    ask, example, about = subject.inside.asker(PATIENCE_S), subject.example, WAYS[asked.way]
    options = asked.options()
    trust = {"way": asked.way, "target": asked.target, "baseline": asked.baseline, "layer": asked.layer}
    with st.container(horizontal=subject.is_image, gap="medium"):
        map_ = st.container(width=WIDTH if subject.is_image else "stretch")
        with st.container(width="stretch"):
            st.markdown(about.sentence if subject.is_image else about.of_row)
            random = st.container()
    adds_up, verdict, files, random_files = (st.container() for _ in range(4))

    def show(found: Arrays) -> None:
        picture = _map(subject, asked, found, key)
        answer = int(found["answers"].argmax() if subject.classes else found["target"])
        says.markdown(f"The network says **{subject.says(found['answers'], answer)}**.")
        with adds_up:
            _sum(subject, about, found)
        with files:
            _offer(subject, f"{asked.way}_{int(found['target'])}", found, "attribution", picture, key)

    def show_trust(found: Arrays) -> None:
        if not found["most"]:
            return
        if found["random"].size >= FEWEST_PARTS:
            _say(*of_random_weights(found, about.is_signed))
        _say(*of_curves(found, bool(subject.classes)))
        if subject.is_image:
            with random:
                picture = _random(subject, asked, found, key)
            with random_files:
                _offer(subject, f"{asked.way}_random_weights", found, "random", picture, f"{key}_random")

    with map_:
        given = (asked.way, *options.values())
        name = f"{key}_{asked.way}"  # no map of one method is shown as that of another, not even for a moment
        subject.inside.follow(
            name, lambda: ask(asked.way, example, **options), show, given=given, height=HEIGHT, is_private=False
        )
    with verdict:
        subject.inside.follow(
            f"{key}_trust_{asked.way}",
            lambda: ask("trust", example, **trust),
            show_trust,
            given=tuple(trust.values()),
            height=HEIGHT // 3,
            is_private=False,
        )


def _offer(subject: Explained, name: str, found: Arrays, what: str, picture: bytes, key: str) -> None:
    """Offer a map, with the image that it is of, and all that was measured of it."""
    both = {what: found[what], "input": subject.example}
    offer(
        subject.inside,
        name,
        png=picture,
        numbers={"input": subject.example, **found},
        table=partial(by_place, both, subject.inside.columns),
        key=f"{key}_save",
        title="Random weights" if what == "random" else "This map" if subject.is_image else "",
        of_example=True,
    )


def _map(subject: Explained, asked: Asked, found: Arrays, key: str) -> bytes:
    """Draw the attribution; return its picture, or nothing for a row."""
    attribution, about = found["attribution"], WAYS[asked.way]
    title = f"{about.title}: {subject.classes[int(found['target'])]}" if subject.classes else about.title
    features = subject.inside.dataset.spec.features
    if isinstance(features, Vector):
        figure = draw_columns(by_column(attribution, features.columns), about.title)
        chart(figure, key=f"{key}_map", alt=f"{title}, by column")
        return b""
    most = float(np.abs(flat(attribution)).max())
    drawn = draw_attribution(title, subject.example, attribution, is_signed=about.is_signed, opacity=asked.opacity)
    pictures([drawn], key=f"{key}_map", width=WIDTH, below=[f"1 is {most:.3g}, this map's most"])
    return drawn.png


def _sum(subject: Explained, about: Way, found: Arrays) -> None:
    if empty := of_empty(found["attribution"]):
        st.warning(empty, icon=":material/block:")
    elif not about.is_signed and (found["attribution"] < 0).any():
        target = subject.name(int(found["target"]))
        _say(False, f"Nothing in these maps speaks for {target}. What speaks against it is shown, in blue.")
    elif "completeness" in found:
        _say(*of_completeness(float(found["change"]), float(found["completeness"]), bool(subject.classes)))


def _random(subject: Explained, asked: Asked, found: Arrays, key: str) -> bytes:
    """Draw the attribution of a network of random weights, and return its picture."""
    about, example = WAYS[asked.way], subject.example
    drawn = draw_attribution(
        "Random weights", example, found["random"], is_signed=about.is_signed, opacity=asked.opacity
    )
    pictures([drawn], key=f"{key}_random", width=SMALL)
    return drawn.png


def _say(is_good: bool, sentence: str) -> None:
    icon = ":green[:material/check_circle:]" if is_good else ":orange[:material/warning:]"
    st.markdown(f"{icon} {sentence}")
