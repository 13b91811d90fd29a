"""An uploaded text."""

from __future__ import annotations

import streamlit as st

from core.datasets.own.own import Card
from pages._ui.data.kinds.view import of_described
from pages._ui.shell import words


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


VIEW = of_described(_describe, ":material/article:")
