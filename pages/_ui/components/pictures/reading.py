"""What networks say of one image: a verdict each, a bar a class, and a slider over snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages._ui.components import component

_component = component("pictures/reading", "<div class='reading'></div>")


@dataclass(frozen=True)
class Voice:
    """One network's answers.

    Args:
        title: Whose they are.
        color: CSS.
        labels: What each snapshot is called, in order; one if there is only now.
        probabilities: float (snapshots, classes); (0, classes) while there is no answer.
        empty: What stands there then.
    """

    title: str
    color: str
    labels: Sequence[str]
    probabilities: np.ndarray
    empty: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON's view."""
        pairs = zip(self.labels, self.probabilities, strict=True)
        snapshots = [{"label": label, "values": [round(float(p), 4) for p in row]} for label, row in pairs]
        return {"title": self.title, "color": self.color, "snapshots": snapshots, "empty": self.empty}


def reading(
    voices: Sequence[Voice], classes: Sequence[str], *, key: str, number: int, identity: str = "", note: str = ""
) -> None:
    """Show what networks say.

    Args:
        voices: The networks.
        classes: Names of the classes.
        key: Streamlit's key.
        number: Of the drawing that this is the answer to.
        identity: Another one puts sliders back to the last snapshot.
        note: A sentence below.
    """
    data = {"series": [voice.to_dict() for voice in voices], "classes": list(classes), "number": number}
    _component(key=key, data={**data, "identity": identity, "note": note}, height="content")
