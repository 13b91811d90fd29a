"""The weights of every layer, and what its outputs are like, at the chosen moment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.prepared import is_prepared
from core.figures.colours import BLUE, ORANGE
from core.figures.inside.weights import HEIGHT, Row, draw_layer, draw_spread, rows_of
from pages._ui.bench.link import bench_link, neuron_link
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import by_place, offer
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words

Arrays = Mapping[str, np.ndarray]

WIDTH, MOST_ZOOM = 440, 12  # CSS pixels of all kernels together, and of a weight at most
CONVOLUTION = ("height", "width", "channels in", "filters")  # axes of its kernel
MOST_ROWS, TALL = 20, 640  # layers that are shown at full height; pixels of a table of more
NOISE = 64  # inputs of a generator
DEADLINE_S = 30.0  # of looking at a few hundred examples
SPLITS = {"test": "Test", "training": "Training"}


def draw_weights(inside: Inside) -> None:
    """Draw the kernels of a layer, how its weights and outputs are spread, and what is dead or saturated where."""
    ask, given = inside.asker(DEADLINE_S), _zeros(inside)
    if not inside.follow(
        "weights", partial(ask, "weights", given), partial(_kernels, inside), height=330, is_private=False
    ):
        return
    _outputs(inside)


def _zeros(inside: Inside) -> np.ndarray:
    return np.zeros(inside.network.input_shape, inside.network.dtype)


def _kernels(inside: Inside, weights: Arrays) -> None:
    """Draw the choice of a layer, its kernels, and the histogram of its weights."""
    layers = [name.partition("/")[2] for name in weights if name.startswith("counts/")]
    if not layers:
        st.info("No layer of this network has a kernel.", icon=":material/grid_off:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="weights_choice"):
        layer = str(
            st.selectbox(
                "Layer",
                layers,
                format_func=lambda name: f"{name} · {'×'.join(map(str, weights[f'shape/{name}']))}",
                key=f"weights_layer_{inside.run.id}_{inside.part}",
                help="The layer whose weights are drawn: convolutions as kernels, dense layers on images as templates.",
                width=300,
            )
        )
        shape = weights[f"shape/{layer}"].tolist()
        channel = _choose_channel(inside, layer, shape)
        if len(shape) == len(CONVOLUTION):
            bench_link("A convolution alone")
        else:
            neuron_link("One neuron alone")
    left, right = st.columns([55, 45], gap="medium")
    with left:
        _draw_kernels(inside, layer, channel)
    with right:
        numbers = weights[f"numbers/{layer}"]
        chart(
            draw_spread(weights[f"counts/{layer}"], weights[f"edges/{layer}"], f"weights of {layer}"),
            key="weights_spread",
            alt=f"Histogram of the weights of {layer}: mean {numbers[0]:.3g}, standard deviation {numbers[1]:.3g}",
        )
        st.caption(
            f"{np.prod(shape):,} weights, mean {numbers[0]:.3g}, standard deviation {numbers[1]:.3g}, "
            f"largest {numbers[2]:.3g}."
        )
        edges = weights[f"edges/{layer}"]
        table = partial(pd.DataFrame, {"from": edges[:-1], "to": edges[1:], "weights": weights[f"counts/{layer}"]})
        offer(inside, f"weights-{layer}", table=table, key="spread")


def _choose_channel(inside: Inside, layer: str, shape: list[int]) -> int:
    """Draw the choice of an input channel where a kernel has several; -1 for all."""
    if len(shape) < len(CONVOLUTION) or shape[2] == 1:
        return -1
    both = "as colours" if shape[2] == 3 else "their mean"
    return int(
        st.select_slider(
            "Input channel",
            range(-1, shape[2]),
            value=-1,
            format_func=lambda number: f"all, {both}" if number < 0 else str(number),
            key=f"weights_channel_{inside.run.id}_{inside.part}_{layer}",
            help="A filter has one kernel for each channel of its input; this chooses which.",
            width=260,
        )
    )


def _draw_kernels(inside: Inside, layer: str, channel: int) -> None:
    """Draw the weights of a layer, for those who may see what it learned from: a template may look like that."""
    if not inside.sees:
        privacy.say("The weights of this network one by one are")
        return
    question = partial(inside.asker(), "kernels", _zeros(inside), layer=layer, channel=channel)
    show = partial(_picture, inside, layer, channel)
    inside.follow("kernels", question, show, given=(layer, channel), height=HEIGHT, is_private=False)


def _picture(inside: Inside, layer: str, channel: int, arrays: Arrays) -> None:
    picture = draw_layer(layer, arrays["kernels"], channel)
    width = min(WIDTH, MOST_ZOOM * picture.width)
    pictures([picture], key="weights_kernels", snapshot=str(inside.step), width=width)
    table = partial(by_place, {"weight": arrays["kernels"]})
    name = f"kernels-{layer}" + (f"-{channel}" if channel >= 0 else "")
    offer(inside, name, png=picture.png, numbers=arrays, table=table, key="kernels")


def _outputs(inside: Inside) -> None:
    """Draw what all layers put out for a fixed batch, if the data is here, for those who may see it."""
    if not inside.sees:
        privacy.say("What the layers put out for its examples is")
        return
    settings = shell.store().settings
    takes_data = inside.takes_examples
    if not is_prepared(settings, inside.run.dataset):
        st.caption("What the layers put out is shown where the data is: it is not on this server.")
        return
    split = "test"
    with st.container(horizontal=True, vertical_alignment="center", key="weights_batch"):
        st.markdown("**All layers**", width="stretch")
        if takes_data:
            split = str(
                st.segmented_control(
                    "Examples",
                    list(SPLITS),
                    default="test",
                    required=True,
                    format_func=SPLITS.__getitem__,
                    key=f"weights_split_{inside.run.id}",
                    label_visibility="collapsed",
                )
            )
    ask, given = inside.asker(DEADLINE_S), _batch(inside, takes_data=takes_data)

    def question() -> Arrays:
        weights, outputs = ask("weights", given[0]), ask("activations", given, split=split)
        named = {"w": weights, "a": outputs}
        return {f"{part}:{key}": one for part, arrays in named.items() for key, one in arrays.items()}

    what = f"{SPLITS[split].lower()} {inside.dataset.spec.kind}" if takes_data else "random inputs"
    inside.follow("outputs", question, partial(_table, what, inside.dead), given=(split,), height=300)


def _batch(inside: Inside, *, takes_data: bool) -> np.ndarray:
    """Return what the network is given besides the data: nothing, or the noise of a generator."""
    if takes_data:
        return _zeros(inside)[None]
    return np.random.default_rng(0).normal(size=(NOISE, *inside.network.input_shape)).astype(np.float32)


def _table(what: str, dead: Arrays, both: Arrays) -> None:
    found = {
        part: {name.removeprefix(f"{part}:"): one for name, one in both.items() if name.startswith(f"{part}:")}
        for part in ("w", "a")
    }
    rows = rows_of(found["w"], found["a"], dead)
    st.dataframe(
        pd.DataFrame([_cells(row) for row in rows]).dropna(axis="columns", how="all"),
        hide_index=True,
        placeholder="",
        height="content" if len(rows) <= MOST_ROWS else TALL,
        column_config={
            "Weights": st.column_config.BarChartColumn(help="How its weights are spread", color=BLUE, width=96),
            "Outputs": st.column_config.BarChartColumn(
                help="How its outputs are spread, without zeros", color=ORANGE, width=96
            ),
            "Spread": st.column_config.NumberColumn(help="Standard deviation of its weights", format="%.3g"),
            "Largest": st.column_config.NumberColumn(help="Its largest weight, without sign", format="%.3g"),
            "Zeros": _share("Share of its outputs that are exactly 0"),
            "Dead": _share(
                "Units of a ReLU that are 0 for all of the 64 or fewer training examples that every snapshot looks at: "
                "they learn nothing more from them. Layers marks the same ones"
            ),
            "Saturated": _share("Units of a sigmoid or tanh that nearly always lie where it is flat"),
        },
        key="weights_table",
    )
    count = int(found["a"]["examples"])
    st.caption(f"Outputs for the same {count:,} {words.plain(what)} at every moment. {_sum(rows)}")


def _share(help: str) -> st.column_config.ProgressColumn:
    return st.column_config.ProgressColumn(help=help, min_value=0, max_value=1, format="percent", width=96)


def _cells(row: Row) -> dict[str, object]:
    return {
        "Layer": row.layer,
        "Kernel": row.shape,
        "Weights": list(row.weights) or None,
        "Outputs": list(row.outputs) or None,
        "Zeros": row.zeros,
        "Dead": row.dead,
        "Saturated": row.saturated,
        "Spread": row.spread,
        "Largest": row.largest,
    }


def _sum(rows: list[Row]) -> str:
    worst = max(rows, key=lambda row: row.dead or 0.0)
    if worst.dead:
        return f"Most dead units: {worst.dead:.0%} of {words.plain(worst.layer)}.".replace("%", " %")
    return "No unit of a ReLU is dead." if any(row.dead is not None for row in rows) else ""
