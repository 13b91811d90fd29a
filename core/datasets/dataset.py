"""The description of a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.images.photos import Shaping
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken, Number, TokenSequence
from core.errors import DatasetError
from core.settings import Settings

Arrays = dict[str, np.ndarray]
_EXAMPLES = {
    "image": "Images",
    "point": "Points of the plane",
    "row": "Rows of a table",
    "sequence": "Sequences",
    "sound": "Sounds",
    "text": "Texts",
}
Progress = Callable[[str, float], None]  # (current step, share done from 0 to 1)


def prepared_folder(settings: Settings, dataset_id: str) -> Path:
    """Return the folder of a data set's prepared arrays."""
    return settings.home / "prepared" / dataset_id


@dataclass(frozen=True)
class Remote:
    """A file that is downloaded once.

    Args:
        name: Local file name.
        url: Address to download from.
        checksum: `sha256:...`, or `md5:...` if the publisher gives only that; empty if it gives none.
        megabytes: Size in MB.
    """

    name: str
    url: str
    checksum: str
    megabytes: float


@dataclass(frozen=True)
class Dataset:
    """One data set of images, points, rows of a table, sequences or texts.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        spec: Shape, classes and sizes.
        split: One sentence on how training and test examples were split.
        source: Origin, for credit.
        licence: Licence terms.
        load: (settings, files by name, progress) -> `x_train y_train x_test y_test` (uint8 images NHWC or float32
            vectors; int64 labels or float32 numbers).
        program: Lines of Python that load the same four arrays, uint8 images with channels.
        files: Files to download unless they are in the data folder.
        split_seed: Seed of our own split; None if the source defines the split.
        problem: Why it cannot be used, and what to do.
        owner: Hash of the owner's key; None if everyone may use it.
        stamp: Changes when the file is replaced; the data is then prepared again.
        is_centred: Whether the images are bright strokes on black, scaled and centred by mass like MNIST's.
        shaping: How photos became its images; None if unknown.
        learn: Loads it too, and returns what its training part says, such as its vocabulary, as the spec; `spec` stands
            for that until it is prepared.
        draw: Draws further examples of any length, (rng, count, length) -> examples, targets; None unless it is made by
            a rule.
    """

    id: str
    title: str
    spec: DataSpec
    split: str
    source: str
    licence: str
    load: Callable[[Settings, Mapping[str, Path], Progress], Arrays]
    program: str
    files: tuple[Remote, ...] = ()
    split_seed: int | None = None
    problem: str = ""
    owner: str | None = None
    stamp: str = ""
    is_centred: bool = False
    shaping: Shaping | None = None
    learn: Callable[[Settings, Mapping[str, Path], Progress], tuple[Arrays, DataSpec]] | None = None
    draw: Callable[[np.random.Generator, int, int], tuple[np.ndarray, np.ndarray]] | None = None

    def check(self) -> None:
        """Check that the data can be used.

        Raises:
            DatasetError: It has a `problem`.
        """
        if self.problem:
            raise DatasetError(self.problem.rstrip("."))

    @property
    def preparation(self) -> dict[str, object]:
        """How a picture becomes one of its images, as options for data derived from it."""
        return {"is_centred": self.is_centred, **(self.shaping.to_options() if self.shaping else {})}

    @property
    def task(self) -> str:
        """The kind of examples and the target, in a few words."""
        what = _EXAMPLES[self.spec.features.noun]
        if isinstance(self.spec.target, Number):
            return f"{what}, {self.spec.target.name} to predict"
        if isinstance(self.spec.target, NextToken):
            return f"{what}, the next character to predict"
        if isinstance(self.spec.target, TokenSequence):
            return f"{what} to answer"
        return f"{what}, {self.spec.num_classes} classes" if self.spec.classes else what
