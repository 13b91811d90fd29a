"""Which training images a run learns from, which are held back, and with which labels; no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.corruptions import broken_labels, kept_rows
from core.schedule.plan import SPLIT_SEED

if TYPE_CHECKING:
    from core.families.supervised.config import SupervisedConfig


@dataclass(frozen=True)
class TrainingRows:
    """The training images that a run uses.

    Args:
        learn: Rows to learn from, in order.
        validation: Rows held back for validation, in order.
        labels: Label of every training image, int64 (n,); those of the rows that are used may be broken.
    """

    learn: np.ndarray
    validation: np.ndarray
    labels: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """All rows that are used, in order."""
        return np.sort(np.concatenate([self.learn, self.validation]))


def training_rows(config: SupervisedConfig, labels: np.ndarray, num_classes: int) -> TrainingRows:
    """Return what a run of `config` uses of the training images, with the labels that it is told.

    Imbalance comes first; of what it keeps `train_images` are used; their labels are broken; then some of them are
    held back, broken labels and all: who has such data does not know which labels are wrong.

    Args:
        config: The settings.
        labels: What every training example is: its class, int64 (n,), or its number.
        num_classes: How many classes there are; 0 where a number is learned, of which nothing is broken.
    """
    kept = kept_rows(labels, config.imbalance, num_classes) if num_classes else np.arange(len(labels))
    learn, validation = (kept[rows] for rows in split_rows(len(kept), config.train_images, config.validation_fraction))
    found = TrainingRows(learn, validation, np.array(labels))
    if num_classes and (config.label_noise or config.shuffle_labels == "on"):
        used = found.used
        told = broken_labels(labels[used], num_classes, config.label_noise, config.shuffle_labels == "on")
        found.labels[used] = told
    return found


def evenly_spread(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` of some rows, evenly spread over them and without chance."""
    count = min(most, len(rows))
    return rows[np.arange(count) * len(rows) // max(count, 1)]


def first_of_each(labels: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` rows: the first of each class, then the second of each, and so on; without chance."""
    labels = np.asarray(labels)
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    turn = np.empty(len(labels), int)  # how many of its class come before a row
    turn[by_class] = np.concatenate([np.arange(count) for count in counts]) if len(labels) else 0
    return np.lexsort((labels, turn))[:most]


def split_rows(size: int, most: int, validation_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to learn from and those held back for validation.

    Args:
        size: Training examples that there are.
        most: How many to use at most; 0 for all.
        validation_share: Share of those used that is held back.
    """
    rows = np.random.default_rng(SPLIT_SEED).permutation(size)[: most or size]
    count = round(len(rows) * validation_share)
    return np.sort(rows[count:]), np.sort(rows[:count])
