"""What follows from a comparison of two runs, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.analysis.compare.paired import Apart
from core.analysis.compare.seeds import SeedsApart
from core.analysis.number.intervals import Interval
from core.names import points, signed


class Answer(StrEnum):
    """Whether the difference of two runs is real."""

    UNKNOWN = "unknown"  # nothing to compare
    CANNOT_TELL = "cannot tell"
    ON_THESE = "differ"  # the two networks do, on more than these examples; perhaps not their settings
    REAL = "settings differ"


@dataclass(frozen=True)
class Verdict:
    """An answer, and its sentence for users."""

    answer: Answer
    sentence: str


def judge(
    apart: Apart | None,
    over_seeds: SeedsApart | None,
    seeds: tuple[int, int],
    unit: str,
    say: Callable[[float], str],
    *,
    is_repeat: bool,
    why_not: str,
) -> Verdict:
    """Say whether the second of two runs is really better or worse than the first.

    Args:
        apart: Their difference on the same test examples.
        over_seeds: The difference of their settings over seeds.
        seeds: Number of seeds of each.
        unit: `points` of accuracy, or `rmse`, of the first.
        say: Difference of two main results -> a few words.
        is_repeat: Whether only their seeds differ.
        why_not: Why `apart` is missing.
    """
    if is_repeat:
        far = f", {_size(apart.difference, unit)} apart" if apart else ""
        words = f"Cannot tell: the same settings with two seeds{far}. So far apart is luck."
        return Verdict(Answer.CANNOT_TELL, words)
    if over_seeds is not None:
        return _over_seeds(over_seeds, seeds, say)
    if apart is None:
        return Verdict(Answer.UNKNOWN, why_not)
    between = (
        f"{_size(apart.difference, unit)} apart, 95 % sure between {_range(apart.interval, unit)}, p = {_p(apart.p)}"
    )
    if apart.is_luck:
        words = f"Cannot tell: {between}. Another choice of test examples could turn it round."
        return Verdict(Answer.CANNOT_TELL, words + _needed(apart.needed, "test examples"))
    better = (apart.difference > 0) is (unit == "points")
    words = (
        f"The second network is {'better' if better else 'worse'} than the first: {between}. That is more than luck in "
        "the choice of test examples. Only several seeds of each can tell whether the settings did it."
    )
    return Verdict(Answer.ON_THESE, words)


def _over_seeds(found: SeedsApart, seeds: tuple[int, int], say: Callable[[float], str]) -> Verdict:
    count = f"{seeds[0]} and {seeds[1]} seeds" if seeds[0] != seeds[1] else f"{seeds[0]} seeds of each"
    between = (
        f"over {count} the second is {say(found.difference)} from the first, 95 % sure between "
        f"{say(found.interval.low)} and {say(found.interval.high)}, p = {_p(found.p)}; "
        f"seeds vary by {say(found.spread).removeprefix('+')}"
    )
    if found.is_luck:
        return Verdict(Answer.CANNOT_TELL, f"Cannot tell: {between}." + _needed(found.needed, "seeds of each"))
    return Verdict(Answer.REAL, f"The settings differ: {between}.")


def _needed(count: int | None, what: str) -> str:
    return f" To tell such a difference would take some {count:,} {what}." if count else ""


def _size(value: float, unit: str) -> str:
    return f"{100 * abs(value):.1f} points" if unit == "points" else f"{abs(value):.3g} in root mean squared error"


def _range(interval: Interval, unit: str) -> str:
    if unit == "points":
        return f"{points(interval.low).removesuffix(' points')} and {points(interval.high)}"
    return f"{signed(interval.low, '.3g')} and {signed(interval.high, '.3g')}"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "less than 0.001"
