"""How the data page draws a kind of data, and the parts that kinds share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.datasets import DataSpec
from core.datasets.own.own import Card
from core.resolve import resolve
from pages._ui.shell import words


@dataclass(frozen=True)
class KindView:
    """How to draw data of one kind.

    Args:
        describe: Draws what the card says was found, in the list and in the review.
        review: Draws what the owner must see before accepting; returns what is to be done before that, as a sentence;
            empty if the data can be accepted as it is.
        icon: Stands for its examples while no picture of them can be drawn.
    """

    describe: Callable[[Card], None]
    review: Callable[[Card], str]
    icon: str = ":material/description:"


def view_of(card: Card) -> KindView:
    """Return the view for a card's kind of data."""
    view: KindView = resolve(card.data_kind.page)
    return view


def of_described(describe: Callable[[Card], None], icon: str) -> KindView:
    """Return the view for data that no network learns from yet."""

    def review(card: Card) -> str:
        st.caption("The data is checked and kept. No model family here learns from it yet.")
        describe(card)
        list_left_out(card)
        return ""

    return KindView(describe, review, icon)


def amount(value: float) -> str:
    """Return a number as read from a file: `1,234,567`, `0.1235`."""
    return f"{value:,.0f}" if value == round(value) else words.number(value, 4)


def say_found(card: Card, spec: DataSpec) -> None:
    """Draw the sizes of both parts and the remarks from reading the files."""
    notes, piece = card.notes, card.data_kind.piece
    said = [f"{spec.train_size:,} training {spec.kind}, {spec.test_size:,} test {spec.kind}."]
    if notes.get("near_duplicates"):
        said.append(
            f"{notes['near_duplicates']:,} are near-duplicates (burst photos); they stay on one side of the split, so "
            "the test measures new images only."
        )
    if count := notes.get("skipped_count"):
        said.append(
            f"1 {piece} was left out; it is listed below."
            if count == 1
            else f"{count:,} {piece}s were left out; they are listed below."
        )
    st.markdown(" ".join(said))
    for sentence in notes.get("said", []):
        st.markdown(f":material/info: {words.plain(sentence)}")


def list_left_out(card: Card) -> None:
    """Draw what was left out, and why."""
    skipped, piece = card.notes.get("skipped", []), card.data_kind.piece
    if skipped:
        count = card.notes.get("skipped_count", len(skipped))
        with st.expander(f"Left out: {count:,} {piece if count == 1 else piece + 's'}", key="add_skipped"):
            names, reasons = zip(*skipped, strict=True)
            heads = (piece.capitalize(), "Why")
            cells = ([words.name(name) for name in names], [words.plain(why) for why in reasons])
            st.table(dict(zip(heads, cells, strict=True)))
