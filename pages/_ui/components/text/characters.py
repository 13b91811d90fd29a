"""A text coloured by how surprised a network was, with what it expected at a chosen character."""

from __future__ import annotations

from typing import Any

from core.runs.writing import Said, Written
from pages._ui.components import component

_component = component("text/characters", "<div class='characters'></div>")


def characters(said: Said, *, key: str, before: str = "", label: str) -> None:
    """Show a text; pointing at a character, or moving to it by arrow keys, shows what the network expected there.

    Args:
        said: The text and what the network thought of it.
        key: Streamlit's key.
        before: Text that stands before it, which the network has read only.
        label: What it is, for screen readers.
    """
    rows: list[dict[str, Any]] = [
        {"sign": sign, "nats": round(float(nats), 3), "likeliest": [[one, round(share, 4)] for one, share in likeliest]}
        for sign, nats, likeliest in zip(said.signs, said.nats, said.likeliest, strict=True)
    ]
    if isinstance(said, Written):
        for row, kept, cut in zip(rows, said.kept, said.cut, strict=True):
            row |= {"kept": int(kept), "cut": round(float(cut), 4)}
    _component(key=key, data={"before": before, "rows": rows, "label": label}, height="content")
