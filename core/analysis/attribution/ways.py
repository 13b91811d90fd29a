"""The ways to ask why a network answered as it did, as people choose them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A way to attribute an answer to the parts of its input.

    Args:
        title: Its name.
        sentence: How to read its map.
        of_row: The same where the input is a row of numbers.
        is_signed: Whether it tells what spoke for the class from what spoke against it.
        has_baseline: Whether it compares with an input without content, which can be chosen.
        needs_maps: Whether it needs a convolution.
    """

    title: str
    sentence: str
    of_row: str = ""
    is_signed: bool = False
    has_baseline: bool = False
    needs_maps: bool = False


# By the probe's id of the method.
WAYS = {
    "grad_cam": Way(
        "Grad-CAM",
        "Where the maps of a convolution spoke for the answer. As coarse as those maps.",
        needs_maps=True,
    ),
    "integrated_gradients": Way(
        "Integrated gradients",
        "What each pixel added on the way from the baseline to this image. All adds up to the change of the logit.",
        "What each column added on the way from the average row to this one. All adds up to the change.",
        is_signed=True,
        has_baseline=True,
    ),
    "saliency": Way(
        "Gradient",
        "How strongly the logit reacts to a small change of each pixel, up or down.",
        "How strongly the answer reacts to a small change of each column, in its own unit, up or down.",
    ),
    "smoothgrad": Way(
        "SmoothGrad",
        "The gradient, averaged over noisy copies of the image: less speckled.",
        "The gradient, averaged over noisy copies of the row.",
    ),
    "input_x_gradient": Way(
        "Input × gradient",
        "The gradient times the pixel: a first guess at what the pixel added. Black pixels always get zero.",
        "The gradient times the distance from the average: a first guess at what the column added.",
        is_signed=True,
    ),
    "occlusion": Way(
        "Occlusion",
        "How much the logit falls when a small patch is covered.",
        "How much the answer falls when the column gets its average.",
        is_signed=True,
        has_baseline=True,
    ),
    "rise": Way(
        "RISE",
        "Random parts are hidden; the map is the mean logit of the trials that showed a pixel, compared with all.",
        "Random columns get their average; the bar is the mean answer where a column was kept, less that of all.",
        is_signed=True,
        has_baseline=True,
    ),
}
BASELINES = {"black": "Black", "white": "White", "blurred": "Blurred"}
