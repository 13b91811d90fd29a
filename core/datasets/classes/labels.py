"""Recognise labels: numbers with gaps, words, one-hot rows, whole numbers as floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets.archives.archives import natural_key
from core.datasets.archives.zips import LIMITS, short
from core.datasets.classes.names import safe_names
from core.errors import DatasetError

MOST_CLASSES = LIMITS.most_classes
_LONGEST_WORD = 1_000  # characters of a label
_LISTED = 10  # classes named in a sentence


@dataclass(frozen=True)
class Labels:
    """Labels of one data set.

    Args:
        parts: Labels of each array, int64 (n,), indices into `classes`.
        values: The file's value for each class, in order: numbers, or stripped words.
        classes: Names of the classes, safe to show; every class occurs.
        one_hot: Names of the arrays that are one-hot encoded.
        said: Sentences about what was recognised.
    """

    parts: Mapping[str, np.ndarray]
    values: tuple[int | str, ...]
    classes: tuple[str, ...]
    one_hot: frozenset[str]
    said: tuple[str, ...]


def read_labels(arrays: Mapping[str, np.ndarray]) -> Labels:
    """Recognise labels; the classes are the distinct values, numbers ascending, words in natural order.

    Args:
        arrays: Name for messages -> (n,), (n, 1), or one-hot rows (n, classes): numbers, words, or Python strings as
            objects.

    Raises:
        DatasetError: The arrays are not labels, or have too many or too few distinct values.
    """
    said: list[str] = []
    one_hot = frozenset(name for name, array in arrays.items() if _is_wide(array))
    found = {name: _one_hot(array, name) if name in one_hot else _plain(array, name) for name, array in arrays.items()}
    if one_hot:
        width = max(arrays[name].shape[1] for name in one_hot)
        said.append(f"The labels are one-hot: the position of the 1 among {width} is the class.")
    if any(array.dtype.kind == "f" for name, array in arrays.items() if name not in one_hot):
        said.append("The labels are whole numbers stored as decimals (1.0 for 1).")
    _check_alike(found)
    codes, values = _codes(found, next(iter(arrays)))
    return Labels(codes, values, safe_names(list(map(str, values))), one_hot, tuple(said))


def only_tested(y_train: np.ndarray, y_test: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Return a sentence about classes that occur in the test only; empty if there are none.

    Args:
        y_train, y_test: int64 (n,), indices into `classes`.
        classes: Names of the classes.
    """
    unseen = np.setdiff1d(y_test, y_train).tolist()
    if not unseen:
        return []
    listed = ", ".join(classes[label] for label in unseen[:_LISTED]) + (", ..." if len(unseen) > _LISTED else "")
    return [f"These classes occur in the test only, so no network can learn them: {listed}."]


def _is_wide(array: np.ndarray) -> bool:
    return array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind in "biuf" and array.shape[0] != 1


def _one_hot(array: np.ndarray, name: str) -> np.ndarray:
    """Return the position of the 1 in each row, int64 (n,)."""
    if array.shape[1] > MOST_CLASSES:
        received = f"rows of {array.shape[1]:,}"
        raise DatasetError(f"{name} does not hold labels", expected="one label for each image", received=received)
    good = ((array == 0) | (array == 1)).all(axis=1) & ((array != 0).sum(axis=1) == 1)
    if not good.all():
        row = int(good.argmin())
        raise DatasetError(
            f"{name} does not hold labels",
            expected="one label for each image, or rows of zeros with a single 1",
            received=f"{short(str(array[row].tolist()))} in row {row + 1:,}",
        )
    labels: np.ndarray = array.argmax(axis=1).astype(np.int64)
    return labels


def _plain(array: np.ndarray, name: str) -> np.ndarray:
    """Return whole numbers (n,) or stripped words (n,)."""
    if array.size != max(array.shape, default=0) or not array.size:
        expected = "one label for each image"
        raise DatasetError(f"{name} does not hold labels", expected=expected, received=f"an array {array.shape}")
    flat = array.reshape(-1)
    if flat.dtype.kind in "USO":
        return _words(flat, name)
    if flat.dtype.kind == "f":
        return _whole(flat, name)
    return flat.astype(np.int64) if flat.dtype.kind in "bi" else flat.astype(np.uint64)


def _whole(array: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # the remainder of infinity is NaN
        wrong = ~((array % 1 == 0) & (np.abs(array) < 2**53))
    if wrong.any():
        row = int(wrong.argmax())
        if np.isnan(array[row]):
            raise no_label(name, row)
        raise DatasetError(
            f"{name} holds numbers that are not class labels",
            expected="whole numbers, words or one-hot rows",
            received=f"{array[row]:.6g} in row {row + 1:,}",
        )
    return array.astype(np.int64)


def _words(array: np.ndarray, name: str) -> np.ndarray:
    """Return words as Python strings; in a NumPy string array a single long word would enlarge every element."""
    try:
        found = array.tolist()
        words = [(word.decode() if isinstance(word, bytes) else word).strip() for word in found]
    except ValueError as error:  # includes UnicodeError: invalid UTF-8 or code points
        raise DatasetError(f"{name} has labels in an unknown encoding", expected="words in UTF-8") from error
    if "" in words:
        raise no_label(name, words.index(""))
    if max(map(len, words)) > _LONGEST_WORD:
        raise DatasetError(f"{name} has a label that is too long", expected=f"at most {_LONGEST_WORD:,} characters")
    return np.array(words, object)


def _check_alike(found: Mapping[str, np.ndarray]) -> None:
    words = [name for name, array in found.items() if array.dtype == object]
    if 0 < len(words) < len(found):
        other = next(name for name in found if name not in words)
        raise DatasetError(f"{words[0]} holds words and {other} numbers", expected="labels of one kind")


def no_label(name: str, row: int) -> DatasetError:
    """Return the error for an example without a label; `row` counts from 0."""
    return DatasetError(f"{name} has no label in row {row + 1:,}", fix="Add the label, or leave the row out.")


def _codes(found: Mapping[str, np.ndarray], first: str) -> tuple[dict[str, np.ndarray], tuple[int | str, ...]]:
    """Return each array as indices into the distinct values, and these values in order."""
    import pandas as pd  # takes a quarter of a second; every process imports this module, few need pandas

    # An object array, since a Series of strings becomes an Arrow array, which rejects lone surrogates.
    codes, distinct = pd.factorize(np.concatenate([array.astype(object) for array in found.values()]))
    values = list(distinct)
    if len(values) > MOST_CLASSES:
        expected = f"at most {MOST_CLASSES}"
        raise DatasetError(f"{first} has too many classes", expected=expected, received=f"{len(values):,}")
    if len(values) < LIMITS.least_classes:
        expected = f"at least {LIMITS.least_classes}"
        raise DatasetError(f"{first}: there is only one class, {short(str(values[0]))}", expected=expected)
    order = sorted(range(len(values)), key=lambda place: _order(values[place]))
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values))
    ends = np.cumsum([len(array) for array in found.values()])[:-1]
    parts = dict(zip(found, np.split(rank[codes], ends), strict=True))
    return parts, tuple(values[place] for place in order)


def _order(value: int | str) -> tuple[object, ...]:
    return natural_key(value) if isinstance(value, str) else (value,)


def name_classes(values: tuple[int | str, ...], names: object, where: str) -> tuple[str, ...]:
    """Return the given names of classes, made safe to show.

    Args:
        values: The file's value for each class.
        names: A list of names for the labels 0, 1, ... or for those that occur, or a dict from label to name.
        where: Origin of the names, for the error.

    Raises:
        DatasetError: A name is missing or repeated, or `names` has another type.
    """
    shown = list(map(str, values))
    if isinstance(names, dict):
        found = [names.get(label) for label in shown]
    elif isinstance(names, list):
        places = _places(values, len(names))
        found = [names[place] for place in places] if places is not None else []
    else:
        found = []
    given = list(map(str, found))
    if len(given) < len(values) or None in found or len(set(given)) < len(given):
        listed = ", ".join(map(short, shown[:_LISTED])) + (", ..." if len(shown) > _LISTED else "")
        received = f"{len(names):,} names" if isinstance(names, list | dict) else "none"
        expected = f"different names for the labels {listed}"
        raise DatasetError(f"{where} does not name the classes", expected=expected, received=received)
    return safe_names(given)


def _places(values: tuple[int | str, ...], count: int) -> Sequence[int] | None:
    """Return the index of each value's name in a list: the label itself if the list is long enough, else in order."""
    numbers = [value for value in values if not isinstance(value, str) and 0 <= value < count]
    if len(numbers) == len(values):
        return [int(number) for number in numbers]
    return range(len(values)) if count == len(values) else None
