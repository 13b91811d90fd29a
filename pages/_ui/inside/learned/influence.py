"""Which training examples argued for an answer, and which are nearest to the input as the network sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.influence import influence, moments, weigh
from core.datasets import Prepared
from core.datasets.targets import Classes, Number
from core.families import config_of, find_family
from core.families.supervised.config import SupervisedConfig
from core.figures.colours import BLUE, ORANGE
from core.figures.pictures import framed_picture
from core.runs.visible import examples_seen
from core.schedule.split import evenly_spread, training_rows
from core.steering.start import rates_of
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import offer
from pages._ui.inside.learned.chosen import SLOW_S, affordable, of_all, stages
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words

COMPARED, SHOWN, WIDTH = 2_000, 8, 64  # training examples, pictures in a row, CSS pixels


@dataclass(frozen=True, eq=False)
class Arguments:
    """What training examples have to do with an answer.

    Args:
        label: Class that they argued for; the true number of a number.
        rows: Of the training set, int (n,).
        labels: As the run learned them (n,).
        influence: float64 (n,); above 0, training on it made this answer more likely.
        distances: To the input in the last layer but one, float64 (n,).
        moments: Saved moments that were looked at.
        of: Number of examples that the run learned from.
    """

    label: float
    rows: np.ndarray
    labels: np.ndarray
    influence: np.ndarray
    distances: np.ndarray
    moments: list[int]
    of: int


def draw_influence(inside: Inside) -> None:
    """Draw which training examples argued for the network's answer to the chosen input, and which are like it."""
    spec = inside.dataset.spec
    if find_family(str(inside.run.family)).makes_examples or not spec.target.is_predicted:
        return
    st.subheader(f"Which training {spec.kind} argued for this")
    if not find_family(str(inside.run.family)).is_trained_here:
        st.caption("This network was trained elsewhere: what it learned from is not known here.")
        return
    if not inside.sees:
        privacy.say(f"Its training {spec.kind} are")
        return
    if inside.example is None:
        st.caption("Draw or choose an input first.")
        return
    if not spec.num_classes and inside.index is None:
        st.caption("Choose a test example: its true number is what others argue for.")
        return
    known = moments(inside.steps, inside.step)
    if not known:
        st.caption("At this moment the network has not learned from any example: move the time on.")
        return
    st.caption(
        "At each saved moment the gradients of both are compared (TracIn, last layer): a helpful example pulled the "
        "network towards this answer, a harmful one pulled it away."
    )
    is_truth = bool(spec.num_classes) and inside.truth is not None and _ask_which(inside)
    name = f"arguments_{is_truth}"
    inside.follow(
        "arguments", _question(inside, known, is_truth=is_truth), partial(_draw, inside), given=name, height=330
    )


def _ask_which(inside: Inside) -> bool:
    """Draw the choice of the class that was argued for; return whether it is the true one."""
    truth = words.plain(inside.dataset.spec.classes[inside.truth or 0])
    options = {"said": "the network's answer", "true": f"the true class, {truth}"}
    chosen = st.segmented_control(
        "Argued for",
        list(options),
        default="said",
        format_func=lambda one: options.get(one, one),
        required=True,
        key=f"inside_argued_{inside.run.id}",
    )
    return chosen == "true"


def _question(inside: Inside, known: Sequence[int], *, is_truth: bool) -> Callable[[], Arguments]:
    """Return what asks the probe, in another thread."""
    store, run, viewer = shell.store(), inside.run, privacy.viewer(inside.run)
    ask, example, spec = inside.asker(SLOW_S), inside.example, inside.dataset.spec
    at_each = [replace(of_all(inside), step=step).asker(SLOW_S) for step in known]
    layer, truth, config = list(stages(inside))[-2:][0], inside.truth, config_of(run)
    compared = affordable(inside, COMPARED)
    rates = rates_of(run, spec)
    loss: dict[str, Any] = {}
    if isinstance(config, SupervisedConfig) and isinstance(spec.target, Classes | Number):
        loss = {"loss": config.loss_on(spec), "smoothing": config.label_smoothing}

    def question() -> Arguments:
        data = examples_seen(store, run, viewer)
        used = training_rows(config, data.y_train, *spec.drawn)
        rows = evenly_spread(used.learn, compared)
        labels = used.labels[rows]
        label = float(truth) if is_truth and truth is not None else _label(ask, inside, data)
        asked = {"label": label, "rows": rows, "labels": labels, **loss}
        each = [one("influence", example, **asked)["products"] for one in at_each]
        near = ask("alike", example, layer=layer, rows=rows, is_training=True)["distances"]
        total = influence(np.stack(each), weigh(known, rates), len(used.learn))
        return Arguments(label, rows, labels, total, near, list(known), len(used.learn))

    return question


def _label(ask: Callable[..., dict[str, np.ndarray]], inside: Inside, data: Prepared) -> float:
    """Return the class that the network says, or the true number of a test example."""
    if not inside.dataset.spec.num_classes:
        return float(data.y_test[inside.index])
    [answers] = ask("answer", inside.example[None]).values()  # type: ignore[index]
    return float(answers[0].argmax())


def _draw(inside: Inside, found: Arguments) -> None:
    spec, order = inside.dataset.spec, np.argsort(-found.influence, kind="stable")
    what = words.plain(spec.classes[int(found.label)]) if spec.num_classes else words.number(found.label)
    strongest = float(np.abs(found.influence).max()) or 1.0
    said = [f"{100 * abs(value) / strongest:.0f} %" for value in found.influence]
    helpful = [at for at in order[:SHOWN] if found.influence[at] > 0]
    harmful = [at for at in order[::-1][:SHOWN] if found.influence[at] < 0]
    _row(inside, found, f"Helpful: training on these made **{what}** more likely", helpful, said, BLUE, "helpful")
    _row(inside, found, f"Harmful: training on these made **{what}** less likely", harmful, said, ORANGE, "harmful")
    near = np.argsort(found.distances, kind="stable")
    apart = [words.number(float(one)) for one in found.distances]
    title = "Nearest as the network sees them, with the distance in its last layer but one"
    _row(inside, found, title, near[:SHOWN].tolist(), apart, "", "nearest")
    if spec.num_classes:
        others = [at for at in near if found.labels[at] != int(found.label)][:SHOWN]
        _row(inside, found, f"Nearest of another class than **{what}**", others, apart, "", "other")
    st.caption(
        f"{len(found.rows):,} of the {found.of:,} {spec.kind} that this run learned from, at {len(found.moments)} "
        f"moments up to step {found.moments[-1]:,}; strengths in percent of the strongest, by the last layer alone."
    )
    columns = {"row": found.rows, "label": found.labels, "influence": found.influence, "distance": found.distances}
    offer(inside, "influence", table=partial(pd.DataFrame, columns), key="influence")


def _row(
    inside: Inside, found: Arguments, title: str, places: Sequence[int], said: Sequence[str], frame: str, key: str
) -> None:
    """Draw some training examples with what is said of each."""
    spec = inside.dataset.spec
    st.markdown(title)
    if not len(places):
        st.caption("None of those compared.")
        return
    rows = found.rows[list(places)]
    examples = np.array(examples_seen(shell.store(), inside.run, privacy.viewer(inside.run)).x_train[rows])
    names = [spec.classes[int(found.labels[at])] if spec.num_classes else f"{found.labels[at]:.4g}" for at in places]
    if spec.is_image:
        below = [f"{name}, {said[at]}" for name, at in zip(names, places, strict=True)]
        shown = [framed_picture(x, f"training {row}", frame) for x, row in zip(examples, rows, strict=True)]
        pictures(shown, key=f"inside_{key}", below=below, width=WIDTH)
        return
    table = {"training row": rows, "label": names, "strength" if frame else "distance": [said[at] for at in places]}
    columns = dict(zip(spec.features.names, examples.T, strict=True))  # type: ignore[union-attr]
    st.dataframe(pd.DataFrame({**table, **columns}), hide_index=True)
