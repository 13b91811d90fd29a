"""What the results of a run say whatever it learned: which network they are about, and what it took."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from core.families.supervised.sections import tested_on
from core.runs.run_settings import config_of
from core.store import Run
from pages._ui.shell import shell, words
from pages._ui.shell.views import BEST, LAST, network_views


def say_why_empty(run: Run, what: str) -> None:
    """Say why a run has no results yet; `what` is what will be there."""
    ended = "This run ended before it could be tested, so there is nothing to show here."
    coming = f"{what} on unseen {shell.data_kind(run.dataset)} come here when training has ended."
    st.info(ended if run.status.is_final else coming, icon=":material/query_stats:")


def choose_network(run: Run, predictions: Iterable[str]) -> str:
    """Draw the choice of the network, where there are two, and return which it is: `last` or `best`.

    Args:
        run: The run.
        predictions: Names of what is in its file of predictions.
    """
    if not any(name.endswith("_best") for name in predictions):
        return "last"
    views, kind = network_views(), shell.data_kind(run.dataset)
    if views.shown is None:
        views.show(LAST)
    views.draw()
    st.caption(f"All below is about this network. Validation {kind} chose the best one, not the test {kind}.")
    return "best" if views.shown == BEST else "last"


def titled(title: str, which: str) -> str:
    """Return the title of a number, with the network that it is of, if that is not the last."""
    return title + (f", {BEST.lower()}" if which == "best" else "")


def shift(run: Run) -> str:
    """Say how the test images were changed on purpose; nothing if they were not."""
    told = tested_on(run.config.get("test_shift", "none"))
    return f"It was **{told}**: every test image was changed on purpose, no training image was." if told else ""


def best_and_last(run: Run, name: str, say: Callable[[float], str]) -> str:
    """Say a number of the best network by validation beside that of the last; nothing if there is no best.

    Args:
        run: The run.
        name: Of the number in its summary, such as `test_accuracy`.
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
    """Say how big the network is, how long it has learned, and from what."""
    done = run.summary.get("epochs_done", 0)
    epochs = {0: "less than one epoch", 1: "1 epoch"}.get(done, f"{done} epochs")
    return (
        f"{run.summary['parameters']:,} parameters · {epochs}, {run.summary['steps_done']:,} steps · "
        f"{words.duration(run.summary['fit_s'])} of training · {_learned_from(run)}"
    )


def _learned_from(run: Run) -> str:
    """Say what was trained and tested on: the data's own sentence, unless this run left some of it out."""
    dataset, config = shell.dataset(run.dataset), config_of(run)
    spec, used = dataset.spec, config.plan(dataset.spec).examples
    if used >= spec.train_size:
        return words.plain(dataset.split)
    kind = spec.kind
    return (
        f"{used:,} of {spec.train_size:,} training {kind} were learned from, {spec.test_size:,} {kind} only tested on."
    )
