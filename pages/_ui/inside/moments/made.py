"""What a generator makes of one noise at all saved moments."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.features import Vector
from core.figures.colours import BLUE
from core.figures.gan.film import film
from core.figures.inside.strip import draw_values
from core.figures.pictures import framed_picture, grey_picture
from core.schedule.split import evenly_spread
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.gan.film import show_film
from pages._ui.inside.files import offer
from pages._ui.inside.moments.history import asker_over_time, follow_history
from pages._ui.inside.subject import Inside

HEIGHT, WIDTH, FILM_WIDTH = 300, 64, 280
MOST = 48  # pictures


def draw_made(inside: Inside) -> None:
    """Draw what comes of the noise, moment by moment, and of images a film."""
    ask, noise = asker_over_time(inside), inside.example
    assert noise is not None
    kind = inside.dataset.spec.features.noun
    st.caption(f"What the network makes of this noise at each saved moment: one {kind}, while it learns.")

    def question() -> np.ndarray:
        [made] = ask("samples", noise[None]).values()
        return made[:, 0]

    if isinstance(inside.dataset.spec.features, Vector):
        follow_history(inside, "made", question, partial(_draw_row, inside), height=HEIGHT)
        return
    follow_history(inside, "made", question, partial(_draw_images, inside), height=HEIGHT)
    if st.toggle("Film", key=f"moments_film_{inside.run.id}", help="Plays these images, first to last."):
        follow_history(
            inside,
            "made_film",
            lambda: film([grey_picture(image, "").png for image in question()]),
            partial(_show_film, inside),
            height=FILM_WIDTH,
        )


def _draw_images(inside: Inside, made: np.ndarray) -> None:
    """Draw images (moments, h, w, c), the one of the chosen moment marked."""
    here = inside.steps.index(inside.step)
    places = np.unique([*evenly_spread(np.arange(len(made)), MOST), here]).tolist()
    frames = ["" if place != here else BLUE for place in places]
    said = [f"{inside.steps[place]:,}" for place in places]
    shown = [
        framed_picture(made[place], f"made after step {step}", frame)
        for place, step, frame in zip(places, said, frames, strict=True)
    ]
    pictures(shown, key="moments_made", below=said, width=WIDTH)
    few = "" if len(places) == len(made) else f" {len(places)} of {len(made)} saved moments, evenly spread."
    st.caption(f"Below each stands its step; the chosen moment is framed.{few}")
    pixels = partial(pd.DataFrame, made.reshape(len(made), -1), index=pd.Index(inside.steps, name="step"))
    numbers = {"steps": np.array(inside.steps), "made": made}
    png = grey_picture(np.concatenate(made, axis=1), "").png  # side by side, first to last
    offer(inside, "made_over_time", png=png, numbers=numbers, table=lambda: pixels().reset_index(), key="moments")


def _draw_row(inside: Inside, made: np.ndarray) -> None:
    """Draw the numbers of a point or a row (moments, n) as lines."""
    figure = draw_values(inside.steps, made, inside.columns, chosen=inside.step)
    chart(figure, key="moments_made", alt=f"{', '.join(inside.columns)} at {len(made)} saved moments")
    columns = {"step": inside.steps, **dict(zip(inside.columns, made.T, strict=True))}
    offer(inside, "made_over_time", table=partial(pd.DataFrame, columns), key="moments")


def _show_film(inside: Inside, data: bytes) -> None:
    name = f"{inside.run.id}-one-noise.webp"
    below = f"{len(inside.steps)} saved moments"
    show_film(data, inside.run, key="moments_film", below=below, file_name=name, width=FILM_WIDTH)
