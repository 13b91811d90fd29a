"""A lesson: a form of which a class moves some controls only, and a goal. All of it stands in a link.

A lesson guides; it guards nothing. Whoever edits the link has another lesson.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.config import Config
from core.config.config import C
from core.errors import ConfigError
from core.families import Family, config_of
from core.runs.sharing.goal import Goal, goal_query, read_goal
from core.store import Run

FREE, SHOWN = "lesson", "fixed"  # parts of the link: the controls that move; those that are shown with their value
REST = "all"  # instead of the names of all others
_BETWEEN = "."  # no name of a setting has one


class Part(StrEnum):
    """What a class may do with a control."""

    FREE = "Free"
    FIXED = "Fixed"
    HIDDEN = "Hidden"


@dataclass(frozen=True)
class Lesson:
    """What a class may change of a form, and what it is to reach.

    Args:
        config, dataset: The settings and the data of the link.
        free: Names of the settings that may be changed.
        fixed: Names of the others that are shown.
        goal: What a run is to reach.
    """

    config: Config
    dataset: str
    free: frozenset[str]
    fixed: frozenset[str]
    goal: Goal = field(default_factory=Goal)

    def part(self, name: str) -> Part:
        """Return what a class may do with a control."""
        return Part.FREE if name in self.free else Part.FIXED if name in self.fixed else Part.HIDDEN

    def hold(self, config: C) -> C:
        """Return settings with all that is not free as in the lesson."""
        held = {name: getattr(self.config, name) for name in config.fields() if name not in self.free}
        return replace(config, **held)

    def check(self, config: Config, dataset: str) -> None:
        """Check that a run of these settings is one of this lesson.

        Raises:
            ConfigError: It has other data, or another value of a setting that is not free.
        """
        if dataset != self.dataset:
            raise ConfigError("this lesson uses other data", expected=self.dataset, received=dataset)
        for name in config.differences(self.hold(config)):
            setting = config.field(name)
            raise ConfigError(
                f"{setting.label} is fixed in this lesson",
                field=name,
                expected=setting.say(getattr(self.config, name)),
                received=setting.say(getattr(config, name)),
            )

    def why_not(self, run: Run) -> str:
        """Return why a run is none of this lesson; empty if it is."""
        try:
            self.check(config_of(run), run.dataset)
        except ConfigError as error:
            return str(error)
        return ""


def to_query(lesson: Lesson, family: Family) -> dict[str, str]:
    """Return the parts of a link that make a form this lesson; the settings and the data are its other parts.

    Of the settings that do not move, the fewer are named: those shown, or all if none is hidden.
    """
    names = [name for name in lesson.config.fields() if name not in lesson.free]
    shown = [name for name in names if name in lesson.fixed]
    parts = {FREE: _BETWEEN.join(sorted(lesson.free)), SHOWN: REST if shown == names else _BETWEEN.join(shown)}
    texts = {**parts, **goal_query(lesson.goal)}
    return {f"{family.id}_{part}": text for part, text in texts.items() if text or part == FREE}


def in_lesson(query: Mapping[str, str], family: Family) -> bool:
    """Return whether a link of a family's page is a lesson's."""
    return f"{family.id}_{FREE}" in query


def from_query(
    query: Mapping[str, str], family: Family, config: Config, dataset: str
) -> tuple[Lesson | None, list[str]]:
    """Read the lesson of a link.

    Args:
        query: All of the link.
        family: The family of its page.
        config, dataset: The settings and the data that it has chosen.

    Returns:
        The lesson, None if the link is none; and a sentence for each part that cannot be read.
    """
    prefix = f"{family.id}_"
    parts = {name.removeprefix(prefix): text for name, text in query.items() if name.startswith(prefix)}
    if FREE not in parts:
        return None, []
    names, notes = config.fields(), list[str]()
    free = _read(parts[FREE], names, notes)
    fixed = frozenset(names) if parts.get(SHOWN) == REST else _read(parts.get(SHOWN, ""), names, notes)
    goal, unread = read_goal(parts, family)
    return Lesson(config, dataset, free, fixed - free, goal), [*notes, *unread]


def _read(text: str, names: Collection[str], notes: list[str]) -> frozenset[str]:
    """Return the named settings; note those that do not exist."""
    found = frozenset(filter(None, text.split(_BETWEEN)))
    if unknown := sorted(found - set(names)):
        notes.append(f"The lesson of this link names settings that do not exist: {', '.join(unknown)[:200]}.")
    return found & frozenset(names)
