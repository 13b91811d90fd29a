"""Each activation over the sums that its layer has now, and the units that it has locked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.figures.inside.activation import draw_activation
from core.layers.blocks import ACTIVATIONS
from pages._ui.components.charts.chart import chart
from pages._ui.inside.moments.history import asker_over_time
from pages._ui.inside.step.asked import has_data
from pages._ui.inside.subject import PATIENCE_S, Arrays, Inside
from pages._ui.probe.answer_cache import answers
from pages._ui.shell import words
from pages._ui.studio.untrained import follow_answer

HEIGHT = 300
MOST_NAMED = 12  # units that locked at the same moment


def draw_locks(inside: Inside) -> None:
    """Draw one layer's activation over the sums that the examples give."""
    st.markdown("**Activations**")
    if not has_data(inside):
        st.caption("The sums of each layer are shown where the data is: it is not on this server.")
        return
    run, spec = inside.run, inside.dataset.spec
    question = partial(asker_over_time(inside), "locks", np.zeros(spec.input_shape, spec.dtype))
    follow_answer(
        f"_step_locks_{run.id}",
        _key(inside),
        question,
        partial(_show, inside),
        partial(st.skeleton, height=HEIGHT),
        run.dataset,
        run=run,
        patience_s=PATIENCE_S,
    )


def _key(inside: Inside) -> str:
    return f"locks {inside.run.id}/{inside.run.generation} {inside.steps} {inside.part}"


def locks_of(inside: Inside) -> dict[str, dict[int, str]]:
    """Return by layer and unit since when it is locked; {} before it is known."""
    found = answers().known(_key(inside)) if has_data(inside) else None
    if found is None:
        return {}
    now, functions = _now(inside, found), _functions(found)
    return {
        layer: {
            int(unit): f"{_word(function)} {_since(found[f'locked/{layer}'][: now + 1, unit], inside.steps)}"
            for unit in np.flatnonzero(found[f"locked/{layer}"][now])
        }
        for layer, function in functions.items()
    }


def _functions(found: Arrays) -> dict[str, str]:
    functions: dict[str, str] = json.loads(found["functions"][-1].tobytes())
    return functions


def _now(inside: Inside, found: Arrays) -> int:
    return min(inside.steps.index(inside.step), len(found["examples"]) - 1)


def _word(function: str) -> str:
    return "dead" if function == "relu" else "saturated"


def _show(inside: Inside, found: Arrays) -> None:
    """Draw the answer for the moment that is looked at; it holds all moments, so moving asks for nothing."""
    functions = _functions(found)
    if not functions:
        st.caption("No layer of this network bends its sums.")
        return
    now = _now(inside, found)
    layer = st.segmented_control(
        "Layer",
        list(functions),
        default=next(iter(functions)),
        format_func=lambda name: f"{name} · {ACTIVATIONS.get(functions[name], functions[name])}",
        required=True,
        key=f"step_layer_{inside.run.id}",
        label_visibility="collapsed",
    )
    layer = layer if layer in functions else next(iter(functions))
    left, right = st.columns([60, 40], gap="medium")
    with left:
        counts, edges = found[f"counts/{layer}"][now], found[f"edges/{layer}"][now]
        chart(
            draw_activation(functions[layer], counts, edges),
            key="step_activation",
            alt=f"{functions[layer]} and its slope over the sums of {layer}, which lie from {edges[0]:.3g} to "
            f"{edges[-1]:.3g}",
        )
    with right:
        _say_locked(functions[layer], found[f"locked/{layer}"], now, inside.steps)
        st.caption(
            f"Sums of {int(found['examples'][now]):,} training {words.plain(inside.dataset.spec.kind)}. Where the "
            "slope is near 0, hardly any gradient comes through. Steps are those of saved moments."
        )


def _say_locked(function: str, locked: np.ndarray, now: int, steps: Sequence[int]) -> None:
    """List the units that are locked now, and since when.

    Args:
        function: The activation.
        locked: bool (moments, units).
        now: Which moment is looked at.
        steps: The moments.
    """
    units = np.flatnonzero(locked[now])
    word = _word(function)
    if not len(units):
        st.markdown(f":material/lock_open: No unit of {locked.shape[1]} is {word}.")
        return
    st.markdown(f"{len(units)} of {locked.shape[1]} units {'is' if len(units) == 1 else 'are'} {word}:")
    by_moment: dict[str, list[int]] = {}
    for unit in units:
        by_moment.setdefault(_since(locked[: now + 1, unit], steps), []).append(int(unit) + 1)
    lines = [f":material/lock: {since}: {_listed(numbers)}" for since, numbers in by_moment.items()]
    st.markdown("  \n".join(lines))


def _listed(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - MOST_NAMED} more" if len(numbers) > MOST_NAMED else ""
    return f"unit{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers[:MOST_NAMED]))}{more}"


def _since(locked: np.ndarray, steps: Sequence[int]) -> str:
    """Return since which moment a unit has been locked without a break."""
    open_at = np.flatnonzero(~locked)
    first = int(open_at[-1]) + 1 if len(open_at) else 0
    return f"since step {steps[first]:,}" if first else "from the beginning"
