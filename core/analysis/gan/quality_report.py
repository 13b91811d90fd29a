"""Quality of a generator over its snapshots, measured by a classifier."""

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
    """The quality of a generator at one snapshot.

    Args:
        step: Step of the snapshot.
        made: Number of samples classified.
        judgement: The quality metrics.
    """

    step: int
    made: int
    judgement: Judgement


@dataclass(frozen=True)
class QualityReport:
    """The stored evaluation of a GAN run.

    Args:
        judge: Run id of the classifier.
        judge_name: Its name at that time.
        accuracy: Its accuracy on unseen real images.
        confidence_floor: Its mean confidence on unseen real images, 0 to 1; label smoothing lowers it.
        generation: Generation of the GAN run, which changes when it is resumed.
        fair: Expected share of each class.
        moments: Evaluated snapshots by step; the last one has the most samples.
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
        """The last evaluated snapshot."""
        return self.moments[-1]

    @property
    def scarcest(self) -> int:
        """The class furthest below its fair share."""
        shares = self.last.judgement.coverage.shares
        return min(range(len(self.fair)), key=lambda index: shares[index] - self.fair[index])

    def to_dict(self) -> dict[str, object]:
        """Return a dictionary for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> QualityReport:
        """Restore from `to_dict`, also after JSON.

        Raises:
            AnalysisError: The values are damaged or from another version.
        """
        try:
            moments = tuple(
                JudgedSnapshot(**{**m, "judgement": Judgement.from_dict(m["judgement"])}) for m in values["moments"]
            )
            known = {field.name: values[field.name] for field in fields(QualityReport)}
            return QualityReport(**{**known, "fair": tuple(values["fair"]), "moments": moments})
        except (KeyError, TypeError) as error:
            raise AnalysisError("a stored quality report cannot be read", received=str(error)) from error


def chosen_snapshots(steps: Sequence[int], most: int = MOST_SNAPSHOTS) -> list[int]:
    """Choose at most `most` of ascending steps, as evenly spread as possible, including the last."""
    wanted = np.linspace(0, steps[-1], most) if len(steps) > most else steps
    return sorted({min(steps, key=lambda step: abs(step - at)) for at in wanted})
