"""Turn one long text into data to write on: of each token, the next one is to be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets.archives.zips import short
from core.datasets.dataset import Arrays
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken
from core.datasets.texts.tokens import CHARACTER, PIECE, UNITS, learn_vocabulary
from core.errors import DatasetError

LENGTH = 64  # tokens of an example
LEAST_LENGTH = 8
TEST_SHARE = 0.1
LEAST, MOST = 200, 10_000_000  # characters learned from
PIECES = 512  # tokens of a vocabulary of pieces
LEAST_PIECES, MOST_PIECES = 64, 5_000
WRITABLE = (CHARACTER, PIECE)  # what the text can be put together from again


@dataclass(frozen=True)
class Written:
    """A text to write on.

    Args:
        arrays: `x_train y_train x_test y_test`, int32 (n, length); the second are shifted by one token.
        spec: Their spec.
        said: Sentences about how they were made.
    """

    arrays: Arrays
    spec: DataSpec
    said: tuple[str, ...]


def learn_to_write(text: str, name: str, unit: str = CHARACTER, most: int = PIECES) -> Written:
    """Cut a text into pieces that follow each other; the last tenth is for testing.

    The vocabulary is that of the training part.

    Args:
        text: The text.
        name: Its name as the user knows it, for messages.
        unit: One of `WRITABLE`.
        most: Tokens of a vocabulary of pieces.

    Raises:
        DatasetError: The text is too short or always the same character, or the unit is another one.
    """
    _check(text, name, unit)
    said = [f"Of {len(text):,} characters the first {MOST:,} are used."] if len(text) > MOST else []
    text = text[:MOST]
    cut = round(len(text) * (1 - TEST_SHARE))
    vocabulary = learn_vocabulary([text[:cut]], unit, most)
    tokens = Tokens(vocabulary, LENGTH, unit)
    train, test = (np.array(tokens.encode(part), "int32") for part in (text[:cut], text[cut:]))
    length = min(LENGTH, len(test) - 1)
    if length < LEAST_LENGTH:
        raise DatasetError(
            f"{short(name)} is too short for {UNITS[unit].lower()}",
            expected=f"at least {LEAST_LENGTH + 1} of them in its last tenth",
            received=f"{len(test)}",
            fix="Bring a longer text, or split it into characters.",
        )
    arrays = {
        f"{which}_{part}": array
        for part, row in (("train", train), ("test", test))
        for which, array in zip("xy", _shifted(row, length), strict=True)
    }
    spec = DataSpec(
        Tokens(vocabulary, length, unit),
        NextToken(vocabulary, length, cut / len(train) if unit == PIECE else 1.0),
        len(arrays["x_train"]),
        len(arrays["x_test"]),
    )
    return Written(arrays, spec, (*said, *_say(spec, test)))


def _check(text: str, name: str, unit: str) -> None:
    if unit not in WRITABLE:
        expected = " or ".join(UNITS[one].lower() for one in WRITABLE)
        raise DatasetError("a text to write on cannot be split like this", expected=expected, received=short(unit))
    if len(text) < LEAST:
        received = f"{len(text):,} character{'s' if len(text) != 1 else ''}"
        raise DatasetError(
            f"{short(name)} is too short to learn from", expected=f"at least {LEAST} characters", received=received
        )
    if len(set(text)) == 1:
        raise DatasetError(f"{short(name)} is one character again and again", expected="a text", received=repr(text[0]))


def _shifted(tokens: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pieces (n, length) of tokens (m,), and the same shifted by one."""
    whole = (len(tokens) - 1) // length * length
    return tokens[:whole].reshape(-1, length), tokens[1 : whole + 1].reshape(-1, length)


def _say(spec: DataSpec, test: np.ndarray) -> list[str]:
    features, target = spec.features, spec.target
    assert isinstance(features, Tokens)
    assert isinstance(target, NextToken)
    unknown = float((test == 0).mean())
    long = f" of {target.characters:.2f} characters on average" if features.unit == PIECE else ""
    return [
        f"The text is cut into pieces of {features.length} tokens that follow each other; the last tenth is for "
        "testing.",
        f"The vocabulary is {len(features.vocabulary) - 1:,} {UNITS[features.unit].lower()}{long}, learned from the "
        f"training part. Token 0 stands for all others, {100 * unknown:.2g} % of the test part.",
    ]
