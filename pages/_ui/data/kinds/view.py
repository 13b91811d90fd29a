"""What the data page draws of a kind of files, and what kinds draw alike."""

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
    """What is drawn of data of a kind.

    Args:
        describe: Draws what its card says was found in it; in the list of data too.
        review: Draws what its owner has to see before accepting it; returns whether it can be accepted as it is.
    """

    describe: Callable[[Card], None]
    review: Callable[[Card], bool]


def view_of(card: Card) -> KindView:
    """Return how data of this kind is drawn."""
    view: KindView = resolve(card.data_kind.page)
    return view


def of_described(describe: Callable[[Card], None]) -> KindView:
    """Return how data is drawn that no network learns from yet."""

    def review(card: Card) -> bool:
        st.caption("It is kept and checked. The model families that learn from such data are not here yet.")
        describe(card)
        list_left_out(card)
        return True

    return KindView(describe, review)


def say_found(card: Card, spec: DataSpec) -> None:
    """Draw how much there is to learn from, and what whoever read the files has to say of them."""
    notes, piece = card.notes, card.data_kind.piece
    said = [f"{spec.train_size:,} {spec.kind} to learn from, {spec.test_size:,} to test with."]
    if notes.get("near_duplicates"):
        said.append(
            f"{notes['near_duplicates']:,} nearly repeat another (burst photos); such images are on one side of the "
            "split only, so that the test stays honest."
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
    """Draw what is not part of the data, and why."""
    skipped, piece = card.notes.get("skipped", []), card.data_kind.piece
    if skipped:
        count = card.notes.get("skipped_count", len(skipped))
        with st.expander(f"Left out: {count:,} {piece if count == 1 else piece + 's'}", key="add_skipped"):
            names, reasons = zip(*skipped, strict=True)
            heads = (piece.capitalize(), "Why")
            cells = ([words.name(name) for name in names], [words.plain(why) for why in reasons])
            st.table(dict(zip(heads, cells, strict=True)))
