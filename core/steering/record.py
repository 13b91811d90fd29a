"""What a run records of its steering: how it starts from its parent, and what was changed while it trained."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.config.fields import wrong

CONTINUED, STATE, WEIGHTS = "continued", "state", "weights"  # ways to start from another run
STARTS = ("", CONTINUED, STATE, WEIGHTS)
MOST_EDITS = 1000
LONGEST_NAME = 120
_EDIT = re.compile(r"([\w/]+)\[([\d, ]*)\]=(.+)")


@dataclass(frozen=True)
class Edit:
    """A weight that is set before training goes on.

    Args:
        tensor: Its layer and variable, such as `dense_1/kernel`; of several networks the network first.
        index: Its place in that tensor.
        value: What it is set to.
    """

    tensor: str
    index: tuple[int, ...]
    value: float

    def to_text(self) -> str:
        """Return text that `parse` turns back, such as `dense_1/kernel[0,3]=0.5`."""
        return f"{self.tensor}[{','.join(map(str, self.index))}]={self.value!r}"

    @classmethod
    def parse(cls, text: object) -> Edit:
        """Read the text of `to_text`.

        Raises:
            ConfigError: It is no such text, or the value is not finite.
        """
        expected = "a weight and its value, such as dense_1/kernel[0,3]=0.5"
        found = _EDIT.fullmatch(text.strip()) if isinstance(text, str) else None
        try:
            if found is None or len(found[1]) > LONGEST_NAME:
                raise ValueError
            edit = cls(found[1], tuple(int(place) for place in found[2].split(",") if place.strip()), float(found[3]))
        except ValueError:
            raise wrong("an edit", expected, text) from None
        if not math.isfinite(edit.value) or abs(edit.value) > 1e30:
            raise wrong("an edit", "a finite value", text)
        return edit


@dataclass(frozen=True)
class Change:
    """A setting that was changed while a run trained: from the update after `step` on it has this value."""

    step: int
    name: str
    value: float


@dataclass(frozen=True)
class ByHand:
    """What was done to a run while it trained.

    Args:
        changes: Settings changed, in the order of steps.
        edits: Weights set, each with the number of updates done before.
    """

    changes: tuple[Change, ...] = ()
    edits: tuple[tuple[int, Edit], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.edits)


@dataclass(frozen=True)
class Steering:
    """How a run starts from its parent at its `branch_step`, and what was changed while it trained.

    A run with a `start` counts its updates on from that step. Without one, a run that has a parent takes its weights
    and counts from 0.

    Args:
        start: `continued`: the parent's whole state, its best network too; `state`: weights, optimiser and random
            numbers; `weights`: weights only; empty: see above.
        edits: Weights that were set by hand before its first update.
        frozen: Layers that it does not train, as users see them.
        changes: Settings changed while it trained, in the order of steps.
    """

    start: str = ""
    edits: tuple[Edit, ...] = ()
    frozen: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def changed(self, step: int, name: str, value: float) -> Steering:
        """Return it with a setting changed after `step`, in place of what was changed of it then or later.

        There are later changes where a run was taken back to an earlier step.
        """
        kept = [one for one in self.changes if one.name != name or one.step < step]
        changes = sorted([*kept, Change(step, name, value)], key=lambda one: one.step)
        return replace(self, changes=tuple(changes))

    def to_dict(self) -> dict[str, Any]:
        """Return a dict for JSON, without what is empty."""
        values = {
            "start": self.start,
            "edits": [edit.to_text() for edit in self.edits],
            "frozen": list(self.frozen),
            "changes": [[one.step, one.name, one.value] for one in self.changes],
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Steering:
        """Read the dict of `to_dict`.

        Raises:
            ConfigError: It is none.
        """
        try:
            start, edits = said.get("start", ""), tuple(map(Edit.parse, said.get("edits", ())))
            frozen = tuple(str(name) for name in said.get("frozen", ()))
            changes = tuple(Change(int(step), str(name), float(v)) for step, name, v in said.get("changes", ()))
            is_named = all(len(one) <= LONGEST_NAME for one in frozen) and len(frozen) <= MOST_EDITS
            if start not in STARTS or len(edits) > MOST_EDITS or not is_named or any(one.step < 0 for one in changes):
                raise ValueError("it is none")
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise wrong("how a run was steered", "a record of its start and its changes", str(error)[:100]) from None
        return cls(start, edits, frozen, changes)
