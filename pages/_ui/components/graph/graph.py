"""The component that draws a network of dense layers, and computes its maps and answers in the browser."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.points.points import LIMIT
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.figures.colours import DIVERGING, QUIET, SERIES, VIRIDIS
from core.figures.network.dense import Examples, Layer
from core.steering.record import Edit
from pages._ui.components import component

SCALES = {"sequential": VIRIDIS, "diverging": DIVERGING}
UNTRAINED = -1  # step of a network that no run has
REACH = 2.0  # a number is shown so many standard deviations around its mean

_CODE = ("layers/arithmetic", *(f"graph/{part}" for part in ("dense", "paint", "wires", "surface")))
_moments = component("graph/moments", "<div></div>")
_component = component("graph/graph", "<div class='graph'></div>", *_CODE)


def graph(
    layers: Sequence[Layer],
    spec: DataSpec,
    frames: Mapping[int, np.ndarray],
    *,
    key: str,
    identity: str,
    examples: Examples | None = None,
    is_live: bool = False,
    step: int | None = None,
    steps: Sequence[int] = (),
    edited: Collection[str] = (),
    on_choose: Callable[[str], None] | None = None,
    on_moment: Callable[[int], None] | None = None,
    on_branch: Callable[[int, tuple[Edit, ...]], None] | None = None,
    on_gradient: Callable[[], None] | None = None,
) -> None:
    """Draw a network with the weights of some moments; the browser keeps those it has had of the same identity.

    Args:
        layers: Of `dense_layers`.
        spec: The data that it answers.
        frames: All weights in their order, by step.
        key: Streamlit's key.
        identity: What the moments are of, such as a run.
        examples: Shown on the surface; None if there are none, or they must not be seen.
        is_live: Whether more moments come, by `moments`.
        step: The moment to look at, if another than before; None for the last.
        steps: Moments that a run can start from.
        edited: Names of the layers whose settings are open.
        on_choose: Is given the name of a layer whose name was clicked.
        on_moment: Is given the step of the moment that was chosen.
        on_branch: Is given the step that a run is to start from, and the weights that were changed.
        on_gradient: Shows what the gradient of a weight is made of; may open another page.
    """

    def told(name: str) -> Any:
        return st.session_state.get(key, {}).get(name)

    def chosen() -> None:
        if on_choose and (name := told("chosen")):
            on_choose(str(name[0]))

    def moved() -> None:
        if on_moment and (moment := told("moment")):
            on_moment(int(moment["step"]))

    def branched() -> None:
        if on_branch and (asked := told("branch")):
            edits = (Edit(one["tensor"], tuple(one["index"]), float(one["value"])) for one in asked["edits"])
            on_branch(int(asked["step"]), tuple(edits))

    data = {
        "identity": identity,
        "layers": list(layers),
        "names": list(getattr(spec.features, "names", ())),
        "target": _target(spec),
        "limit": LIMIT if spec.features.noun == "point" else 0,
        "examples": examples and _examples(examples),
        "frames": _frames(frames),
        "isLive": is_live,
        "isUntrained": UNTRAINED in frames,
        "step": step,
        "steps": list(steps) if on_branch else [],
        "edited": list(edited),
        "canChoose": on_choose is not None,
        "scales": SCALES,
        "quiet": QUIET,
        "offer": "Train on from here" if on_branch else "",
        "canStep": on_gradient is not None,
        "isHidden": not is_visible(key),
    }
    _component(
        key=key,
        data=data,
        on_chosen_change=chosen,
        on_moment_change=moved,
        on_branch_change=branched,
        on_hidden_change=lambda: None,
        on_gradient_change=lambda: None,
        height="content",
    )
    if on_gradient and told("gradient"):
        on_gradient()


def moments(frames: Mapping[int, np.ndarray], *, key: str, identity: str) -> None:
    """Send moments to the live graph of this identity; all else of it is far larger.

    Args:
        frames, identity: As of `graph`.
        key: Streamlit's key.
    """
    _moments(key=key, data={"identity": identity, "frames": _frames(frames)}, height="content")


def _frames(frames: Mapping[int, np.ndarray]) -> list[list[Any]]:
    return [[step, _text(weights)] for step, weights in frames.items()]


def is_visible(key: str) -> bool:
    """Return whether the browser shows the drawing; until it says no, it does."""
    return not st.session_state.get(key, {}).get("hidden")


def _target(spec: DataSpec) -> dict[str, Any]:
    if isinstance(spec.target, Number):
        low, high = (spec.target.mean + side * REACH * (spec.target.spread or 1.0) for side in (-1, 1))
        return {"name": spec.target.name, "unit": spec.target.unit, "low": low, "high": high}
    return {"classes": list(spec.classes), "colours": SERIES}


def _examples(examples: Examples) -> dict[str, Any]:
    return {"x": _text(examples.x), "y": _text(examples.y), "training": examples.training}


def _text(numbers: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, "<f4").tobytes()).decode()
