"""What a data set is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.images.photos import Shaping
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.errors import DatasetError
from core.settings import Settings

Arrays = dict[str, np.ndarray]
_EXAMPLES = {"image": "Images", "point": "Points of the plane", "row": "Rows of a table"}
Progress = Callable[[str, float], None]  # (what is being done, its share from 0 to 1)


def prepared_folder(settings: Settings, dataset_id: str) -> Path:
    """Return where the prepared arrays of a data set lie."""
    return settings.home / "prepared" / dataset_id


@dataclass(frozen=True)
class Remote:
    """A file that is fetched once.

    Args:
        name: Its name here.
        url: Where it is.
        checksum: `sha256:...`, or `md5:...` where its publisher gives no other.
        megabytes: Its size.
    """

    name: str
    url: str
    checksum: str
    megabytes: float


@dataclass(frozen=True)
class Dataset:
    """One data set of images, points or rows of a table.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        spec: Shape, classes and sizes.
        split: One sentence on how training and test examples were told apart.
        source: Where it comes from.
        licence: Under which terms.
        load: (settings, its files by name, progress) -> `x_train y_train x_test y_test` (uint8 images NHWC or
            float32 lists of numbers; int64 labels or float32 numbers).
        program: Lines of Python that load the same four arrays, uint8 images with channels.
        files: What has to be fetched, unless it is in the data folder.
        split_seed: Seed of our own split; None if the source brings its split.
        problem: Why it cannot be used, and what to do.
        owner: Hash of the key of whoever brought it; None if everybody may use it.
        stamp: Changes when its file is replaced; what was prepared from another one is prepared anew.
        is_centred: Whether its images are strokes, bright on black, scaled and centred by mass as MNIST's are.
        shaping: How photos became its images; None where nobody knows.
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

    def check(self) -> None:
        """Refuse to go on with data that cannot be used.

        Raises:
            DatasetError: What is wrong with it.
        """
        if self.problem:
            raise DatasetError(self.problem.rstrip("."))

    @property
    def preparation(self) -> dict[str, object]:
        """How a picture becomes one of its images, as options of data that is made from it."""
        return {"is_centred": self.is_centred, **(self.shaping.to_options() if self.shaping else {})}

    @property
    def task(self) -> str:
        """What there is to learn from it, in a few words."""
        what = _EXAMPLES[self.spec.features.noun]
        if isinstance(self.spec.target, Number):
            return f"{what}, {self.spec.target.name} to predict"
        return f"{what}, {self.spec.num_classes} classes" if self.spec.classes else what
