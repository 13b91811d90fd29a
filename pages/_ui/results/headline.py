"""The headline of a classifier's results: accuracy, comparisons and cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.analysis.classifier.classification import wilson_interval
from core.analysis.classifier.generalisation import Gap, Repeats, gap_of, repeats_of
from core.config import Reference
from core.families import config_of, find_family
from core.schedule.losses import CLASS_LOSSES, DEFAULT_OF_CLASSES
from core.store import Run, Status
from pages._ui.inside.links import link_inside, link_step
from pages._ui.results.context import Shown
from pages._ui.results.run_facts import best_and_last, cost, shift, titled
from pages._ui.results.simple_methods import methods_of_classes
from pages._ui.shell import shell, words

MOST_RUNS = 1000  # compared with a reference

GAPS = {
    Gap.SMALL: "Small: it has learned what {kind} of a class have in common.",
    Gap.CLEAR: "Moderate: it has memorised a few. Dropout, more data or augmentation reduce the gap.",
    Gap.LARGE: "Large: it has memorised many. Dropout, more data or augmentation reduce the gap.",
    Gap.REVERSED: "It does no worse on unseen {kind}: no sign that it has memorised any.",
    Gap.UNLEARNED: "It does poorly on its training {kind} too: first train longer, change the learning rate "
    "or use a bigger network.",
}


def headline(shown: Shown) -> None:
    """Draw the accuracy with its interval, comparisons and the cost of the run."""
    right, total = int(shown.answers.is_right.sum()), len(shown.answers.y_true)
    low, high = wilson_interval(right, total)
    commonest, share = shown.answers.commonest
    with st.container(border=True, key="result"):
        st.metric(titled("Test accuracy", shown.which), words.percent(right / total))
        st.markdown(
            f"{right:,} of {total:,} unseen {shown.kind} right; its true accuracy on {shown.kind} like these is "
            f"probably {100 * low:.1f}\N{EN DASH}{words.percent(high)} (95 % interval). "
            f"Always predicting the most common class, {shown.name(commonest)}, reaches {words.percent(share)}."
        )
        best = best_and_last(shown.run, "test_accuracy", words.percent)
        sentences = (shift(shown.run), _gap(shown), _losses(shown), _compared(shown.run), best)
        for sentence in filter(None, sentences):
            st.markdown(sentence)
        methods_of_classes(shown.run, shown.answers.y_true, shown.answers.said)
        st.caption(cost(shown.run))
        link_inside(shown.run, "Look inside")
        link_step(shown.run)


def _losses(shown: Shown) -> str:
    """Return the loss beside the accuracy; "" if an older run lacks it."""
    train, test = shown.number("train_loss"), shown.number("test_loss")
    if train is None or test is None:
        return ""
    return (
        f"Test loss {test:.3g}, training loss {train:.3g} ({_loss_of(shown)}): unlike the accuracy, it also counts how "
        "sure the network was."
    )


def _loss_of(shown: Shown) -> str:
    return CLASS_LOSSES[shown.run.config.get("loss", DEFAULT_OF_CLASSES)].title.lower()


def _gap(shown: Shown) -> str:
    """Return what the gap between training and test accuracy means; "" if it was not measured."""
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
        return "Its training labels were corrupted on purpose, so the two numbers cannot be compared."
    if config.get("test_shift", "none") != "none":
        return "Its test images were changed on purpose, so the gap includes the effect of that change."
    return GAPS[kind]


def _compared(run: Run) -> str:
    """Return the accuracy that the recipe's source reports, and what these settings reach here."""
    reference = _reference(run)
    if reference is None:
        return ""
    printed = f"The source of this recipe reports {words.percent(reference.accuracy, 2)}."
    here = _repeats(run)
    return f"{printed} {_here(here)}" if here else printed


def _here(here: Repeats) -> str:
    if here.deviation is None:
        runs = "the only finished run with these settings on this server, so its spread is unknown"
    else:
        deviation = f"standard deviation {100 * here.deviation:.2f} points"
        runs = f"mean of the {here.count} finished runs with these settings on this server, any seed ({deviation})"
    return f"Here, after the last epoch: {words.percent(here.mean, 2)}, {runs}."


def _reference(run: Run) -> Reference | None:
    """Return the reference of the preset whose settings a run has, apart from the seed."""
    family = find_family(str(run.family))
    config = config_of(run)
    for preset in family.presets.values():
        known = preset.reference is not None and preset.reference.dataset == run.dataset
        if known and replace(preset.config, seed=config.seed) == config:
            return preset.reference
    return None


def _repeats(run: Run) -> Repeats | None:
    """Summarise all owners' finished runs that differ from this one at most by the seed."""
    past = shell.store().runs.list(status=[Status.SUCCEEDED], dataset=run.dataset, limit=MOST_RUNS)
    results = [
        other.summary["test_accuracy_last"]
        for other in past
        if {**other.config, "seed": 0} == {**run.config, "seed": 0} and "test_accuracy_last" in other.summary
    ]
    return repeats_of(results) if results else None
