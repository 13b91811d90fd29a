"""Uploaded sounds."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets.own.own import Card
from core.figures.examples import few_of_each
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.figures.sequences import as_curves
from core.names import shortened
from core.runs.visible import open_seen
from pages._ui.components.pictures.pictures import pictures
from pages._ui.data.kinds.view import KindView, list_left_out, say_found
from pages._ui.shell import owner, shell, words


def _describe(card: Card) -> None:
    found = card.notes
    total = sum(count for _, count in found["classes"])  # at most 100 classes
    st.markdown(
        f"{total:,} sounds in {len(found['classes'])} classes, {words.duration(found['seconds'])} in total, each "
        f"{found['shortest_s']:.2f} to {found['longest_s']:.2f} s long."
    )
    rates = ", ".join(f"{rate:,} Hz ({count:,})" for rate, count in found["rates_hz"])
    depths = ", ".join(f"{depth} ({count:,})" for depth, count in found["depths"])
    st.caption(f"Sample rates: {rates}. Bit depths: {depths}.")
    st.caption(", ".join(f"{words.name(label)} {count:,}" for label, count in found["classes"]))
    for remark in card.data_kind.remarks(found):
        st.markdown(f":material/visibility: {words.plain(remark)}")


def _review(card: Card) -> str:
    data = open_seen(shell.store().settings, card.id, owner.actor())
    _describe(card)
    say_found(card, data.spec)
    rows = few_of_each(data.y_train, data.spec)
    shown = [grey_picture(as_curves(np.asarray(data.x_train[row])), f"training sound {row}") for row in rows]
    names = [data.spec.classes[data.y_train[row]] for row in rows]
    st.caption("What a network hears: time from left to right, pitch from below, bright where it is loud.")
    pictures(shown, key="add_samples", below=[shortened(name, BELOW) for name in names], width=120)
    list_left_out(card)
    return ""


VIEW = KindView(_describe, _review, ":material/graphic_eq:")
