"""The first lines of the results: how many are right, what that is worth, and what it cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.analysis.classifier.classification import wilson_interval
from core.analysis.classifier.generalisation import Gap, Repeats, gap_of, repeats_of
from core.config import Reference
from core.families import find_family
from core.runs.run_settings import config_of
from core.store import Run, Status
from pages._ui.results.context import Shown
from pages._ui.results.run_facts import best_and_last, cost, shift, titled
from pages._ui.shell import shell, words

MOST_RUNS = 1000  # that a reference is compared with

GAPS = {
    Gap.SMALL: "Small: it has learned what {kind} of a class have in common.",
    Gap.CLEAR: "Clear, but not wide: it knows a few by heart. Dropout, more data or augmentation narrow it.",
    Gap.LARGE: "Large: it knows many by heart. Dropout, more data or augmentation narrow it.",
    Gap.REVERSED: "Unseen {kind} go no worse, so it has learned nothing by heart.",
    Gap.UNLEARNED: "It does not know its training {kind} well either: first let it learn longer, "
    "with another rate, or with a bigger network.",
}


def headline(shown: Shown) -> None:
    """Draw the accuracy with its interval, what it compares with, and what the run took."""
    right, total = int(shown.answers.is_right.sum()), len(shown.answers.y_true)
    low, high = wilson_interval(right, total)
    commonest, share = shown.answers.commonest
    with st.container(border=True, key="result"):
        st.metric(titled("Test accuracy", shown.which), words.percent(right / total))
        st.markdown(
            f"{right:,} of {total:,} unseen {shown.kind} right; its true accuracy on {shown.kind} like these is "
            f"probably {100 * low:.1f}\N{EN DASH}{words.percent(high)} (95 % interval). "
            f"Always saying the commonest class, {shown.name(commonest)}, gets {words.percent(share)}."
        )
        best = best_and_last(shown.run, "test_accuracy", words.percent)
        sentences = (shift(shown.run), _gap(shown), _compared(shown.run), best)
        for sentence in filter(None, sentences):
            st.markdown(sentence)
        st.caption(cost(shown.run))


def _gap(shown: Shown) -> str:
    """Say what the gap between training and test means; nothing of a run that was not measured so."""
    train, test, config = shown.number("train_accuracy"), shown.number("test_accuracy"), shown.run.config
    if train is None or test is None:
        return ""
    points = 100 * (train - test)
    gap = f"a gap of {points:.1f} points" if points >= 0 else f"{-points:.1f} points more"
    return (
        f"{words.percent(train)} of its training {shown.kind} right, {words.percent(test)} of unseen ones: {gap}. "
        f"{_meaning(gap_of(train, test), config).format(kind=shown.kind)}"
    )


def _meaning(kind: Gap, config: dict[str, Any]) -> str:
    if config.get("label_noise") or config.get("shuffle_labels") == "on":
        return "Its training labels were broken on purpose and count as told, so the two are not alike."
    if config.get("test_shift", "none") != "none":
        return "Its test images were changed on purpose, so this is also the price of that change."
    return GAPS[kind]


def _compared(run: Run) -> str:
    """Say what the source of the recipe printed, and what these settings reach here."""
    reference = _reference(run)
    if reference is None:
        return ""
    printed = f"The source of this recipe printed {words.percent(reference.accuracy, 2)}."
    here = _repeats(run)
    return f"{printed} {_here(here)}" if here else printed


def _here(here: Repeats) -> str:
    if here.deviation is None:
        runs = "the only finished run with these settings on this server, so its spread is not known"
    else:
        deviation = f"standard deviation {100 * here.deviation:.2f} points"
        runs = f"mean of the {here.count} finished runs with these settings on this server, any seed ({deviation})"
    return f"Here, after the last epoch: {words.percent(here.mean, 2)}, {runs}."


def _reference(run: Run) -> Reference | None:
    """Return the reference of the preset that a run is, its seed aside."""
    family = find_family(str(run.family))
    config: Any = config_of(run)
    for preset in family.presets.values():
        known = preset.reference is not None and preset.reference.dataset == run.dataset
        if known and replace(preset.config, seed=config.seed) == config:
            return preset.reference
    return None


def _repeats(run: Run) -> Repeats | None:
    """Sum up all finished runs, whoever's, that differ from this one by their seed at most."""
    past = shell.store().runs.list(status=[Status.SUCCEEDED], dataset=run.dataset, limit=MOST_RUNS)
    results = [
        other.summary["test_accuracy_last"]
        for other in past
        if {**other.config, "seed": 0} == {**run.config, "seed": 0} and "test_accuracy_last" in other.summary
    ]
    return repeats_of(results) if results else None
