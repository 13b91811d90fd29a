"""Where a form's run is to start, in the form's link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.config.fields import wrong
from core.steering.record import MOST_EDITS, Edit

FROM, EDITS, FROZEN = "from", "edits", "freeze"  # parameters of the link
NAMES = (FROM, EDITS, FROZEN)


@dataclass(frozen=True)
class Wish:
    """Where somebody wants a run to start.

    Args:
        run: Id of the run to start from.
        step: After so many of its updates.
        edits: Weights to set by hand before the first update.
        frozen: Layers not to train, as users see them.
    """

    run: str
    step: int
    edits: tuple[Edit, ...] = ()
    frozen: tuple[str, ...] = ()

    def to_query(self) -> dict[str, str]:
        """Return the parameters of a link that restore it."""
        said = {
            FROM: f"{self.run}.{self.step}",
            EDITS: ";".join(edit.to_text() for edit in self.edits),
            FROZEN: ",".join(self.frozen),
        }
        return {name: text for name, text in said.items() if text}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Wish | None:
        """Read the parameters of `to_query`; None if there are none.

        Raises:
            ConfigError: They say nothing.
        """
        if FROM not in query:
            return None
        run, _, step = query[FROM].partition(".")
        if not (run.isalnum() and step.isdecimal() and len(query[FROM]) < 60):
            raise wrong(FROM, "the id of a run and a step, such as 1m8m0418k4c35xsbhbfwfpprp.500", query[FROM][:60])
        texts = [text for text in query.get(EDITS, "").split(";") if text]
        if len(texts) > MOST_EDITS:
            raise wrong(EDITS, f"at most {MOST_EDITS:,} edited weights", f"{len(texts):,}")
        edits = tuple(Edit.parse(text) for text in texts)
        return cls(run, int(step), edits, tuple(name for name in query.get(FROZEN, "").split(",") if name))
