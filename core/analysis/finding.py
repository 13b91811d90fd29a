"""What goes wrong in a run, and what to try instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that goes wrong.

    Args:
        kind: Stable id of what it is.
        sentence: In plain words, with the run's numbers; empty if the run's error says it.
        fix: Settings with new values; none if the config has none that would help.
        changes: Those in words, such as `learning rate 0.1`.
    """

    kind: str
    sentence: str
    fix: Mapping[str, Any]
    changes: str

    @property
    def fix_label(self) -> str:
        """What a button that tries the fix says; empty if there is none."""
        return f"Train again with {self.changes}" if self.fix else ""
