"""Show corrupted data: sample images with their labels, class counts, changed test images."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.corruptions import shifted_images
from core.datasets.spec import DataSpec
from core.figures.colours import TRAINING, WRONG
from core.figures.pictures import Gallery, Picture, framed_picture, grey_picture
from core.names import shortened
from core.schedule.split import corrected, training_rows

if TYPE_CHECKING:
    from core.datasets import Prepared
    from core.families.supervised.config import SupervisedConfig

SHOWN = 6  # images with a wrong label, with the right one, and from the test data
ROWS = 12  # of the chart; further classes are left out
LONGEST = 14  # characters of a name beside a bar
WIDTH, LEFT, RIGHT, LINE = 320, 92, 104, 16  # pixels of the chart


def preview_corruptions(config: SupervisedConfig, data: Prepared) -> dict[str, np.ndarray]:
    """Apply a config's corruptions to a few images.

    Args:
        config: Settings of the run.
        data: The prepared arrays.

    Returns:
        `counts` int (classes, 2): training images per label, right and wrong. With corrupted labels, `images`
        uint8 (n, h, w, c), `truth` and `told` int (n,). With changed test images, `test_images` and `test_truth`.
    """
    truth, num_classes = np.asarray(data.y_train), data.spec.num_classes
    rows = training_rows(config, truth, num_classes, data.spec.groups)
    truth = corrected(truth, config.corrected)
    used = rows.used
    is_wrong = rows.labels[used] != truth[used]
    parts = [np.bincount(rows.labels[used[part]], minlength=num_classes) for part in (~is_wrong, is_wrong)]
    found = {"counts": np.stack(parts, axis=1)}
    if is_wrong.any():
        some = np.sort(np.concatenate([used[is_wrong][:SHOWN], used[~is_wrong][:SHOWN]]))
        found |= {"images": np.asarray(data.x_train[some]), "truth": truth[some], "told": rows.labels[some]}
    if config.test_shift != "none":
        images = shifted_images(data.x_test[:SHOWN], config.test_shift)
        found |= {"test_images": images, "test_truth": np.asarray(data.y_test[:SHOWN])}
    return found


def draw_broken(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Gallery]:
    """Draw the result of `preview_corruptions`."""
    right, wrong = arrays["counts"].sum(axis=0)
    galleries = draw_counts(arrays, spec)
    if "images" in arrays:
        words = f"**{wrong:,} of {right + wrong:,} training labels are wrong.** Wrong ones are framed in orange."
        galleries.insert(0, _labelled(arrays["images"], arrays["truth"], arrays["told"], spec.classes, words))
    if "test_images" in arrays:
        names = [spec.classes[label] for label in arrays["test_truth"]]
        shown = [
            grey_picture(image, f"test image {row}, changed: {name}")
            for row, (image, name) in enumerate(zip(arrays["test_images"], names, strict=True))
        ]
        galleries.append(Gallery("**Test images** as used in the test.", shown, [f"is {name}" for name in names]))
    return galleries


def draw_counts(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Gallery]:
    """Draw the number of training images per label, from `preview_corruptions`."""
    chart, total = _counts(arrays["counts"], spec.classes), arrays["counts"].sum()
    return [Gallery(f"**Images per label**, {total:,} in total, validation images included.", drawing=chart)]


def _labelled(
    images: np.ndarray, truth: np.ndarray, told: np.ndarray, classes: tuple[str, ...], sentence: str
) -> Gallery:
    texts, shown = [], list[Picture]()
    for image, is_, called in zip(images, truth, told, strict=True):
        words = f"labelled {classes[called]},\n" + ("right" if is_ == called else f"wrong: is {classes[is_]}")
        texts.append(words)
        shown.append(framed_picture(image, "training image, " + words, "" if is_ == called else WRONG))
    return Gallery(sentence, shown, texts)


def _counts(counts: np.ndarray, classes: tuple[str, ...]) -> str:
    """Draw a bar per class, right labels in blue and wrong ones in orange, with their numbers."""
    shown = np.unique(np.linspace(0, len(classes) - 1, min(ROWS, len(classes))).round().astype(int))
    scale = (WIDTH - LEFT - RIGHT) / max(int(counts.sum(axis=1).max()), 1)
    bars = "".join(_bar(n * LINE, classes[c], int(counts[c, 0]), int(counts[c, 1]), scale) for n, c in enumerate(shown))
    left_out = f", {len(shown)} of {len(classes)} classes" if len(shown) < len(classes) else ""
    words = f"Training images per label{left_out}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {LINE * len(shown)}" width="100%" style="max-width: 480px" role="img" '
        f'aria-label="{words}"><title>{words}</title>{bars}</svg>'
    )


def _bar(top: int, name: str, right: int, wrong: int, scale: float) -> str:
    quiet = 'fill="currentColor" fill-opacity="0.72" font-size="11"'
    end, height = LEFT + (right + wrong) * scale, LINE - 5
    words = f"{right + wrong:,}, {wrong:,} wrong" if wrong else f"{right:,}"
    return (
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end" {quiet}>{escape(shortened(name, LONGEST))}</text>'
        f'<rect x="{LEFT}" y="{top + 1}" width="{right * scale:.1f}" height="{height}" fill="{TRAINING}"/>'
        f'<rect x="{LEFT + right * scale:.1f}" y="{top + 1}" width="{wrong * scale:.1f}" height="{height}" '
        f'fill="{WRONG}"/><text x="{end + 5:.1f}" y="{top + 10}" {quiet}>{words}</text>'
    )
