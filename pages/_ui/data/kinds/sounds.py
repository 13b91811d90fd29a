"""Uploaded sounds."""

from __future__ import annotations

import streamlit as st

from core.datasets.own.own import Card
from pages._ui.data.kinds.view import of_described
from pages._ui.shell import words


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
    for what in ("silent", "clipped"):
        if found[what]:
            some = words.plain(", ".join(found[what][:5]))
            count = found[f"{what}_count"]
            st.markdown(f":material/visibility: {count:,} {'is' if count == 1 else 'are'} {what}: {some}")


VIEW = of_described(_describe, ":material/graphic_eq:")
