"""Make training data of sounds in classes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.datasets.archives.archives import Entry
from core.datasets.classes.names import safe_names
from core.datasets.dataset import Arrays, Progress
from core.datasets.features import Column, Series
from core.datasets.own.built import Built, cut
from core.datasets.sounds.hearing import RATES_HZ, Hearing
from core.datasets.sounds.sounds import Header, SoundCheck, check_sounds
from core.datasets.sounds.spectrogram import loud_part
from core.datasets.spec import DataSpec
from core.datasets.splitting import split
from core.datasets.targets import Classes, count_labels

TEST_SHARE = 0.2
SHORTEST_S, LONGEST_S = 0.2, 4.0  # of what a network hears
ALMOST_ALL = 95  # percent of the sounds that are not cut


def learn_sounds(path: Path, seed: int, progress: Progress) -> Built:
    """Make training data of the sounds of a ZIP or folder, with a fifth of each class for testing.

    Folders `train` and `test` are kept as the files' own split. Equal sounds are on one side.

    Args:
        path: The ZIP or folder.
        seed: The same seed gives the same split.
        progress: Receives the current step.

    Raises:
        DatasetError: Too few sounds can be read, or a class cannot be on both sides.
    """
    progress("reading the sounds", 0.1)
    lengths, rates = list[float](), list[int]()

    def measure(entry: Entry, header: Header, samples: np.ndarray) -> None:
        lengths.append(len(loud_part(samples, header.rate_hz, RATES_HZ[0])) / RATES_HZ[0])
        rates.append(header.rate_hz)

    check = check_sounds(path, measure)
    hearing = _hearing(lengths, rates)
    progress("listening to them", 0.5)
    heard, labels, is_test, names = [], [], [], [label for label, _ in check.classes]

    def listen(entry: Entry, header: Header, samples: np.ndarray) -> None:
        if entry.label in names:
            heard.append(hearing.hear(samples, header.rate_hz))
            labels.append(names.index(entry.label))
            is_test.append(entry.is_test)

    check_sounds(path, listen)
    x, y, tested = np.stack(heard), np.array(labels, np.int64), np.array(is_test)
    train, test = (np.flatnonzero(~tested), np.flatnonzero(tested)) if tested.any() else _divided(x, y, seed, names)
    arrays = {"x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test]}
    options = {"seed": None if tested.any() else seed}
    return Built(arrays, _spec(arrays, names, hearing), _notes(check, hearing), options=options)


def _hearing(lengths: list[float], rates: list[int]) -> Hearing:
    """Return how to hear sounds so that almost none is cut, and nothing that most of them have is lost."""
    wanted = float(np.ceil(10 * np.percentile(lengths, ALMOST_ALL)) / 10)
    rate_hz = RATES_HZ[1] if np.median(rates) >= RATES_HZ[1] else RATES_HZ[0]
    return Hearing(rate_hz, min(max(wanted, SHORTEST_S), LONGEST_S))


def _divided(x: np.ndarray, y: np.ndarray, seed: int, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    _, groups = np.unique(x.reshape(len(x), -1), axis=0, return_inverse=True)
    return split(y, groups.ravel(), TEST_SHARE, seed, names)


def _spec(arrays: Arrays, names: list[str], hearing: Hearing) -> DataSpec:
    x, classes = arrays["x_train"], safe_names(names)
    means, spreads = x.mean((0, 1), dtype=np.float64), x.std((0, 1), dtype=np.float64)
    columns = tuple(
        Column(name, mean=float(f"{mean:.6g}"), spread=float(f"{spread:.6g}") or 1.0)
        for name, mean, spread in zip(hearing.names, means, spreads, strict=True)
    )
    target = Classes(classes, count_labels(arrays["y_train"], len(classes)))
    features = Series(columns, hearing.frames, hearing=hearing)
    return DataSpec(features, target, len(arrays["y_train"]), len(arrays["y_test"]))


def _notes(check: SoundCheck, hearing: Hearing) -> dict[str, object]:
    found = cut(asdict(check))
    return {**found, "said": [*check.said, hearing.say()]}
