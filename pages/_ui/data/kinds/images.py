"""Uploaded images: photos, arrays or pixel tables."""

from __future__ import annotations

import numpy as np

from core.datasets.own.own import Card
from core.figures.data import draw_balance
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.names import shortened
from core.runs.visible import open_seen
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.data.kinds.view import KindView, list_left_out, say_found
from pages._ui.shell import owner, shell

SAMPLES = 24


def _describe(card: Card) -> None:
    """Draw nothing: the images themselves are shown."""


def _review(card: Card) -> str:
    data = open_seen(shell.store().settings, card.id, owner.actor())
    say_found(card, data.spec)
    counts = [np.bincount(y, minlength=data.spec.num_classes).tolist() for y in (data.y_train, data.y_test)]
    figure = draw_balance(data.spec.classes, *counts)
    alt = f"Training and test images of each of {data.spec.num_classes} classes"
    chart(figure, key="add_balance", alt=alt)
    rows = np.unique(np.linspace(0, len(data.y_train) - 1, SAMPLES).round().astype(int))
    names = [data.spec.classes[data.y_train[row]] for row in rows]
    shown = [
        grey_picture(data.x_train[row], f"{name}, training image {row}") for row, name in zip(rows, names, strict=True)
    ]
    pictures(shown, key="add_samples", below=[shortened(name, BELOW) for name in names], width=72)
    list_left_out(card)
    return ""


VIEW = KindView(_describe, _review)
