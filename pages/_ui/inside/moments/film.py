"""A film of what the network makes of the example, from its first moment to its last."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.figures.inside.film import answers_film
from pages._ui.gan.film import show_film
from pages._ui.inside.moments.history import Arrays, asker_over_time, follow_history
from pages._ui.inside.subject import Inside

HEIGHT, WIDTH = 420, 560
MAPS = "maps/"


def offer_film(inside: Inside) -> None:
    """Draw the button, and once it is on, the film."""
    is_on = st.toggle(
        "Film",
        key=f"moments_film_{inside.run.id}",
        help="Plays the answers, and the first maps that the network makes, from its first saved moment to its last.",
    )
    if not is_on:
        return
    ask, example, truth = asker_over_time(inside), inside.example, inside.truth
    assert example is not None
    steps, classes = inside.steps, inside.dataset.spec.classes

    def question() -> bytes:
        found = ask("first_maps", example[None])
        return answers_film(example, steps, found["answers"][:, 0], classes, _first_maps(found), truth)

    def show(data: bytes) -> None:
        show_film(
            data,
            inside.run,
            key="moments_film",
            below=f"{len(steps)} saved moments, and the first maps that the network makes, all on one scale",
            file_name=f"{inside.run.id}-example.webp",
            width=WIDTH,
        )

    follow_history(inside, "film", question, show, height=HEIGHT)


def _first_maps(found: Arrays) -> np.ndarray | None:
    """Return the maps of the first layer that makes some, float (moments, h, w, maps); None if none does."""
    return next((array for name, array in found.items() if name.startswith(MAPS)), None)
