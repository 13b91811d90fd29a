"""Read `.npz` files with the keys of Keras or MedMNIST, after checking their headers; pickles are never loaded."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import DAMAGE, read_npz
from core.datasets.archives.zips import short
from core.datasets.arrays.headers import EXPECTED, Header, check_headers, damaged, read_header, read_headers
from core.datasets.arrays.images import Layout, Scale, find_layout, find_scales, to_images
from core.datasets.classes.labels import Labels, read_labels
from core.datasets.dataset import Arrays
from core.errors import DatasetError

# Our array -> the file's arrays that are joined for it. MedMNIST's validation images join the training images, since
# each run holds out its own share.
STYLES: dict[str, dict[str, tuple[str, ...]]] = {
    "Keras": {name: (name,) for name in ("x_train", "y_train", "x_test", "y_test")},
    "MedMNIST": {
        "x_train": ("train_images", "val_images"),
        "y_train": ("train_labels", "val_labels"),
        "x_test": ("test_images",),
        "y_test": ("test_labels",),
    },
}
PARTS = ("train", "test")
_PIECE = 2**20  # numbers read at once


@dataclass(frozen=True)
class Plan:
    """How a file becomes our four arrays, known before its images are read.

    Args:
        sources: Our array -> the file's arrays that are joined for it.
        headers: Header of each of the file's arrays.
        layouts, scales: Layout and scale of each array of images.
        labels: All labels; the parts have the file's names.
        said: Sentences about what was recognised.
    """

    sources: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, Header]
    layouts: Mapping[str, Layout]
    scales: Mapping[str, Scale]
    labels: Labels
    said: tuple[str, ...]

    def labels_of(self, part: str) -> np.ndarray:
        """Return the labels of `train` or `test`, int64 (n,)."""
        return np.concatenate([self.labels.parts[name] for name in self.sources[f"y_{part}"]])

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        return next(iter(self.layouts.values())).shape


def plan_arrays(path: Path, called: str) -> Plan:
    """Find out the content of a file from its labels and just enough of its images to know their range.

    Args:
        path: Path of the file.
        called: File name as the user knows it.

    Raises:
        DatasetError: The file is of another type, damaged, too large, or has other content.
    """
    try:
        return _plan(path, called)
    except DatasetError as error:
        raise _of(error, called) from error


def _of(error: DatasetError, called: str) -> DatasetError:
    """Return the error with the file's name in front, unless it already has it."""
    called = short(called)
    what = error.what if called in error.what else f"{called}: {error.what}"
    return DatasetError(what, expected=error.expected, received=error.received, fix=error.fix)


def _plan(path: Path, called: str) -> Plan:
    headers = read_headers(path, called)
    sources = style_of(headers)
    headers = {name: headers[name] for group in sources.values() for name in group}
    check_headers(headers)
    images = [name for part in PARTS for name in sources[f"x_{part}"]]
    layouts = {name: find_layout(headers[name].shape, name) for name in images}
    _check_sizes(layouts, sources, headers)
    found = _read(path, called, [name for part in PARTS for name in sources[f"y_{part}"]])
    labels = read_labels(found)
    _check_counts(sources, headers, labels)
    try:
        blocks = {name: _stream(path, name) for name in images}
        scales = find_scales(blocks, {name: headers[name].dtype for name in images})
    except DAMAGE as error:
        raise damaged(called) from error
    ways = (*(layout.said for layout in layouts.values()), *(scale.said for scale in scales.values()), *labels.said)
    return Plan(sources, headers, layouts, scales, labels, tuple(dict.fromkeys(filter(None, ways))))


def style_of(headers: Mapping[str, Header]) -> dict[str, tuple[str, ...]]:
    """Return the file's arrays that make up each of ours; only the first of each group is required.

    Raises:
        DatasetError: The file has neither Keras' nor MedMNIST's keys.
    """
    for style in STYLES.values():
        if all(names[0] in headers for names in style.values()):
            return {ours: tuple(name for name in names if name in headers) for ours, names in style.items()}
    received = ", ".join(map(short, list(headers)[:8])) or "no arrays"
    raise DatasetError("it has no arrays with known names", expected=EXPECTED, received=received)


def _check_sizes(
    layouts: Mapping[str, Layout], sources: Mapping[str, tuple[str, ...]], headers: Mapping[str, Header]
) -> None:
    """Check that all images have one shape, and that each array of images has labels."""
    (first, layout), *others = layouts.items()
    for name, other in others:
        if other.shape != layout.shape:
            expected = f"{'x'.join(map(str, layout.shape))} as in {first}"
            received = "x".join(map(str, other.shape))
            raise DatasetError(f"{name} has images of another shape", expected=expected, received=received)
    for part in PARTS:
        images, labels = sources[f"x_{part}"], sources[f"y_{part}"]
        if len(images) != len(labels):
            raise DatasetError("it has images without labels", received=", ".join((*images, *labels)))


def _check_counts(sources: Mapping[str, tuple[str, ...]], headers: Mapping[str, Header], labels: Labels) -> None:
    for part in PARTS:
        for image_name, label_name in zip(sources[f"x_{part}"], sources[f"y_{part}"], strict=True):
            check_count(label_name, len(labels.parts[label_name]), image_name, headers[image_name].shape[0])


def check_count(label_name: str, labels: int, image_name: str, images: int) -> None:
    """Check that there is one label for each image.

    Raises:
        DatasetError: The numbers differ.
    """
    if labels != images:
        raise DatasetError(f"{label_name} has {labels:,} labels for {images:,} images of {image_name}")


def _stream(path: Path, name: str) -> Iterator[np.ndarray]:
    """Yield an array of a file piece by piece, in the order of the file."""
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
        dtype = read_header(file).dtype
        while piece := file.read(_PIECE * dtype.itemsize):
            yield np.frombuffer(piece, dtype)


def _read(path: Path, called: str, names: list[str]) -> dict[str, np.ndarray]:
    try:
        return read_npz(path, names=names)
    except DAMAGE as error:
        raise damaged(called) from error


def read_arrays(path: Path, called: str, plan: Plan) -> Arrays:
    """Read a whole file as `x_train y_train x_test y_test`: uint8 images NHWC, int64 labels.

    Args:
        path: Path of the file.
        called: File name as the user knows it.
        plan: Result of `plan_arrays` for this file.

    Raises:
        DatasetError: The file is damaged.
    """
    arrays: Arrays = {}
    for part in PARTS:
        names = plan.sources[f"x_{part}"]
        found = _read(path, called, list(names))
        images = [to_images(found.pop(name), plan.layouts[name], plan.scales[name]) for name in names]
        arrays |= {f"x_{part}": np.concatenate(images) if len(images) > 1 else images[0]}
        arrays |= {f"y_{part}": plan.labels_of(part)}
    return arrays
