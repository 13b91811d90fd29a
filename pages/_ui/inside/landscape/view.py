"""The loss over a plane through the weights: along the way of training, or over two chosen weights."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from core.analysis.landscape import plane_of, plane_through
from core.families import config_of, find_family
from core.families.supervised.config import SupervisedConfig
from core.figures.inside.landscape import draw_landscape
from core.layers import total_multiply_adds, total_parameters, trace
from core.layers.weight_names import weight_names
from core.runs.visible import way_seen, weight_shapes
from core.schedule.losses import CLASS_LOSSES, NUMBER_LOSSES
from core.schedule.split import evenly_spread
from pages._ui.components.charts.chart import chart
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import privacy, shell, words

ALONG, TWO = "Along the training", "Over two weights"
SIDE, MOST_EXAMPLES, LEAST_EXAMPLES = 25, 256, 16
MOST_ADDS = 1e10  # multiply-adds of an answer, some seconds
MOST_WEIGHTS, MOST_LISTED, MOST_MOMENTS = 100_000, 2_000, 60
DEADLINE_S = 30.0
HEIGHT = 460


def draw_surface(inside: Inside) -> None:
    """Draw the view."""
    config, count = config_of(inside.run), _examples(inside)
    assert isinstance(config, SupervisedConfig)
    if not count:
        st.info("This network is too big: its loss at 625 places would take minutes.", icon=":material/landscape:")
        return
    if len(inside.steps) < 2:
        st.info("One saved moment is no way yet. Come back when the run has saved more.", icon=":material/landscape:")
        return
    ways = (ALONG, TWO)
    key = "landscape_way"
    way = st.segmented_control("Plane", ways, default=ALONG, key=key, required=True, label_visibility="collapsed")
    two = _choose_two(inside) if way == TWO else None
    steps = _moments(inside, with_chosen=two is not None)
    viewer, store, run, ask = privacy.viewer(inside.run), shell.store(), inside.run, inside.asker(DEADLINE_S)
    none = np.zeros((0, *inside.dataset.spec.input_shape), inside.dataset.spec.dtype)
    loss = config.loss_on(inside.dataset.spec)

    def question() -> Arrays:
        weights = way_seen(store, run, steps, viewer)
        plane = plane_of(weights) if two is None else plane_through(weights, *two, steps.index(inside.step))
        where = {"centre": plane.centre, "along": plane.along, "reach": plane.reach()}
        found = ask("loss_surface", none, **where, side=SIDE, count=count, loss=loss)
        return {**found, "reach": plane.reach(), "places": plane.places, "share": np.array(plane.share)}

    show = partial(_show, inside, steps, two, {**CLASS_LOSSES, **NUMBER_LOSSES}[loss].unit)
    same = inside if two else replace(inside, step=inside.steps[-1])  # the way is the same at every moment
    same = replace(same, example=None)
    same.follow("landscape", question, show, given=(two, tuple(steps)), height=HEIGHT)


def _examples(inside: Inside) -> int:
    """Return on how many examples the loss can be measured in some seconds; 0 if on too few."""
    spec = inside.dataset.spec
    costs = trace(find_family(str(inside.run.family)).layers(config_of(inside.run), spec), spec.input_shape)
    if total_parameters(costs) > MOST_WEIGHTS:
        return 0
    can = int(MOST_ADDS / (SIDE**2 * max(total_multiply_adds(costs), 1)))
    return min(can, MOST_EXAMPLES) if can >= LEAST_EXAMPLES else 0


def _moments(inside: Inside, *, with_chosen: bool) -> list[int]:
    """Return the saved moments that are drawn."""
    some = evenly_spread(np.array(inside.steps), MOST_MOMENTS).tolist()
    return sorted({*some, inside.steps[-1], *([inside.step] if with_chosen else [])})


def _choose_two(inside: Inside) -> tuple[int, int]:
    """Draw the choice of two weights; return their places among all."""
    names = _names(inside)
    columns = st.columns(2)
    help = "In the order of the layers, by input and unit; a bias by its unit."
    found = []
    for column, (label, at) in zip(columns, (("First weight", 0), ("Second weight", 1)), strict=True):
        with column:
            key = f"landscape_{at}_{inside.run.id}"
            options = [place for place in range(len(names)) if place not in found]
            found.append(st.selectbox(label, options, format_func=names.__getitem__, key=key, help=help))
    return int(found[0]), int(found[1])


def _names(inside: Inside) -> list[str]:
    """Return a name for each of the first weights."""
    specs = find_family(str(inside.run.family)).layers(config_of(inside.run), inside.dataset.spec)
    return weight_names(specs, weight_shapes(shell.store(), inside.run, inside.step), MOST_LISTED)


def _show(inside: Inside, steps: list[int], two: tuple[int, int] | None, unit: str, found: Arrays) -> None:
    """Draw the surface, and say what it holds."""
    losses, share = found["losses"], float(found["share"])
    finite = losses[np.isfinite(losses)]
    if two is None:
        axes = ("first direction of the way", "second direction")
        held = f"These two directions hold {words.percent(share)} of the way through all weights."
    else:
        names = _names(inside)
        axes = (f"{names[two[0]]}, change from now", f"{names[two[1]]}, change from now")
        held = "All other weights stay as they are at the chosen moment: only there the ground is the run's own loss."
    figure = draw_landscape(losses, found["reach"], found["places"], steps, inside.step, axes)
    chart(figure, key="landscape", alt=f"The loss around the weights, with the way of {len(steps)} saved moments")
    st.caption(
        f"Ground: {unit}, from {words.number(float(finite.min()))} (dark) to {words.number(float(finite.max()))} "
        f"(light), on a logarithmic scale, of {int(found['examined']):,} training {inside.dataset.spec.kind}. Dots: "
        f"saved moments; the ring is the first, the diamond the chosen one. {held}"
    )
