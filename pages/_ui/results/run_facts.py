"""The parts that all results share: the choice of the network, and the cost of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from core.families import config_of
from core.families.supervised.sections import tested_on
from core.store import Run
from pages._ui.shell import shell, words
from pages._ui.shell.views import BEST, LAST, network_views


def say_why_empty(run: Run, what: str) -> None:
    """Show why a run has no results; `what` names the results to come."""
    ended = "This run ended before it could be tested, so there is nothing to show here."
    coming = f"{what} on unseen {shell.data_kind(run.dataset)} appear here when training has ended."
    st.info(ended if run.status.is_final else coming, icon=":material/query_stats:")


def choose_network(run: Run, predictions: Iterable[str]) -> str:
    """Draw the choice of the network, if there are two; return `last` or `best`.

    Args:
        run: The run.
        predictions: Names of the arrays in its file of predictions.
    """
    if not any(name.endswith("_best") for name in predictions):
        return "last"
    views, kind = network_views(), shell.data_kind(run.dataset)
    if views.shown is None:
        views.show(LAST)
    with st.container(horizontal=True, vertical_alignment="center"):
        views.draw()
        st.caption(f"All below is about this network. The best was chosen by validation {kind}.", width="stretch")
    return "best" if views.shown == BEST else "last"


def titled(title: str, which: str) -> str:
    """Return the title of a number, with the network's name unless it is the last."""
    return title + (f", {BEST.lower()}" if which == "best" else "")


def shift(run: Run) -> str:
    """Return how the test images were changed on purpose; "" if they were not."""
    told = tested_on(run.config.get("test_shift", "none"))
    return f"It was **{told}**: every test image was changed on purpose, no training image was." if told else ""


def best_and_last(run: Run, name: str, say: Callable[[float], str]) -> str:
    """Return a number of the best network beside that of the last; "" without a best network.

    Args:
        run: The run.
        name: Name of the number in its summary, such as `test_accuracy`.
        say: Number -> words.
    """
    best = run.summary.get(f"{name}_best")
    if best is None:
        return ""
    return (
        f"Best by validation, step {run.summary['best_step']:,}: {say(best)}; "
        f"last, step {run.summary['steps_done']:,}: {say(run.summary[f'{name}_last'])}."
    )


def cost(run: Run) -> str:
    """Return the network's size, its training time and its data, in words."""
    if "steps_done" not in run.summary:
        spec = shell.dataset(run.dataset).spec
        size = f"{run.summary['parameters']:,} parameters"
        return f"{size} · trained elsewhere · tested on {spec.test_size:,} {spec.kind}."
    done = run.summary.get("epochs_done", 0)
    epochs = {0: "less than one epoch", 1: "1 epoch"}.get(done, f"{done:,} epochs")
    return (
        f"{run.summary['parameters']:,} parameters · {epochs}, {run.summary['steps_done']:,} steps · "
        f"{words.duration(run.summary['fit_s'])} of training · {_learned_from(run)}"
    )


def _learned_from(run: Run) -> str:
    """Return the data's own sentence about its split, or how much of the training data this run used."""
    dataset, config = shell.dataset(run.dataset), config_of(run)
    spec, used = dataset.spec, config.plan(dataset.spec).examples
    if used >= spec.train_size:
        return words.plain(dataset.split)
    kind = spec.kind
    return f"trained on {used:,} of {spec.train_size:,} training {kind}, tested on {spec.test_size:,} {kind}."
