"""What somebody asks of one step: the right answer, the examples beside this one, the learning rate, the units."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.features import Image, Vector
from core.datasets.prepared import is_prepared
from core.datasets.targets import Number
from core.layers.derived import TITLES, derived_in
from core.names import shortened
from core.runs.one_step import Optimizer, batch_of, loss_of, optimizers_of, rate_at
from core.runs.visible import examples_seen
from core.steering.start import config_at
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words

BATCHES = (1, 4, 16)  # examples in a step
RATES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)  # times the run's own
LONGEST = 14  # letters of a name in the drawing


@dataclass(frozen=True, eq=False)
class Asked:
    """One step, but for how many were taken before it.

    Args:
        examples: The inputs, the chosen one first.
        wanted: What each should give, float64 (n,).
        rate: Learning rate.
        optimizers: Those that are compared.
        loss: The loss, for the probe.
        shown: By column the units that somebody chose.
    """

    examples: np.ndarray
    wanted: np.ndarray
    rate: float
    optimizers: list[Optimizer]
    loss: dict[str, Any]
    shown: dict[int, list[int]]

    def to_text(self, *, averages: list[str], update: int, by: int, taken: int) -> str:
        """Return the question for the probe's method `one_step`, with what is saved of the first optimiser."""
        rules = [
            {
                "id": one.id,
                "settings": {"rate": self.rate, **one.settings},
                "averages": averages if one.is_own else [],
                "t": update,
            }
            for one in self.optimizers
        ]
        return json.dumps({"loss": self.loss, "rules": rules, "by": by, "taken": taken, "shown": self.shown})

    def mark(self, inside: Inside) -> str:
        """Return what tells this question from others, however many steps were taken."""
        said = f"{inside.run.id}/{inside.run.generation} {inside.step} {self.rate} {self.shown}"
        parts = [said.encode(), self.examples.tobytes(), self.wanted.tobytes()]
        return hashlib.sha256(b" ".join(parts)).hexdigest()[:16]


def draw_question(inside: Inside, example: np.ndarray) -> Asked:
    """Draw the controls and return what is asked."""
    config, spec = config_at(inside.run, inside.step), inside.dataset.spec
    with st.container(horizontal=True, vertical_alignment="bottom", key="step_controls"):
        right = _choose_answer(inside)
        count = _choose_count(inside)
        rate = _choose_rate(inside, rate_at(config, spec, inside.step))
    examples, wanted = example[None], np.array([right], np.float64)
    if count > 1:
        data = examples_seen(shell.store(), inside.run, privacy.viewer(inside.run))
        others, labels = batch_of(data, config, count - 1)
        examples = np.concatenate([examples, others.astype(example.dtype)])
        wanted = np.concatenate([wanted, labels])
    shown: dict[int, list[int]] = st.session_state.get(_shown_key(inside), {})
    return Asked(examples, wanted, rate, optimizers_of(config), loss_of(config, spec.target), shown)


def _choose_answer(inside: Inside) -> float:
    target, run = inside.dataset.spec.target, inside.run
    help = "What this example should give. Choose another: the error changes, and all gradients with it."
    key = f"step_right_{run.id}_{inside.label}"
    if isinstance(target, Number):
        start = target.mean if inside.label is None else inside.label
        return float(
            st.number_input("Right answer", value=float(f"{start:.6g}"), key=key, help=help, width=150, format="%.6g")
        )
    names = inside.dataset.spec.classes
    return float(
        st.selectbox(
            "Right answer",
            range(len(names)),
            index=int(inside.label or 0),
            format_func=lambda k: shortened(names[k], 20),
            key=key,
            help=help,
            width=170,
        )
    )


def has_data(inside: Inside) -> bool:
    """Return whether the run's examples are here."""
    return is_prepared(shell.store().settings, inside.run.dataset)


def _choose_count(inside: Inside) -> int:
    if not has_data(inside):
        return 1
    noun = inside.dataset.spec.features.noun
    return int(
        st.selectbox(
            "Learn from",
            BATCHES,
            format_func=lambda n: f"this {noun}" if n == 1 else f"it and {n - 1} training {noun}s",
            key=f"step_count_{inside.run.id}",
            help=f"One {noun}: every product is its own. More: the gradient is their mean, as in a batch. "
            "The others are the first that the run learns from.",
            width=230,
        )
    )


def _choose_rate(inside: Inside, usual: float) -> float:
    times = st.select_slider(
        "Learning rate",
        RATES,
        value=1.0,
        format_func=lambda times: words.number(times * usual),
        key=f"step_rate_{inside.run.id}",
        help="How big the step is; in the middle as in this run, for all optimisers. Too small: the loss hardly "
        "moves. Too big: it rises.",
        width=250,
    )
    return float(times * usual)


def _shown_key(inside: Inside) -> str:
    return f"_step_shown_{inside.run.id}"


def choose_units(inside: Inside, columns: list[dict[str, Any]]) -> None:
    """Draw the choice of which units are written out, where not all of them are."""
    some = [(c, column) for c, column in enumerate(columns) if len(column["units"]) < column["total"]]
    if not some:
        return
    names = [unit_names(inside, columns, c, range(column["total"])) for c, column in some]
    with st.popover("Choose units", icon=":material/tune:", key="step_units"):
        st.caption("Drawn are the units that this example's loss depends on most. Choose others here; empty: these.")
        for (c, column), titles in zip(some, names, strict=True):
            st.multiselect(
                "Inputs" if c == 0 else column["name"],
                range(column["total"]),
                format_func=titles.__getitem__,
                key=f"step_units_{inside.run.id}_{c}",
                max_selections=16,
                on_change=_keep_units,
                args=(inside, c),
                placeholder="the strongest",
            )


def _keep_units(inside: Inside, column: int) -> None:
    """In a callback: write out other units."""
    shown = dict(st.session_state.get(_shown_key(inside), {}))
    shown[column] = list(st.session_state[f"step_units_{inside.run.id}_{column}"])
    st.session_state[_shown_key(inside)] = {c: units for c, units in shown.items() if units}


def unit_names(inside: Inside, columns: list[dict[str, Any]], column: int, units: Any) -> list[str]:
    """Return short names of units of a column: of inputs and answers those of the data, else such as `h1.3`."""
    features, target = inside.dataset.spec.features, inside.dataset.spec.target
    if column == 0:
        if derived := derived_in([spec.name for spec in inside.network.specs]):
            return [TITLES[derived[unit]] for unit in units]
        if isinstance(features, Vector):
            return [shortened(features.names[unit], LONGEST) for unit in units]
        return [_pixel(features, unit) for unit in units]
    if column == len(columns) - 1:
        names = [target.name] if isinstance(target, Number) else inside.dataset.spec.classes
        return [shortened(names[unit], LONGEST) for unit in units]
    layer = "" if len(columns) == 3 else f"{column}."
    return [f"h{layer}{unit + 1}" for unit in units]


def _pixel(image: Image, unit: int) -> str:
    place, channel = divmod(unit, image.channels)
    row, column = divmod(place, image.width)
    colour = f" {'RGB'[channel]}" if image.channels == 3 else ""
    return f"px {row + 1},{column + 1}{colour}"
