"""The wall of data: families of data sets, each set with a picture of its examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.datasets import DATASETS, Dataset, DataSpec
from core.datasets.access import check_may_see
from core.datasets.dataset import prepared_folder
from core.datasets.features import Series, Tokens
from core.datasets.prepared import is_prepared
from core.datasets.targets import Nothing
from core.errors import DatasetError
from core.figures.examples import PLANE, SCALE, WIDTH, draw_examples, draw_kind
from core.figures.pictures import Picture
from core.runs.visible import open_seen
from core.store.records import SERVER
from pages._ui.shell import owner, shell

MOST_PICTURES = 300  # kept by the server, a few kB each


@dataclass(frozen=True)
class Shelf:
    """A family of data sets.

    Args:
        id: Stable name.
        title: Heading.
        sentence: What one example is.
        takes: Data's shape -> whether it belongs here; the first shelf that takes it has it.
        width: CSS pixels of its pictures.
    """

    id: str
    title: str
    sentence: str
    takes: Callable[[DataSpec], bool]
    width: int


SHELVES = (
    Shelf("images", "Images", "Each is a picture and what it shows.", lambda spec: spec.is_image, WIDTH // SCALE),
    Shelf(
        "tables",
        "Tables",
        "Each row is an example: a network predicts one column from the others.",
        lambda spec: spec.features.noun == "row",
        WIDTH // SCALE,
    ),
    Shelf(
        "sounds",
        "Sounds",
        "Each is a recording and what is heard: a network listens moment by moment.",
        lambda spec: isinstance(spec.features, Series) and spec.features.hearing is not None,
        WIDTH // SCALE,
    ),
    Shelf(
        "sequences",
        "Texts and series",
        "One step after another: a network reads them in order and remembers.",
        lambda spec: isinstance(spec.features, Tokens | Series),
        WIDTH // SCALE,
    ),
    Shelf(
        "answered",
        "Points with an answer",
        "Two numbers, and a class or a height to predict: you see how a network divides the plane.",
        lambda spec: not isinstance(spec.target, Nothing),
        PLANE // SCALE,
    ),
    Shelf(
        "points",
        "Points to imitate",
        "Two numbers and no answer: a network learns to make more of them.",
        lambda spec: True,
        PLANE // SCALE,
    ),
)


def shelf_of(spec: DataSpec) -> Shelf:
    """Return the shelf of data with this shape."""
    return next(shelf for shelf in SHELVES if shelf.takes(spec))


def wall_picture(dataset: Dataset) -> Picture:
    """Return a picture of a few examples, or of their kind while there are none.

    Raises:
        NotAllowedError: The visitor may not see the data.
    """
    settings = shell.store().settings
    check_may_see(settings, dataset.id, owner.actor())
    try:
        if is_prepared(settings, dataset.id):
            made = (prepared_folder(settings, dataset.id) / "about.json").stat().st_mtime_ns
            return _of_examples(dataset.id, made, dataset.title)
        if is_drawn_at_once(dataset):
            return _of_points(dataset.id, dataset.title)
    except (DatasetError, OSError):  # it was deleted, or is damaged and will be prepared again
        pass
    return _of_kind(dataset.spec, dataset.title)


@st.cache_data(max_entries=MOST_PICTURES, show_spinner=False)
def _of_examples(dataset_id: str, made: int, title: str) -> Picture:
    data = open_seen(shell.store().settings, dataset_id, SERVER)
    return draw_examples(data.x_train, data.y_train, data.spec, title)


def is_drawn_at_once(dataset: Dataset) -> bool:
    """Return whether its examples are points that its own code draws in a millisecond."""
    return dataset.id in DATASETS and dataset.spec.features.noun == "point"


@st.cache_data(max_entries=MOST_PICTURES, show_spinner=False)
def _of_points(dataset_id: str, title: str) -> Picture:
    dataset = DATASETS[dataset_id]
    arrays = dataset.load(shell.store().settings, {}, lambda words, share: None)
    return draw_examples(arrays["x_train"], arrays["y_train"], dataset.spec, title)


@st.cache_data(max_entries=MOST_PICTURES, show_spinner=False)
def _of_kind(spec: DataSpec, title: str) -> Picture:
    return draw_kind(spec, title)
