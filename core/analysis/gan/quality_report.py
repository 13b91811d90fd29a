"""What a classifier made of a generator, from its first snapshot to its last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from core.analysis.gan.quality import Judgement
from core.errors import AnalysisError

MOST_SNAPSHOTS = 12


@dataclass(frozen=True)
class JudgedSnapshot:
    """A generator at one snapshot.

    Args:
        step: Which.
        made: Samples that the classifier saw.
        judgement: What came out.
    """

    step: int
    made: int
    judgement: Judgement


@dataclass(frozen=True)
class QualityReport:
    """What is kept of a judging.

    Args:
        judge: Run of the classifier.
        judge_name: Its name then.
        accuracy: Share of unseen real images that it gets right.
        confidence_floor: How sure it is of unseen real images, 0 to 1; label smoothing alone makes it less so.
        generation: Of the run that was judged: a resumed one has another.
        fair: Share that each class should have.
        moments: By step; the last one is judged by the most samples.
    """

    judge: str
    judge_name: str
    accuracy: float
    confidence_floor: float
    generation: int
    fair: tuple[float, ...]
    moments: tuple[JudgedSnapshot, ...]

    @property
    def last(self) -> JudgedSnapshot:
        """What the generator is in the end."""
        return self.moments[-1]

    @property
    def scarcest(self) -> int:
        """The class that falls short of its fair share most."""
        shares = self.last.judgement.coverage.shares
        return min(range(len(self.fair)), key=lambda index: shares[index] - self.fair[index])

    def to_dict(self) -> dict[str, object]:
        """Return what JSON can hold."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> QualityReport:
        """Read what `to_dict` gave, also after it was JSON.

        Raises:
            AnalysisError: Another version wrote it, or it is damaged.
        """
        try:
            moments = tuple(
                JudgedSnapshot(**{**m, "judgement": Judgement.from_dict(m["judgement"])}) for m in values["moments"]
            )
            known = {field.name: values[field.name] for field in fields(QualityReport)}
            return QualityReport(**{**known, "fair": tuple(values["fair"]), "moments": moments})
        except (KeyError, TypeError) as error:
            raise AnalysisError("a stored judgement cannot be read", received=str(error)) from error


def chosen_snapshots(steps: Sequence[int], most: int = MOST_SNAPSHOTS) -> list[int]:
    """Return at most so many of these rising steps, as evenly spread as they allow; the last is among them."""
    wanted = np.linspace(0, steps[-1], most) if len(steps) > most else steps
    return sorted({min(steps, key=lambda step: abs(step - at)) for at in wanted})
