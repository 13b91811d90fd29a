"""What a run of a lesson is to reach: a result, within limits, and whether a run has reached it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.datasets.spec import DataSpec
from core.families import Family, find_family
from core.runs.comparison.measures import sign_of
from core.store import Run

GOAL, PARAMETERS, SECONDS, SAY = "goal", "parameters", "seconds", "say"  # parts of a link
LONGEST = 200  # characters of the teacher's sentence
MOST = 10**12


@dataclass(frozen=True)
class Goal:
    """What a run is to reach.

    Args:
        key: A result of the family, as in a run's summary; empty for none.
        value: The least value of it, or the greatest of an error.
        parameters, seconds: Most of the network, and of training; 0 for no limit.
        say: The teacher's own words.
    """

    key: str = ""
    value: float = 0.0
    parameters: int = 0
    seconds: int = 0
    say: str = ""

    @property
    def is_error(self) -> bool:
        """Whether less of the result is better."""
        return sign_of(self.key) > 0


@dataclass(frozen=True)
class Outcome:
    """Whether a run has reached a goal.

    Args:
        is_reached: Whether; None if that cannot be said, or not yet.
        sentence: It in words.
    """

    is_reached: bool | None
    sentence: str


def is_share(family: Family, key: str) -> bool:
    """Return whether a result is a share, which people write in percent."""
    return any(result.key == key and "%" in result.say(0.5) for result in family.results)


def choices(family: Family, spec: DataSpec) -> dict[str, str]:
    """Return the results that a goal can be about, key -> title."""
    results = [result for result in family.results if result.takes(spec)]
    return {key: _title(family, key) for result in results for key in (result.key, *result.more)}


def in_words(goal: Goal, family: Family) -> str:
    """Return a goal in words; empty if there is none but the teacher's sentence."""
    limits = [f"at most {goal.parameters:,} parameters"] if goal.parameters else []
    limits += [f"at most {goal.seconds:,} s of training"] if goal.seconds else []
    within = " and ".join(limits)
    if not goal.key:
        return f"Use {within}." if within else ""
    reach = f"{_in_clause(_title(family, goal.key))} of at {'most' if goal.is_error else 'least'}"
    return f"Reach a {reach} {_say(family, goal.key, goal.value)}{' with ' if within else ''}{within}."


def outcome(goal: Goal, run: Run) -> Outcome:
    """Return whether a run has reached a goal, by the results that it shows and no others."""
    family, summary = find_family(str(run.family)), run.summary
    if not run.status.is_final:
        return Outcome(None, "Whether it reaches the goal is said when it has ended.")
    facts: list[str] = []
    misses: list[str] = []
    for key, limit, has_less in _limits(goal):
        value = summary.get(key)
        if value is None:
            return Outcome(False, f"Not reached: the run ended without {_in_clause(_title(family, key))}.")
        is_kept = value <= limit if has_less else value >= limit
        (facts if is_kept else misses).append(_fact(family, key, value, limit, has_less=has_less))
    if misses:
        rest = f" It has {' and '.join(facts)}." if facts else ""
        return Outcome(False, f"Not reached: {' and '.join(misses)}.{rest}")
    return Outcome(True, f"Reached: {' and '.join(facts)}.") if facts else Outcome(None, "")


def _limits(goal: Goal) -> list[tuple[str, float, bool]]:
    """Return what is asked: (key of the summary, limit, whether less is better)."""
    found: list[tuple[str, float, bool]] = [(goal.key, goal.value, goal.is_error)] if goal.key else []
    found += [("parameters", goal.parameters, True)] if goal.parameters else []
    return found + ([("fit_s", goal.seconds, True)] if goal.seconds else [])


def _fact(family: Family, key: str, value: float, limit: float, *, has_less: bool) -> str:
    asked = f"{'at most' if has_less else 'at least'} {_say(family, key, limit)} asked"
    if key == "parameters":
        return f"{value:,.0f} parameters ({asked})"
    if key == "fit_s":
        return f"{value:.1f} s of training ({asked})"
    said = _say(family, key, value)
    if said == _say(family, key, limit) and value != limit:  # else it would seem to contradict itself
        said = f"{value:.6g}"
    return f"{_in_clause(_title(family, key))} {said} ({asked})"


def _say(family: Family, key: str, value: float) -> str:
    if key == "parameters":
        return f"{value:,.0f}"
    if key == "fit_s":
        return f"{value:,.0f} s"
    result = next((result for result in family.results if result.key == key), None)
    if result is None:
        return f"{value:.4g}"
    first, _, rest = result.say(value).partition(" ")
    return rest if first.lower() in result.title.lower() else result.say(value)  # the title stands before it


def _title(family: Family, key: str) -> str:
    for result in family.results:
        if key == result.key:
            return result.title
        if key in result.more:
            part, name, *_ = key.split("_")
            return f"{part.capitalize()} {name.upper()}"
    return {"parameters": "Parameters", "fit_s": "Training time"}.get(key, key)


def _in_clause(title: str) -> str:
    return title[:1].lower() + title[1:]


# In links


def goal_query(goal: Goal) -> dict[str, str]:
    """Return the parts of a link for a goal; empty ones for what is not asked."""
    return {
        GOAL: f"{goal.key}.{goal.value:.10g}" if goal.key else "",
        PARAMETERS: str(goal.parameters or ""),
        SECONDS: str(goal.seconds or ""),
        SAY: goal.say,
    }


def read_goal(parts: Mapping[str, str], family: Family) -> tuple[Goal, list[str]]:
    """Return the goal of a link, and a sentence for each part that cannot be read."""
    notes: list[str] = []
    key, value = "", 0.0
    if GOAL in parts:
        key, _, text = parts[GOAL].partition(".")
        number = _number(text)
        if number is None or key not in _keys(family):
            notes.append("The goal of this link cannot be read, so there is none. Ask your teacher for the link again.")
            key, number = "", None
        value = number or 0.0
    limits = {}
    for name in (PARAMETERS, SECONDS):
        text = parts.get(name, "")
        limits[name] = int(text) if text.isascii() and text.isdecimal() and int(text[:20]) <= MOST else 0
        if text and not limits[name]:
            notes.append(f"The limit of {name} in this link is not a whole number above 0, so there is none.")
    say = " ".join(parts.get(SAY, "").split())[:LONGEST]
    return Goal(key, value, limits[PARAMETERS], limits[SECONDS], say), notes


def _keys(family: Family) -> set[str]:
    return {key for result in family.results for key in (result.key, *result.more)}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= MOST else None  # false for NaN too
