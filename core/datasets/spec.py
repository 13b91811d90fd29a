"""The shape of a data set, all that a network needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DataSpec:
    """What one example looks like and how many there are.

    Args:
        input_shape: (height, width, channels) of one image.
        classes: Name of each class, in the order of the labels.
        train_size: Number of training examples.
        test_size: Number of test examples, which nothing is ever trained on.
    """

    input_shape: tuple[int, ...]
    classes: tuple[str, ...]
    train_size: int
    test_size: int
