"""Training and validation rows of a run, and their labels, without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from core.config import Correction
from core.datasets.corruptions import broken_labels, kept_rows
from core.datasets.splitting import held_back
from core.errors import ConfigError
from core.schedule.plan import SPLIT_SEED

if TYPE_CHECKING:
    from core.families.supervised.config import SupervisedConfig


@dataclass(frozen=True)
class TrainingRows:
    """The rows of the training data that a run uses.

    Args:
        learn: Rows to train on, int64, ascending.
        validation: Rows held out for validation, int64, ascending.
        labels: Label of every training image, int64 (n,); labels of used rows may be corrupted.
    """

    learn: np.ndarray
    validation: np.ndarray
    labels: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """All used rows, ascending."""
        return np.sort(np.concatenate([self.learn, self.validation]))


Groups = tuple[tuple[int, int], ...]  # class and number of examples that belong together, `DataSpec.groups`


def training_rows(
    config: SupervisedConfig, labels: np.ndarray, num_classes: int, groups: Groups = (), overlap: int = 0
) -> TrainingRows:
    """Return the training and validation rows of a run, with the labels it trains on.

    Imbalance is applied first, then the limit of `train_images`, then corrections, then label noise. The validation
    rows come last and keep their noise: with real data nobody knows which labels are wrong. No group is parted: the
    validation share is then as near as whole groups of each class come, possibly none. Corrections change neither the
    draw nor the split of the other examples; they hold for validation rows too. Of one long series the last rows are
    held back, and those before them that share steps with them are left out.

    Args:
        config: Settings of the run.
        labels: Target of every training example: class, int64 (n,), or number, (n,).
        num_classes: Number of classes; 0 for regression, whose targets are never corrupted.
        groups: Training examples that stay together; empty if each stands alone.
        overlap: As of `DataSpec`.

    Raises:
        ConfigError: A correction is of another label than this data gives.
    """
    most, share = config.train_images, config.validation_fraction
    if groups:
        learn, validation = split_groups(groups, config.imbalance, most, share)
    else:
        kept = kept_rows(labels, config.imbalance, num_classes) if num_classes else np.arange(len(labels))
        learn, validation = (kept[rows] for rows in split_rows(len(kept), most, share, overlap))
    learn, validation = (np.setdiff1d(rows, config.left_out) for rows in (learn, validation))
    found = TrainingRows(learn, validation, corrected(labels, config.corrected))
    labels = found.labels.copy()
    if num_classes and (config.label_noise or config.shuffle_labels == "on"):
        used = found.used
        told = broken_labels(labels[used], num_classes, config.label_noise, config.shuffle_labels == "on")
        found.labels[used] = told
    return found


def corrected(labels: np.ndarray, corrections: Sequence[Correction]) -> np.ndarray:
    """Return labels with some of them corrected.

    Raises:
        ConfigError: One was given another label than the correction says: it is of other data.
    """
    found = np.array(labels)
    for one in corrections:
        if one.row >= len(found) or found[one.row] != one.given:
            raise ConfigError(
                "the corrected labels are of another version of the data",
                field="corrections",
                expected=f"class {one.given} in row {one.row}",
                received="no such row" if one.row >= len(found) else f"class {found[one.row]}",
                fix="Mark the examples again.",
            )
        if one.right is not None:
            found[one.row] = one.right
    return found


def evenly_spread(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` rows, evenly spread and not random."""
    count = min(most, len(rows))
    return rows[np.arange(count) * len(rows) // max(count, 1)]


def first_of_each(labels: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` rows: the first of each class, then the second of each, and so on."""
    labels = np.asarray(labels)
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    turn = np.empty(len(labels), int)  # earlier rows of the same class
    turn[by_class] = np.concatenate([np.arange(count) for count in counts]) if len(labels) else 0
    return np.lexsort((labels, turn))[:most]


def split_rows(size: int, most: int, validation_share: float, overlap: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on and the rows held out for validation, ascending.

    Args:
        size: Number of training examples.
        most: Maximum number to use; 0 for all.
        validation_share: Share of the used rows held out, 0 to 1.
        overlap: Rows before one that share steps with it: the last rows are then held out, and so many before them
            left out, though at most half of the others.
    """
    rows = np.random.default_rng(SPLIT_SEED).permutation(size)[: most or size]
    count = round(len(rows) * validation_share)
    if overlap and count:
        early, late = np.split(np.sort(rows), [-count])
        return early[: max(np.searchsorted(early, late[0] - overlap), -(-len(early) // 2))], late
    return np.sort(rows[count:]), np.sort(rows[:count])


@lru_cache(maxsize=32)
def drawn_rows(
    most: int, validation_share: float, imbalance: float, size: int, groups: Groups, overlap: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on and those held out, of data whose classes all stay, whatever its labels."""
    if groups:
        return split_groups(groups, imbalance, most, validation_share)
    return split_rows(size, most, validation_share, overlap)


@lru_cache(maxsize=32)
def split_groups(groups: Groups, imbalance: float, most: int, validation_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on and the rows of whole groups held out for validation, ascending.

    Args:
        groups: Class and number of the examples of each group, in the order of the data.
        imbalance: Ratio of the shares that the first and the last class keep; 1 keeps all.
        most: Maximum number to use; 0 for all.
        validation_share: Wanted share of the used rows of each class, 0 to 1.
    """
    labels, sizes = np.transpose(groups)
    numbers, truth = np.repeat(np.arange(len(groups)), sizes), np.repeat(labels, sizes)
    kept = kept_rows(truth, imbalance, int(labels.max()) + 1)
    used = kept[split_rows(len(kept), most, 0.0)[0]]
    held = held_back(truth[used], numbers[used], validation_share, SPLIT_SEED)
    return np.delete(used, held), used[held]
