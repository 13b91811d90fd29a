"""The view How far back: how strongly the loss depends on what was read k steps before, and what that is worth."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.datasets.targets import Number
from core.figures.inside.reach import draw_lengths, draw_reach
from core.layers.memory import reads_any_length
from pages._ui.components.charts.chart import chart
from pages._ui.inside.files import offer
from pages._ui.inside.memory.peers import as_peer, choose_peers, kind_of, peers_of
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.probe.queries import ask_over_time, ask_snapshot
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, shell, words

HEIGHT, DEADLINE_S = 300, 120.0
MOMENTS, MOST_PEERS = 5, 3
TIMES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # lengths, in those that were learned
DRAWN, SEED = 300, 1  # sequences of each length, and from which seed


def draw_reach_view(inside: Inside) -> None:
    """Draw the gradient by distance at several moments, of this run and of others beside it."""
    if not inside.sees:
        privacy.say("How far back it looks in its test examples is")
        return
    if not has_sample(inside.run.dataset):
        st.caption("That is measured where the data is: it is not on this server.")
        return
    st.markdown("How strongly does the loss at the end depend on what was read **k steps before**?")
    peers = choose_peers(inside, peers_of(inside), key="reach_peers", most=MOST_PEERS, help=_PEERS)
    all_ = [inside, *(as_peer(inside, run) for run in peers)]
    for row in range(0, len(all_), 2):
        for place, one in zip(st.columns(2), all_[row : row + 2], strict=False):
            with place:
                _draw_one(one, inside)
    st.caption(_READING)
    _draw_lengths(inside, all_)


_PEERS = "Networks that learned from the same data: a simple RNN, a GRU and an LSTM side by side."
_READING = (
    "Length of the gradient of the loss at the last step by what was read k steps before, mean over test examples, "
    "in powers of ten. A line that falls straight fades by the same factor at each step: what lies far back "
    "hardly teaches the network anything. A flat line reaches back."
)


def moments_of(inside: Inside) -> list[int]:
    """Return a few of the saved moments, evenly spread, the first and the one that is looked at among them."""
    until = inside.steps[: inside.steps.index(inside.step) + 1]
    places = np.unique(np.linspace(0, len(until) - 1, MOMENTS).round().astype(int))
    return [until[place] for place in places]


def _draw_one(one: Inside, page: Inside) -> None:
    run, moments = one.run, moments_of(one)
    st.markdown(f"**{words.name(kind_of(run, page))}**")
    given = np.zeros(one.network.input_shape, one.network.dtype)
    question = partial(
        ask_over_time,
        shell.store(),
        run,
        moments,
        "reach",
        given,
        actor=privacy.viewer(run),
        part=one.part,
        deadline_s=DEADLINE_S,
    )
    one.follow("reach", question, partial(_show, one, moments), given=tuple(moments), height=HEIGHT)


def _show(one: Inside, moments: list[int], found: Arrays) -> None:
    reach = found["reach"]
    if len(reach) != len(moments):
        return
    figure = draw_reach(reach, moments)
    alt = f"Gradient by distance at {len(moments)} moments; at the last from {_ends(reach[-1])}"
    chart(figure, key=f"reach_{one.run.id}", alt=alt)
    table = partial(_table, reach, moments)
    offer(one, "reach", numbers={"reach": reach, "steps": np.array(moments)}, table=table, key=f"reach_{one.run.id}")


def _ends(line: np.ndarray) -> str:
    known = line[np.isfinite(line)]
    return f"{known[0]:.2g} to {known[-1]:.2g}" if len(known) else "nothing"


def _table(reach: np.ndarray, moments: list[int]) -> pd.DataFrame:
    lines = {f"step_{step}": line for step, line in zip(moments, reach, strict=True)}
    return pd.DataFrame({"k": np.arange(reach.shape[1]), **lines})


def _draw_lengths(inside: Inside, all_: list[Inside]) -> None:
    """Draw how well they answer sequences of other lengths, where examples can be drawn."""
    usual = inside.dataset.spec.input_shape[0]
    known = [one for one in all_ if reads_any_length(one.network)]
    if inside.dataset.draw is None or not known:
        return
    st.markdown(f"**Beyond the length that was learned, {usual} steps**")
    lengths = sorted({max(2, int(times * usual) // 2 * 2) for times in TIMES})
    names = [kind_of(one.run, inside) for one in known]
    mark = tuple((one.run.id, one.run.generation, one.step) for one in known)
    inside.follow(
        "at_length",
        partial(measure, inside.dataset.draw, _is_number(inside), lengths, [_asker(one) for one in known]),
        partial(_show_lengths, inside, lengths, names, usual),
        given=(*mark, *lengths),
        height=HEIGHT,
    )


def _is_number(inside: Inside) -> bool:
    return isinstance(inside.dataset.spec.target, Number)


def _asker(one: Inside) -> Callable[[np.ndarray], np.ndarray]:
    """Return what answers sequences of any length, in any thread."""
    store, run, step, actor = shell.store(), one.run, one.step, privacy.viewer(one.run)
    given = np.zeros(one.network.input_shape, one.network.dtype)
    how: dict[str, Any] = {"actor": actor, "part": one.part, "deadline_s": DEADLINE_S}
    return lambda longer: ask_snapshot(store, run, step, "at_length", given, longer=longer, **how)["answer"]


def measure(
    draw: Callable[..., tuple[np.ndarray, np.ndarray]],
    is_number: bool,
    lengths: list[int],
    askers: list[Callable[[np.ndarray], np.ndarray]],
) -> dict[str, np.ndarray]:
    """Return the accuracy or the RMSE at each length, (runs, lengths), and that of the simplest guess, (lengths,)."""
    measured, simplest = np.zeros((len(askers), len(lengths))), np.zeros(len(lengths))
    for at, length in enumerate(lengths):
        x, y = draw(np.random.default_rng(SEED), DRAWN, length)
        simplest[at] = y.std() if is_number else np.bincount(y).max() / len(y)
        for row, ask in enumerate(askers):
            said = ask(x)
            right = said[:, 0] - y if is_number else said.argmax(1) == y
            measured[row, at] = np.sqrt((right**2).mean()) if is_number else right.mean()
    return {"measured": measured, "simplest": simplest}


def _show_lengths(inside: Inside, lengths: list[int], names: list[str], usual: int, found: Arrays) -> None:
    if found["measured"].shape != (len(names), len(lengths)):
        return
    title = "RMSE" if _is_number(inside) else "accuracy"
    figure: go.Figure = draw_lengths(
        lengths, dict(zip(names, found["measured"], strict=True)), found["simplest"], usual, title
    )
    last = ", ".join(f"{name} {row[-1]:.3g}" for name, row in zip(names, found["measured"], strict=True))
    chart(figure, key="reach_lengths", alt=f"{title} by length; at {lengths[-1]} steps {last}")
    st.caption(f"{DRAWN} sequences of each length, drawn anew. Dotted: always the most frequent answer, or the mean.")
    rows = dict(zip(names, found["measured"], strict=True))
    offer(inside, "lengths", table=lambda: pd.DataFrame({"steps": lengths, **rows}), key="reach_lengths")
