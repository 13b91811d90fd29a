"""Turn texts with a class or a number each into data: equal texts count once, and none stands in both parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets.archives.zips import LIMITS, short
from core.datasets.classes.names import natural_key, safe_names
from core.datasets.dataset import Arrays
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number, Target, count_labels
from core.datasets.texts.tokens import CHARACTER, PIECE, UNITS, WORD, learn_vocabulary
from core.errors import DatasetError

AUTO = ""  # unit: words for sentences, else characters
LONGEST = {CHARACTER: 400, WORD: 200, PIECE: 200}  # tokens of an example
SIZES = {CHARACTER: 1_000, WORD: 10_000, PIECE: 1_000}  # tokens of a vocabulary
LEAST_SIZE, MOST_SIZE = 64, 30_000
LEAST_TEXTS, LEAST_OF_CLASS = 10, 2
TEST_SHARE = 0.2
_USUAL = 0.98  # share of the texts that are not cut
_FEW_WORDS = 4


@dataclass(frozen=True)
class Labelled:
    """Texts as data.

    Args:
        arrays: `x_train x_test` int32 (n, length); `y_train y_test` int64 or float32 (n,).
        spec: Their spec.
        said: Sentences about how they were made.
        facts: Numbers for the page: `shortest`, `median` and `longest` length in tokens, `characters`, `unit`.
    """

    arrays: Arrays
    spec: DataSpec
    said: tuple[str, ...]
    facts: dict[str, Any]


def learn_from_texts(
    texts: Sequence[str],
    answers: Sequence[str] | Sequence[float],
    where: str,
    *,
    target: str = "label",
    unit: str = AUTO,
    most: int = 0,
    length: int = 0,
    seed: int = 0,
    is_test: Sequence[bool] = (),
) -> Labelled:
    """Make data of texts, with a fifth of each class for testing.

    The vocabulary is learned from the training texts only. Of a text that is too long the end counts.

    Args:
        texts, answers: The texts, and the class or number of each; empty texts are left out.
        where: Origin of the classes or numbers, for messages, such as "the column 'label' of reviews.csv".
        target: Name of a number.
        unit: One of `UNITS`, or `AUTO`.
        most: Tokens of the vocabulary; 0: as many as is usual.
        length: Tokens of an example; 0: as many as nearly all texts have.
        seed: The same seed gives the same split.
        is_test: Which texts the files themselves have for testing; empty if they do not say.

    Raises:
        DatasetError: There are too few texts or classes.
    """
    kept, said = _once(texts, answers, is_test)
    y, names, kept, more = _answers([answers[row] for row in kept], kept, where)
    rows = [texts[row].strip() for row in kept]
    if len(rows) < LEAST_TEXTS:
        what = f"there are too few different texts with a value in {where}"
        raise DatasetError(what, expected=f"at least {LEAST_TEXTS}", received=f"{len(rows):,}")
    tested = np.array([is_test[row] for row in kept]) if any(is_test) else _drawn(y, bool(names), seed)
    unit = unit or (WORD if np.median([len(row.split()) for row in rows]) > _FEW_WORDS else CHARACTER)
    train = [row for row, is_tested in zip(rows, tested, strict=True) if not is_tested]
    vocabulary = learn_vocabulary(train, unit, most or SIZES[unit])
    encode = Tokens(vocabulary, LONGEST[unit], unit).encode
    encoded = [encode(row) for row in rows]
    lengths = np.array([len(row) for row in encoded])
    length = min(length or max(1, int(np.ceil(np.quantile(lengths[~tested], _USUAL)))), LONGEST[unit])
    x = np.array([[0] * (length - len(row)) + row[-length:] for row in encoded], "int32")
    arrays = {"x_train": x[~tested], "y_train": y[~tested], "x_test": x[tested], "y_test": y[tested]}
    spec = DataSpec(
        Tokens(vocabulary, length, unit), _target(arrays["y_train"], names, target), len(train), int(tested.sum())
    )
    asked = [row for row, is_tested in zip(encoded, tested, strict=True) if is_tested]
    unknown = sum(row.count(0) for row in asked) / max(1, sum(map(len, asked)))
    said += [
        *more,
        *(["The files' own split into training and test was kept."] if any(is_test) else []),
        *_say(spec, int((lengths > length).sum()), unknown),
    ]
    facts: dict[str, Any] = {
        "shortest": int(lengths.min()),
        "median": int(np.median(lengths)),
        "longest": int(lengths.max()),
    }
    facts |= {"characters": sum(map(len, rows)), "unit": unit, "vocabulary": len(vocabulary) - 1, "length": length}
    return Labelled(arrays, spec, tuple(said), facts)


def _target(y_train: np.ndarray, names: Sequence[str], name: str) -> Target:
    if names:
        return Classes(safe_names(names), count_labels(y_train, len(names)))
    return Number(name, "", float(y_train.mean()), float(y_train.std()) or 1.0)


def _once(texts: Sequence[str], answers: Sequence[Any], is_test: Sequence[bool]) -> tuple[list[int], list[str]]:
    """Return the first row of each text; without those that are empty, or come with different answers."""
    found: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if words := " ".join(text.split()).casefold():
            found.setdefault(words, []).append(row)
    empty = len(texts) - sum(map(len, found.values()))
    agreed = [rows for rows in found.values() if len({answers[row] for row in rows}) == 1]
    unclear, again = len(found) - len(agreed), sum(len(rows) - 1 for rows in agreed)
    said = [f"{_texts(empty)} without any character {_were(empty)} left out."] if empty else []
    if again:
        said.append(
            f"{_texts(again)} that {'repeats' if again == 1 else 'repeat'} another {_were(again)} left out, "
            "so that none stands in training and test."
        )
    if unclear:
        said.append(f"{_texts(unclear)} with different answers {_were(unclear)} left out.")
    return sorted(rows[0] for rows in agreed), said


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _answers(
    answers: Sequence[Any], rows: list[int], where: str
) -> tuple[np.ndarray, tuple[str, ...], list[int], list[str]]:
    """Return numbers or class indices, class names, the rows that have one, and a sentence about small classes."""
    if answers and not isinstance(answers[0], str):
        if len(set(answers)) < 2:
            raise DatasetError(f"there is nothing to predict in {where}", expected="at least 2 different numbers")
        return np.array(answers, np.float32), (), rows, []
    counts = Counter(answers)
    small = sorted((name for name, count in counts.items() if count < LEAST_OF_CLASS), key=natural_key)
    names = tuple(sorted(counts.keys() - set(small), key=natural_key))
    _check_classes(names, where)
    place = {name: index for index, name in enumerate(names)}
    labels = [place[label] for label in answers if label in place]
    listed = ", ".join(short(name) for name in small[:5]) + (", ..." if len(small) > 5 else "")
    said = [f"Classes with a single text are left out: {listed}."] if small else []
    kept = [row for row, label in zip(rows, answers, strict=True) if label in place]
    return np.array(labels, np.int64), names, kept, said


def _check_classes(names: Sequence[str], where: str) -> None:
    if len(names) < LIMITS.least_classes:
        expected = f"at least {LIMITS.least_classes} classes with {LEAST_OF_CLASS} different texts each"
        received = f"only {short(names[0])!r}" if names else "none"
        raise DatasetError(f"there are too few classes in {where}", expected=expected, received=received)
    if len(names) > LIMITS.most_classes:
        fix = "Choose another column, or predict a number."
        expected, received = f"at most {LIMITS.most_classes}", f"{len(names):,}"
        raise DatasetError(f"there are too many classes in {where}", expected=expected, received=received, fix=fix)


def _drawn(y: np.ndarray, has_classes: bool, seed: int) -> np.ndarray:
    """Draw which texts are tested on, as large a share of each class, at least one: bool (n,)."""
    labels, order = y if has_classes else np.zeros(len(y), np.int64), np.random.default_rng(seed).permutation(len(y))
    drawn = np.zeros(len(y), bool)
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        drawn[mine[: max(1, round(TEST_SHARE * len(mine)))]] = True
    return drawn


def _say(spec: DataSpec, cut: int, unknown: float) -> list[str]:
    features = spec.features
    assert isinstance(features, Tokens)
    name = UNITS[features.unit].lower()
    said = [
        f"The vocabulary is {len(features.vocabulary) - 1:,} {name}, learned from the training texts. Token 0 stands "
        f"before a short text and for what is not in the vocabulary, {100 * unknown:.2g} % of the test."
    ]
    if cut:
        said.append(f"{_texts(cut)} of more than {features.length:,} {name} {_were(cut)} cut: the end counts.")
    return said
