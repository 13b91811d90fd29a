"""How far to trust an attribution, in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

FEWEST_PARTS = 8  # whose ranks say something
ALIKE = 0.5  # rank correlation from which on two maps look alike
FEW = 0.05  # of all networks that guess, that guess so well
GOOD_ENOUGH = 0.05  # completeness

Arrays = Mapping[str, np.ndarray]


def of_random_weights(trust: Arrays, is_signed: bool) -> tuple[bool, str]:
    """Say whether networks that learned nothing give the same map: (whether that speaks for the map, sentence).

    Args:
        trust: `likeness` and `likeness/signed`, rank correlations with the maps of random weights (draws,).
        is_signed: Whether the sign of the map means something.
    """
    places, values = (float(trust[name].mean()) for name in ("likeness", "likeness/signed"))
    if places < ALIKE:
        return True, f"Random weights give another map (rank correlation {places:z.2f}): what it shows was learned."
    if is_signed and values < ALIKE:
        return False, (
            f"Random weights mark the same places (rank correlation {places:z.2f}), the input's own shape. Only for "
            f"and against differ ({values:z.2f}): trust the colours, not the places."
        )
    return False, (
        f"Random weights give a map that looks alike (rank correlation {places:z.2f}): it mostly shows the input and "
        "says little about what was learned."
    )


def of_curves(trust: Arrays, share: bool) -> tuple[bool, str]:
    """Say whether the answer hangs on what the map marks, compared with random places.

    Args:
        trust: `deletion`, `insertion` and the same with `/random` (points,).
        share: Whether the answer is a probability.
    """
    areas = {name: float(trust[name].mean()) for name in ("deletion", "insertion")}
    chance = {name: float(trust[f"{name}/random"].mean()) for name in areas}
    way = {"deletion": "taken away", "insertion": "added"}
    helps = {"deletion": areas["deletion"] < chance["deletion"], "insertion": areas["insertion"] > chance["insertion"]}
    parts = [
        f"{_said(areas[n], share)} while it is {way[n]} first (random order {_said(chance[n], share)})" for n in areas
    ]
    numbers = f"{'Probability' if share else 'Number'} on average {' and '.join(parts)}."
    if all(helps.values()):
        return True, f"The answer hangs on what is marked. {numbers}"
    if any(helps.values()):
        one = next(name for name, is_better in helps.items() if is_better)
        return False, f"The answer hangs on what is marked only when that is {way[one]}. {numbers}"
    return False, f"The answer hangs on what is marked no more than on random places. {numbers}"


def of_completeness(change: float, completeness: float, share: bool) -> tuple[bool, str]:
    """Say whether the attributions add up to the change of the logit, or else of the number, as they should."""
    is_whole = completeness <= GOOD_ENOUGH
    missed = f"{completeness:.1%}".replace("%", " %") if completeness >= 0.001 else "less than 0.1 %"
    text = f"The parts add up to the change of the {'logit' if share else 'number'}, {change:+.3g}, but for {missed}"
    return is_whole, f"{text}." if is_whole else f"{text}: more points on the path would come closer."


def of_skill(right: int, guessed: int, count: int) -> str:
    """Say that a network is no better than guessing, so that no map explains anything; empty if it is better.

    Args:
        right: Right answers to `count` test examples.
        guessed: Those of always naming the most frequent class.
    """
    share = guessed / count
    better = range(right, count + 1)
    by_chance = sum(math.comb(count, n) * share**n * (1 - share) ** (count - n) for n in better)  # binomial test
    if by_chance <= FEW:
        return ""
    return (
        f"This network is right on {right} of {count} test examples, and naming the most frequent class would be right "
        f"on {guessed}: it has not learned to tell the classes apart, so no map here shows a reason."
    )


def of_empty(attribution: np.ndarray) -> str:
    """Say that a map is empty, and what that means; empty if it is not."""
    why = "by this method nothing in this input moves the answer, as where all units of a layer are dead"
    return "" if attribution.any() else f"The map is zero everywhere: {why}."


def _said(value: float, share: bool) -> str:
    return f"{value:.0%}".replace("%", " %") if share else f"{value:.3g}"
