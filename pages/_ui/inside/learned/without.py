"""What a network can do without some of its units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.inside.learned import draw_by_class, draw_losses
from pages._ui.components.charts.chart import chart
from pages._ui.inside.files import offer
from pages._ui.inside.learned.chosen import affordable, asker, choose_layer, of_all, stages
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

TOP, EXAMINED = 10, 1_000  # units shown; test examples, if they cost little
AT_ONCE = 32  # units measured in one question, so that others get their turn


@dataclass(frozen=True, eq=False)
class Losses:
    """What each unit of a layer is worth.

    Args:
        layer: The layer.
        found: Answer with the first row for all units on, then a row for each unit without it.
    """

    layer: str
    found: Arrays


def draw_without(inside: Inside) -> None:
    """Draw the units that matter most, and what is left without the chosen ones."""
    st.caption(
        "A unit that is off gives 0 for every example. What the network then gets wrong is what it needs the unit for."
    )
    layer = choose_layer(inside, len(stages(inside)) - 2, but_last=True)
    count, ask = stages(inside)[layer][-1], asker(inside)
    examined = affordable(inside, EXAMINED, AT_ONCE)

    def losses() -> Losses:
        return Losses(layer, _measured(ask, layer, count, examined))

    bare = of_all(inside)
    left, right = st.columns(2)
    with left:
        bare.follow("losses", losses, partial(_draw_losses, inside), given=layer, height=330)
    with right:
        off = st.multiselect(
            "Switch off",
            range(count),
            key=f"inside_off_{inside.run.id}_{layer}",
            placeholder="Choose units",
            help="Units or channels that give 0. None: nothing changes. All: the network cannot tell examples apart.",
        )
        _off(bare, layer, count, [unit for unit in off if unit < count])


def _measured(ask: object, layer: str, count: int, examined: int) -> dict[str, np.ndarray]:
    """Return the results with all units on, then without each, measured some at a time."""
    sets = np.concatenate([np.zeros((1, count), bool), np.eye(count, dtype=bool)])
    parts = [
        ask("units_off", layer=layer, off=sets[at : at + AT_ONCE], count=examined)  # type: ignore[operator]
        for at in range(0, len(sets), AT_ONCE)
    ]
    key = "right" if "right" in parts[0] else "error"
    return {**parts[0], key: np.concatenate([part[key] for part in parts])}


def _draw_losses(inside: Inside, losses: Losses) -> None:
    found, spec = losses.found, inside.dataset.spec
    worth, unit = _worth(found)
    best = np.argsort(-worth, kind="stable")[:TOP]
    label = "accuracy lost" if "right" in found else f"error gained{f', {unit}' if unit else ''}"
    names = [str(at) for at in best]
    st.markdown(f"**The {len(best)} units of {losses.layer} that matter most**")
    figure = draw_losses(names, [float(worth[at]) for at in best], label, is_share="right" in found)
    chart(figure, key="inside_losses", alt=f"{label} without each of the units {', '.join(names)}")
    size = int(found["examined"])
    tail = ""
    if "right" in found:
        by_class = (found["right"][0] - found["right"][1 + best[0]]) / np.maximum(found["counts"], 1)
        worst = int(by_class.argmax())
        tail = f" Without unit {best[0]}, class {words.plain(spec.classes[worst])} suffers most:"
        tail += f" {100 * by_class[worst]:.0f} points." if by_class[worst] > 0 else " no class suffers."
    st.caption(f"One at a time, measured on {size:,} of {spec.test_size:,} test {spec.kind}.{tail}")
    table = partial(pd.DataFrame, {"unit": np.arange(len(worth)), label: worth})
    offer(inside, f"units-{losses.layer}", table=table, key="losses")


def _worth(found: Arrays) -> tuple[np.ndarray, str]:
    """Return what is lost without each unit: a share of all examples, or error."""
    if "right" in found:
        right = found["right"].sum(1) / found["counts"].sum()
        return right[0] - right[1:], ""
    return found["error"][1:] - found["error"][0], ""


def _off(bare: Inside, layer: str, count: int, off: list[int]) -> None:
    """Draw the results with and without the chosen units."""
    ask, sets, count_of = asker(bare), np.zeros((2, count), bool), affordable(bare, EXAMINED, 2)
    sets[1, off] = True

    def question() -> tuple[str, list[int], Arrays]:
        return layer, off, ask("units_off", layer=layer, off=sets, count=count_of)

    bare.follow("off", question, partial(_draw_off, bare), given=(layer, *off), height=300)


def _draw_off(inside: Inside, answer: tuple[str, list[int], Arrays]) -> None:
    (layer, off, found), spec = answer, inside.dataset.spec
    which = f"without {', '.join(map(str, off))} of {layer}" if off else "with all units on"
    if "error" in found:
        before, after = (words.number(float(one)) for one in found["error"])
        st.metric(f"Mean error {which}", after, None if not off else f"{before} with all on", delta_color="off")
        return
    before, after = found["right"] / np.where(found["counts"], found["counts"], np.nan)
    shares = found["right"].sum(1) / found["counts"].sum()
    change = f", {words.percent(float(shares[0]))} with all on" if off else ""
    size = int(found["examined"])
    st.markdown(f"**{words.percent(float(shares[1]))}** right {which}{change}, of {size:,} test {spec.kind}.")
    figure = draw_by_class(before, after if off else None, spec.classes)
    chart(figure, key="inside_off", alt=f"Accuracy of each class {which}")
    table = partial(pd.DataFrame, {"class": spec.classes, "all on": before, "these off": after})
    offer(inside, "off", table=table, key="off")
