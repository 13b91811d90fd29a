"""How far to trust an attribution, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

ALIKE = 0.5  # rank correlation from which on two maps look alike
FEW = 0.05  # of all networks that guess, that guess so well
GOOD_ENOUGH = 0.05  # completeness
TINY = 1e-9

Arrays = Mapping[str, np.ndarray]


def of_random_weights(likeness: np.ndarray) -> tuple[bool, str]:
    """Say whether networks that learned nothing give the same map: (whether that speaks for the map, sentence).

    Args:
        likeness: Rank correlation with the maps of networks of random weights (draws,).
    """
    mean = float(np.mean(likeness))
    if mean >= ALIKE:
        return False, (
            f"With random weights the map looks alike (rank correlation {mean:.2f}): it mostly shows the input, and "
            "says little about what was learned."
        )
    return True, f"With random weights the map is another one (rank correlation {mean:.2f}): what it shows was learned."


def of_curves(trust: Arrays, share: bool) -> tuple[bool, str]:
    """Say whether the answer hangs on what the map marks, compared with random places.

    Args:
        trust: `deletion`, `insertion` and the same with `/random` (points,).
        share: Whether the answer is a probability.
    """
    areas = {name: float(trust[name].mean()) for name in ("deletion", "insertion")}
    chance = {name: float(trust[f"{name}/random"].mean()) for name in areas}
    is_better = {
        "deletion": areas["deletion"] < chance["deletion"],
        "insertion": areas["insertion"] > chance["insertion"],
    }
    words = {name: f"{_said(areas[name], share)}, in random order {_said(chance[name], share)}" for name in areas}
    both = f"on average {words['deletion']}; when they are added first {words['insertion']}"
    what = "the probability is" if share else "the number is"
    numbers = f"When the most marked parts are taken away first, {what} {both}."
    if all(is_better.values()):
        return True, f"The answer hangs on what is marked. {numbers}"
    if any(is_better.values()):
        way = next(name for name, better in is_better.items() if better)
        meant = {"deletion": "taking it away", "insertion": "adding it"}
        return False, f"The answer hangs on what is marked only by one of two tests, {meant[way]}. {numbers}"
    return False, f"The answer does not hang on what is marked more than on random places. {numbers}"


def of_completeness(change: float, completeness: float) -> tuple[bool, str]:
    """Say whether the attributions add up to the change of the logit, as they should."""
    is_whole = completeness <= GOOD_ENOUGH
    missed = f"{completeness:.1%}".replace("%", " %")
    text = f"The parts add up to the change of the logit, {change:+.3g}, but for {missed}"
    return is_whole, f"{text}." if is_whole else f"{text}: more points on the path would come closer."


def of_skill(right: int, guessed: int, count: int) -> str:
    """Say that a network is no better than guessing, so that no map explains anything; empty if it is better.

    Args:
        right: Right answers to `count` test examples.
        guessed: Those of always naming the most frequent class.
    """
    from scipy.stats import binom

    by_chance = float(binom.sf(right - 1, count, max(guessed / count, TINY)))
    if by_chance <= FEW:
        return ""
    return (
        f"This network is right on {right} of {count} test examples, and naming the most frequent class would be right "
        f"on {guessed}: it has not learned to tell the classes apart, so no map here shows a reason."
    )


def of_empty(attribution: np.ndarray) -> str:
    """Say that nothing in the input moves the answer; empty if something does."""
    return "" if attribution.any() else "The answer does not depend on the input at all: the map is zero everywhere."


def _said(value: float, share: bool) -> str:
    return f"{value:.0%}".replace("%", " %") if share else f"{value:.3g}"
