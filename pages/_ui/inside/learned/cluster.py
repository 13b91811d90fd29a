"""What the test examples in the lasso share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.cluster import Cluster, describe
from core.datasets.corruptions import shifted_rows
from core.figures.colours import WRONG
from core.figures.pictures import framed_picture
from core.runs.visible import examples_seen
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import offer
from pages._ui.inside.images.groups import offer_naming
from pages._ui.inside.learned.chosen import test_shift
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words

MOST, NAMED, WIDTH = 24, 4, 56  # pictures, classes in words, CSS pixels


def examples_of(inside: Inside) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that gives test examples by their rows in any thread, as the run is tested on them."""
    store, run, viewer, shift = shell.store(), inside.run, privacy.viewer(inside.run), test_shift(inside.run)

    return lambda rows: shifted_rows(examples_seen(store, run, viewer).x_test, rows, shift)


def draw_cluster(inside: Inside, rows: np.ndarray, truth: np.ndarray, answers: np.ndarray, chosen: np.ndarray) -> None:
    """Draw the chosen examples and say what they share.

    Args:
        inside: What is looked at.
        rows: Rows of the test set, int (n,).
        truth, answers: Of each, (n,) and (n, classes or 1).
        chosen: Places of the chosen ones, int (k,), k > 0.
    """
    spec = inside.dataset.spec
    if spec.num_classes:
        said = answers.argmax(1)
        _say(inside, describe(chosen, truth, said))
        wrong = (said != truth)[chosen]
    else:
        apart = np.abs(answers[:, 0] - truth)
        mean = words.number(float(truth[chosen].mean()))
        error, all_of = words.number(float(apart[chosen].mean())), words.number(float(apart.mean()))
        st.markdown(f"**{len(chosen):,} chosen:** {mean} on average; mean error {error}, of all shown {all_of}.")
        wrong = np.zeros(len(chosen), bool)
    few = chosen[:MOST]
    examples = examples_of(inside)(rows[few])
    if spec.is_image:
        frames = [WRONG if is_wrong else "" for is_wrong in wrong]
        shown = [framed_picture(x, f"test {rows[at]}", f) for x, at, f in zip(examples, few, frames, strict=False)]
        pictures(shown, key="inside_cluster", below=[str(rows[at]) for at in few], width=WIDTH)
    else:
        names = spec.features.names  # type: ignore[union-attr]
        table = {"test row": rows[few], "true": truth[few], **dict(zip(names, examples.T, strict=True))}
        st.dataframe(pd.DataFrame(table), hide_index=True, height=240)
    if len(chosen) > MOST:
        st.caption(f"The first {MOST} of {len(chosen):,}.")
    columns = {"row": rows[chosen], "true": truth[chosen], "wrong": wrong}
    offer(inside, "chosen", table=partial(pd.DataFrame, columns), key="cluster")
    offer_naming(inside.run, rows[chosen].tolist(), "chosen on the map", is_by_answers=True)  # which it shows


def _say(inside: Inside, cluster: Cluster) -> None:
    names = [words.plain(name) for name in inside.dataset.spec.classes]
    parts = [
        f"{count / cluster.size:.0%} {names[label]}".replace("%", " %") for label, count in cluster.classes[:NAMED]
    ]
    more = len(cluster.classes) - NAMED
    told = ", ".join(parts) + (f" and {more} more {'class' if more == 1 else 'classes'}" if more > 0 else "")
    right = f"{words.percent(cluster.accuracy)} right"
    right += "" if np.isnan(cluster.elsewhere) else f", {words.percent(cluster.elsewhere)} elsewhere"
    missed = [
        f"{names[truth]} called {names[said]} ({'once' if count == 1 else f'{count:,} times'})"
        for truth, said, count in cluster.confusions[:2]
    ]
    tail = f" Its mistakes: {', '.join(missed)}." if missed else ""
    st.markdown(f"**{cluster.size:,} chosen:** {told}; {right}.{tail}")
