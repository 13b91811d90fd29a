"""Is a made image a copy of a training image? What its distance says, in words."""

from __future__ import annotations

import numpy as np

from core.errors import AnalysisError

NEARLY_NONE = 0.01  # so few unseen real images are as near: hardly by chance
FEW, MOST = 0.05, 0.95


def judge_copy(distance: float, usual: np.ndarray) -> str:
    """Say whether an image is a copy.

    Args:
        distance: From it to the nearest training image, in grey levels a pixel.
        usual: The same of real images that were not trained on, (n,).

    Raises:
        AnalysisError: There is nothing to compare with.
    """
    if not len(usual) or not np.isfinite([distance, *usual]).all():
        raise AnalysisError("there is no distance to compare with", expected="finite distances of unseen images")
    low, middle, high = np.quantile(usual, [FEW, 0.5, MOST])
    said = (
        f"The nearest training image is **{distance:.0f} grey levels** a pixel away. For real images that were never "
        f"trained on it is {middle:.0f} in the middle, and for nine in ten of them {low:.0f} to {high:.0f}."
    )
    return f"{said} {_closeness(distance, float((usual <= distance).mean()))}"


def _closeness(distance: float, share: float) -> str:
    """Put it in words; `share` of the unseen real images are as near to a training image."""
    if not distance:
        return "**It is a training image**, pixel by pixel: memorised."
    if share < NEARLY_NONE:
        return "Hardly any real one comes so near: **this looks memorised.**"
    if share < FEW:
        return "Few real ones come so near: look closely whether it is a copy."
    if share <= MOST:
        return "**So it is no copy:** a new real image would be as far."
    return "**So it is no copy:** it is further from all of them than a new real image would be."
