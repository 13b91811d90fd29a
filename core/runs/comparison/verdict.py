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
    AGAIN = "the same again"  # nothing but chance could differ


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
    names: tuple[str, str],
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
        names: What the runs are called.
        is_repeat: Whether only their seeds differ.
        why_not: Why `apart` is missing.
    """
    if is_repeat:
        far = f", {_size(apart.difference, unit)} apart" if apart else ""
        return Verdict(Answer.CANNOT_TELL, f"Cannot tell: the same settings with two seeds{far}. That is luck.")
    if over_seeds is not None:
        return _over_seeds(over_seeds, seeds, say, names)
    if apart is None:
        return Verdict(Answer.UNKNOWN, why_not)
    first, second = names
    sure = f"95 % sure between {_range(apart.interval, unit)}, {_p(apart.p)}"
    if apart.is_luck:
        words = f"Cannot tell: they are {_size(apart.difference, unit)} apart on the test examples, {sure}."
        return Verdict(Answer.CANNOT_TELL, words + _needed(apart.needed, "test examples"))
    better = "better" if (apart.difference > 0) is (unit == "points") else "worse"
    words = (
        f"This network {second} is {better} than {first} by {_size(apart.difference, unit)}, {sure}: more than luck of "
        "the test examples. Only several seeds of each tell whether the settings did it."
    )
    return Verdict(Answer.ON_THESE, words)


def _over_seeds(
    found: SeedsApart, seeds: tuple[int, int], say: Callable[[float], str], names: tuple[str, str]
) -> Verdict:
    count = f"{seeds[0]} and {seeds[1]} seeds" if seeds[0] != seeds[1] else f"{seeds[0]} seeds of each"
    far = f"{_bare(found.difference, say)} {'higher' if found.difference > 0 else 'lower'} than {names[0]}"
    between = f"95 % sure between {say(found.interval.low)} and {say(found.interval.high)}, {_p(found.p)}"
    words = f"over {count}, {names[1]} is {far}, {between}, while seeds vary by {_bare(found.spread, say)}"
    if found.is_luck:
        return Verdict(Answer.CANNOT_TELL, f"Cannot tell: {words}." + _needed(found.needed, "seeds of each"))
    return Verdict(Answer.REAL, f"The settings make a difference: {words}.")


def _needed(count: int | None, what: str) -> str:
    if not count:
        return ""
    place = max(0, len(str(count)) - 2)  # two digits: it is an estimate
    return f" To tell such a difference would take some {round(count, -place):,} {what}."


def _bare(value: float, say: Callable[[float], str]) -> str:
    return say(abs(value)).removeprefix("+")


def _size(value: float, unit: str) -> str:
    return f"{100 * abs(value):.1f} points" if unit == "points" else f"{abs(value):.3g} in root mean squared error"


def _range(interval: Interval, unit: str) -> str:
    if unit == "points":
        return f"{points(interval.low).removesuffix(' points')} and {points(interval.high)}"
    return f"{signed(interval.low, '.3g')} and {signed(interval.high, '.3g')}"


def _p(value: float) -> str:
    return f"p = {value:.3f}" if value >= 0.001 else "p < 0.001"
