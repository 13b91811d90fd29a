"""The same network at several first weights: the spread of outputs and of gradients, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from core.families import config_of
from core.families.supervised.config import SupervisedConfig
from core.figures.inside.signals import draw_signals
from core.layers import total_parameters, trace
from pages._ui.components.charts.chart import chart
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.probe.queries import ask_untrained
from pages._ui.shell import privacy, shell

SHOWN = {"zeros": "Zero", "tiny": "Tiny", "glorot_uniform": "Glorot", "he_normal": "He", "huge": "Huge"}
NOW = "Now"
DEADLINE_S = 20.0
HEIGHT = 400
MOST_WEIGHTS = 2_000_000
DEAD, WILD = 1e-6, 30.0  # sizes by which nothing arrives, or too much


def draw_first_weights(inside: Inside) -> None:
    """Draw the view."""
    config = config_of(inside.run)
    assert isinstance(config, SupervisedConfig)
    network = inside.network
    if total_parameters(trace(network.specs, network.input_shape)) > MOST_WEIGHTS:
        st.info(f"This network has more than {MOST_WEIGHTS:,} weights: to build it five times would take too long.")
        return
    st.markdown(
        "The same network before its first step, begun in five ways, and as it is now, at the chosen moment. Signals "
        "should neither fade nor grow from layer to layer: forward the outputs, backward the gradients of the weights."
    )
    store, run, viewer = shell.store(), inside.run, privacy.viewer(inside.run)
    none = np.zeros((0, *inside.dataset.spec.input_shape), inside.dataset.spec.dtype)
    ask = inside.asker(DEADLINE_S)

    def question() -> dict[str, Arrays]:
        begun = {
            said: ask_untrained(
                store, run, replace(config, initializer=name), "signals", none, actor=viewer, deadline_s=DEADLINE_S
            )
            for name, said in SHOWN.items()
        }
        return {**begun, NOW: ask("signals", none)}

    alone = replace(inside, example=None)
    alone.follow("signals", question, partial(_show), height=2 * HEIGHT)


def _show(found: Mapping[str, Arrays]) -> None:
    outputs, gradients = (_sizes(found, prefix) for prefix in ("output/", "gradient/"))
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Forward: spread of each layer's output**")
        figure = draw_signals(outputs, "standard deviation")
        chart(figure, key="signals_outputs", alt="Spread of the outputs by layer, for each kind of first weights")
    with right:
        st.markdown("**Backward: size of each layer's gradient**")
        figure = draw_signals(gradients, "root mean square")
        chart(figure, key="signals_gradients", alt="Size of the gradients by layer, for each kind of first weights")
    st.markdown("\n".join(f"- **{name}**: {_said(outputs[name], gradients[name])}" for name in found))
    st.caption("On 64 training examples. What is exactly 0 is drawn at the lowest mark, 10⁻⁹.")


def _sizes(found: Mapping[str, Arrays], prefix: str) -> dict[str, dict[str, float]]:
    return {
        name: {key.removeprefix(prefix): float(value) for key, value in arrays.items() if key.startswith(prefix)}
        for name, arrays in found.items()
    }


def _said(outputs: Mapping[str, float], gradients: Mapping[str, float]) -> str:
    """Return in a few words what becomes of the signals."""
    first, *_, last = [*gradients.values()] * 2
    if not any(gradients.values()):
        return "no weight gets a gradient, so none of them learns."
    if first < DEAD:
        return f"the first layer's gradient is {first:.1g}: it {'hardly learns' if first else 'does not learn'}."
    if max(outputs.values()) > WILD:
        return f"outputs spread over {max(outputs.values()):.2g}: units saturate, or the loss begins huge."
    return f"the first layer's gradient is {first / last:.2g} times the last one's."
