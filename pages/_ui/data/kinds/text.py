"""An uploaded text: what it contains, and what it is split into."""

from __future__ import annotations

import streamlit as st

from core.datasets.own.own import Card
from core.datasets.texts.learn import LEAST_PIECES, MOST_PIECES, PIECES, WRITABLE
from core.datasets.texts.tokens import CHARACTER, PIECE
from core.runs.visible import open_seen
from pages._ui.data.kinds.choices import apply, choose_unit
from pages._ui.data.kinds.view import KindView, say_found
from pages._ui.shell import owner, shell, words


def _describe(card: Card) -> None:
    found = card.notes
    st.markdown(
        f"{found['characters']:,} characters, {found['words']:,} words, {found['lines']:,} lines; "
        f"{found['distinct_characters']:,} distinct characters, {found['distinct_words']:,} distinct words; "
        f"the longest line has {found['longest_line']:,} characters."
    )
    if found["undecoded"]:
        st.markdown(f":material/visibility: {words.percent(found['undecoded'], 2)} of it could not be decoded.")
    frequent = ", ".join(f"{words.name(word)} {count:,}" for word, count in found["top_words"][:12])
    st.caption(f"Most frequent words: {frequent}")
    with st.expander("Beginning of the text"):
        st.code(found["sample"], language=None, wrap_lines=True)


def _review(card: Card) -> str:
    say_found(card, open_seen(shell.store().settings, card.id, owner.actor()).spec)
    left, right = st.columns(2)
    unit = choose_unit(left, card, WRITABLE, card.options.get("unit", CHARACTER))
    settled = {"unit": unit}
    if unit == PIECE:
        settled["size"] = right.number_input(
            "Vocabulary",
            LEAST_PIECES,
            MOST_PIECES,
            card.options.get("size", PIECES),
            key=f"add_size_{card.id}",
            help="Number of pieces. Few: nearly characters. Many: long pieces, each seen rarely, and a large network.",
        )
    problem = apply(card, {**card.options, **settled})
    _describe(card)
    return problem


VIEW = KindView(_describe, _review, ":material/article:")
