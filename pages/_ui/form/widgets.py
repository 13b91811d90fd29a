"""A setting's widget, made from what the setting may hold."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from core.config import Bounded, Choice

_SLIDER_MOST = 200  # a longer range of whole numbers is typed, not slid


def draw_knob(knob: Bounded | Choice, label: str, *, value: Any, default: Any, **more: Any) -> None:
    """Draw the widget of one setting.

    Args:
        knob: What it may hold.
        label: Heading.
        value: What it holds.
        default: What it starts from; a slider has a stop there.
        more: Streamlit's `key`, `help`, `disabled`, `on_change`, `args`.
    """
    if isinstance(knob, Choice):
        at = knob.options.index(value)
        st.selectbox(label, knob.options, format_func=knob.say, index=at, **more)
    elif knob.scale == "log":
        options = sorted({*stops(knob), value, default})
        st.select_slider(label, options, format_func=knob.format, value=value, **more)
    else:
        low, high = (int(knob.low), int(knob.high)) if knob.whole else (knob.low, knob.high)
        draw = st.slider if knob.high - knob.low <= _SLIDER_MOST else st.number_input
        step = 1 if knob.whole else knob.step
        shape = {} if knob.whole else {"format": f"%.{_digits(knob.step or 0.01)}f"}
        draw(label, min_value=low, max_value=high, step=step, **shape, value=value, **more)


def stops(knob: Bounded) -> list[Any]:
    """Return the stops of a logarithmic slider: powers of two, or 1-2-5 a decade; from 0 if that is allowed."""
    if knob.whole:
        first, last = math.ceil(math.log2(knob.low)), math.floor(math.log2(knob.high))
        return [2**power for power in range(first, last + 1)]
    low = knob.low or knob.step or 1e-6
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(knob.high)) + 1)
    found = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
    return [*([0.0] if knob.low == 0 else []), *(stop for stop in found if low <= stop <= knob.high)]


def _digits(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))
