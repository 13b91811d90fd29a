"""Say whether a generated image is a copy of a training image."""

from __future__ import annotations

import numpy as np

from core.errors import AnalysisError

NEARLY_NONE = 0.01  # share of unseen real images as near; fewer is hardly chance
FEW, MOST = 0.05, 0.95


def judge_copy(distance: float, usual: np.ndarray) -> str:
    """Say whether an image is a copy of a training image.

    Args:
        distance: Distance to the nearest training image, in grey levels per pixel.
        usual: Such distances of unseen real images, (n,).

    Raises:
        AnalysisError: `usual` is empty, or a distance is not finite.
    """
    if not len(usual) or not np.isfinite([distance, *usual]).all():
        raise AnalysisError("there is no distance to compare with", expected="finite distances of unseen images")
    low, middle, high = np.quantile(usual, [FEW, 0.5, MOST])
    said = (
        f"The nearest training image is **{distance:.0f} grey levels** per pixel away. For unseen real images the "
        f"median is {middle:.0f}, and nine in ten lie between {low:.0f} and {high:.0f}."
    )
    return f"{said} {_closeness(distance, float((usual <= distance).mean()))}"


def _closeness(distance: float, share: float) -> str:
    """Describe a distance; `share` of the unseen real images are as near to a training image."""
    if not distance:
        return "**It is a training image**, pixel by pixel: memorised."
    if share < NEARLY_NONE:
        return "Hardly any real image is this near: **it looks memorised.**"
    if share < FEW:
        return "Few real images are this near: look closely, it may be a copy."
    if share <= MOST:
        return "**It is not a copy:** new real images are just as far away."
    return "**It is not a copy:** it is further from all training images than new real images are."
