"""Draw the widget of a setting."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from core.config import Blocks, Bounded, Choice, Corrections, Field, Several

_SLIDER_MOST = 200  # a wider range gets a number input


def draw_widget(
    field: Bounded | Choice | Corrections | Several, label: str, *, value: Any, default: Any, **more: Any
) -> None:
    """Draw the widget of one setting.

    Args:
        field: Its range or options, or what else it may hold.
        label: Label of the widget.
        value: Its value.
        default: The preset's value; a logarithmic slider has a stop there.
        more: Streamlit's `key`, `help`, `disabled`, `on_change`, `args`.
    """
    if isinstance(field, Choice):
        at = field.options.index(value)
        st.selectbox(label, field.options, format_func=field.say, index=at, **more)
    elif isinstance(field, Several):
        options, chosen = list(field.titles), value.split(",")
        st.pills(
            label, options, selection_mode="multi", default=chosen, format_func=field.titles.get, wrap=True, **more
        )
    elif isinstance(field, Corrections):
        st.text_input(label, value, placeholder="none", **more)
    elif field.scale == "log":
        options = sorted({*stops(field), value, default})
        said = "{:,}".format if field.whole else field.format
        st.select_slider(label, options, format_func=said, value=value, **more)
    else:
        low, high = (int(field.low), int(field.high)) if field.whole else (field.low, field.high)
        draw = st.slider if field.high - field.low <= _SLIDER_MOST else st.number_input
        step = 1 if field.whole else field.step
        shape = {} if field.whole else {"format": f"%.{_digits(field.step or 0.01)}f"}
        draw(label, min_value=low, max_value=high, step=step, **shape, value=value, **more)


def say_value(field: Field, value: Any) -> str:
    """Return the value of a setting in words, each layer of a list too."""
    if isinstance(field, Blocks):
        return ", ".join(f"{block.title} {block.summary}".strip() for block in value) or "none"
    return field.say(value)


def stops(field: Bounded) -> list[Any]:
    """Return the stops of a logarithmic slider: powers of two, or 1-2-5 per decade, and 0 if allowed."""
    if field.whole:
        first, last = math.ceil(math.log2(field.low)), math.floor(math.log2(field.high))
        return [2**power for power in range(first, last + 1)]
    low = field.low or field.step or 1e-6
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(field.high)) + 1)
    found = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
    return [*([0.0] if field.low == 0 else []), *(stop for stop in found if low <= stop <= field.high)]


def _digits(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))
