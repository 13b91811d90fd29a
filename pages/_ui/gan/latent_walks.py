"""Explore a GAN's latent space: paths, a film, a plane, arithmetic, a grid of classes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import streamlit as st

from core.analysis.gan.latent import PATHS, Kind, arithmetic, lerp, path, plane
from core.families.gan.noise import with_class
from core.figures.gan.film import FRAME_MS, film
from core.figures.gan.samples import lay_out
from core.figures.pictures import Picture, grey_picture
from pages._ui.components.pictures.pictures import pictures
from pages._ui.gan.film import show_film
from pages._ui.gan.snapshot import GanSnapshot
from pages._ui.shell import words

STEPS = 10
FILM_STEPS = 12  # from one sample to the next
SIDE = 9  # images along each side of the plane
STYLES = 5  # rows of the grid of classes
MOST_CLASSES = 12
WIDTH = 560  # CSS pixels of a sheet


def two_paths(snapshot: GanSnapshot, a: int, b: int) -> None:
    """Show the linear and the spherical path between two samples."""
    noise = np.concatenate([_way(snapshot, a, b, STEPS, kind) for kind in ("lerp", "slerp")])
    snapshot.follow_samples("path", noise, partial(_draw_paths, snapshot, a, b), 160)


def _way(snapshot: GanSnapshot, a: int, b: int, steps: int, kind: Kind) -> np.ndarray:
    """Return the noise (steps, latent and classes) along a path; the classes are interpolated linearly."""
    way = path(snapshot.latent(a), snapshot.latent(b), steps, kind)
    if not snapshot.classes:
        return way
    start, end = (snapshot.noise[index, snapshot.config.latent :] for index in (a, b))
    return np.hstack([way, lerp(start, end, np.linspace(0, 1, steps))])


def _draw_paths(snapshot: GanSnapshot, a: int, b: int, images: np.ndarray) -> None:
    best = PATHS["gaussian" if snapshot.config.noise == "gaussian" else "uniform"]
    lengths = [np.linalg.norm(path(snapshot.latent(a), snapshot.latent(b), 3, kind)[1]) for kind in ("lerp", "slerp")]
    for number, (kind, title) in enumerate((("lerp", "Straight (linear)"), ("slerp", "Around (spherical)"))):
        suits = f"; suits {snapshot.config.noise} noise" if kind == best else ""
        st.markdown(f"**{title}**: halfway, the noise has length {lengths[number]:.1f}{suits}.")
        row = images[number * STEPS : (number + 1) * STEPS]
        alt = f"{STEPS} images from {snapshot.name(a)} to {snapshot.name(b)}, {title.lower()}"
        pictures([_sheet(row, STEPS, alt)], key=f"explore_{kind}", width=WIDTH)
    usual = float(np.median(np.linalg.norm(snapshot.noise[:, : snapshot.config.latent], axis=1)))
    st.caption(f"The samples' own noise has length {usual:.1f}. Much shorter noise does not occur in training.")


def walk_film(snapshot: GanSnapshot, *stops: int) -> None:
    """Show a film of the path along some samples and back to the first."""
    kind = PATHS["gaussian" if snapshot.config.noise == "gaussian" else "uniform"]
    legs = zip(stops, (*stops[1:], stops[0]), strict=True)
    noise = np.concatenate([_way(snapshot, a, b, FILM_STEPS, kind)[:-1] for a, b in legs])
    ask = snapshot.asker()

    def make() -> bytes:
        images = ask("generator", "samples", noise)["samples/images"]
        return film([grey_picture(image, "").png for image in images], last_ms=FRAME_MS)

    snapshot.follow("walk", noise, make, partial(_draw_film, snapshot, stops), 360)


def _draw_film(snapshot: GanSnapshot, stops: tuple[int, ...], data: bytes) -> None:
    way = ", ".join(words.plain(snapshot.name(stop)) for stop in stops)
    name = f"walk-{snapshot.run.id}-{snapshot.step}.webp"
    show_film(data, snapshot.run, key="walk_film", below=f"{way}, and back.", file_name=name, width=300)


def plane_map(snapshot: GanSnapshot, a: int, b: int, c: int) -> None:
    """Show a map of the plane through three samples: A top left, B top right, C bottom left."""
    grid = plane(snapshot.noise[a], snapshot.noise[b], snapshot.noise[c], SIDE)
    snapshot.follow_samples("plane", grid.reshape(SIDE * SIDE, -1), partial(_draw_plane, snapshot), 560)


def _draw_plane(snapshot: GanSnapshot, images: np.ndarray) -> None:
    st.caption("A is top left, B top right, C bottom left. The fourth corner is B + C \N{MINUS SIGN} A.")
    alt = f"{SIDE} by {SIDE} images of the plane through three samples"
    pictures([_sheet(images, SIDE, alt)], key="explore_plane", width=WIDTH)


def arithmetic_of(snapshot: GanSnapshot, signs: Mapping[int, int]) -> None:
    """Show the sum of some samples' noise minus that of others."""
    plus, minus = ([i for i, sign in sorted(signs.items()) if sign == wanted] for wanted in (1, -1))
    if not plus:
        st.info("Click a sample to add it.")
        return
    total = arithmetic(*([snapshot.latent(i)[None] for i in group] for group in (plus, minus)))
    both = np.stack([total, _as_usual(snapshot, total)]).astype(np.float32)
    label = snapshot.label(plus[0])
    noise = np.concatenate([snapshot.noise[[*plus, *minus]], with_class(both, len(snapshot.classes), label)])
    snapshot.follow_samples("sum", noise, partial(_draw_sum, snapshot, plus, minus), 190)


def _as_usual(snapshot: GanSnapshot, total: np.ndarray) -> np.ndarray:
    """Return noise that could have been drawn: rescaled to the usual length, or clipped to its bounds."""
    if snapshot.config.noise == "uniform":
        return total.clip(-1, 1)
    return total * np.sqrt(snapshot.config.latent) / max(float(np.linalg.norm(total)), 1e-12)


def _draw_sum(snapshot: GanSnapshot, plus: list[int], minus: list[int], images: np.ndarray) -> None:
    if len(images) != len(plus) + len(minus) + 2:  # still the answer to the previous choice
        st.skeleton(height=190)
        return
    signs = ["+"] * len(plus) + ["\N{MINUS SIGN}"] * len(minus)
    below = [f"{sign} {index + 1}" for sign, index in zip(signs, [*plus, *minus], strict=True)]
    usual = "clipped to -1 to 1" if snapshot.config.noise == "uniform" else "at usual length"
    shown = [grey_picture(image, text) for image, text in zip(images, [*below, "the sum", usual], strict=True)]
    pictures(shown, key="explore_sum", below=[*below, "= as it is", f"= {usual}"], width=84)
    st.caption(
        "Single samples differ in many ways; add two or three similar ones for a cleaner result. The raw sum is mostly "
        "too long: G has never seen such noise."
    )


def class_grid(snapshot: GanSnapshot, first: int) -> None:
    """Show some samples' noise with every class."""
    num_classes, latent = len(snapshot.classes), snapshot.config.latent
    styles = [(first + row) % len(snapshot.noise) for row in range(STYLES)]
    shown = min(num_classes, MOST_CLASSES)
    asked = np.eye(shown, num_classes)
    rows = [np.hstack([np.tile(snapshot.noise[style, :latent], (shown, 1)), asked]) for style in styles]
    noise = np.concatenate(rows).astype(np.float32)
    snapshot.follow_samples("grid", noise, partial(_draw_grid, snapshot, shown), 320)


def _draw_grid(snapshot: GanSnapshot, shown: int, images: np.ndarray) -> None:
    if shown < len(snapshot.classes):
        st.caption(f"The first {shown} of {len(snapshot.classes)} classes.")
    alt = f"{STYLES} styles, each as {', '.join(snapshot.classes[:shown])}"
    pictures([_sheet(images, shown, alt, snapshot.classes[:shown])], key="explore_grid", width=WIDTH)


def _sheet(images: np.ndarray, columns: int, alt: str, labels: tuple[str, ...] = ()) -> Picture:
    picture = grey_picture(lay_out(images, columns), alt)
    return Picture(**{**vars(picture), "columns": columns, "labels": labels})
