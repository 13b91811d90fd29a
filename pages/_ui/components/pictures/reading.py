"""The networks' predictions for one image: an answer each, a bar per class, a slider over snapshots."""

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
        title: Name of the network.
        color: CSS colour of its bars.
        labels: Names of the snapshots, in order; a single one if only the current state is shown.
        probabilities: float (snapshots, classes); (0, classes) while there is no answer.
        empty: Text shown while there is no answer.
    """

    title: str
    color: str
    labels: Sequence[str]
    probabilities: np.ndarray
    empty: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the data for the browser, ready for JSON."""
        pairs = zip(self.labels, self.probabilities, strict=True)
        snapshots = [{"label": label, "values": [round(float(p), 4) for p in row]} for label, row in pairs]
        return {"title": self.title, "color": self.color, "snapshots": snapshots, "empty": self.empty}


def reading(
    voices: Sequence[Voice], classes: Sequence[str], *, key: str, number: int, identity: str = "", note: str = ""
) -> None:
    """Show the networks' predictions.

    Args:
        voices: The networks' answers.
        classes: Names of the classes.
        key: Streamlit's key.
        number: Number of the drawing that they answer.
        identity: A new value resets the sliders to the last snapshot.
        note: A sentence below.
    """
    data = {"series": [voice.to_dict() for voice in voices], "classes": list(classes), "number": number}
    _component(key=key, data={**data, "identity": identity, "note": note}, height="content")
