"""A problem of a run, and a suggested fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One problem of a run.

    Args:
        kind: Stable id.
        sentence: Text for users, with the run's numbers; empty if the run's error says it.
        fix: New values of settings; empty if no setting would help.
        changes: Description of the fix, such as `learning rate 0.1`.
        why: Why it happens; empty if the sentence says it.
        metric: The metric whose curve shows it; empty if none does.
        step: The step at which it shows.
    """

    kind: str
    sentence: str
    fix: Mapping[str, Any]
    changes: str
    why: str = ""
    metric: str = ""
    step: int | None = None

    @property
    def fix_label(self) -> str:
        """Label of a button that tries the fix; empty if there is none."""
        return f"Train again with {self.changes}" if self.fix else ""
