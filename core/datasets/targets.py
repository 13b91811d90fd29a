"""The target of each example, which a network learns and is evaluated on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.errors import DatasetError


@dataclass(frozen=True)
class Classes:
    """A class label: int64 (n,), indices into `names`.

    Args:
        names: Names of the classes, in the order of the labels.
        train_counts: Training examples of each class; empty if not counted.
    """

    names: tuple[str, ...]
    train_counts: tuple[int, ...] = ()

    KIND: ClassVar[str] = "classes"
    is_predicted: ClassVar[bool] = True  # so that simple methods can be compared with a network
    dtype: ClassVar[str] = "int64"
    shape: ClassVar[tuple[int, ...]] = ()  # of one example's target

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check `y_train` and `y_test`.

        Args:
            labels: Both arrays, of the right type and length.
            noun: The examples, as a plural noun.
            where: Origin of the arrays, for the error.

        Raises:
            DatasetError: A label belongs to no class, or a class has the wrong number of training examples.
        """
        for name, found in labels.items():
            if found.min() < 0 or found.max() >= len(self.names):
                raise DatasetError(
                    f"{where}: {name} has labels that belong to no class",
                    expected=f"0 to {len(self.names) - 1}",
                    received=f"{found.min()} to {found.max()}",
                )
        if self.train_counts:
            counted = count_labels(labels["y_train"], len(self.names))
            for name, expected, received in zip(self.names, self.train_counts, counted, strict=True):
                if expected != received:
                    raise DatasetError(
                        f"{where}: y_train has the wrong number of {noun} of class {name!r}",
                        expected=f"{expected:,}",
                        received=f"{received:,}",
                    )

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class Number:
    """A number: float32 (n,).

    Args:
        name: Name in the file.
        unit: Unit of measurement; empty if unknown.
        mean, spread: Mean and standard deviation over the training examples; a network predicts standardised values.
    """

    name: str
    unit: str = ""
    mean: float = 0.0
    spread: float = 1.0

    KIND: ClassVar[str] = "number"
    is_predicted: ClassVar[bool] = True
    dtype: ClassVar[str] = "float32"
    shape: ClassVar[tuple[int, ...]] = ()

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check `y_train` and `y_test`.

        Raises:
            DatasetError: An array has a value that is not finite.
        """
        for name, found in labels.items():
            if not np.isfinite(found).all():
                raise DatasetError(
                    f"{where}: {name} has values that are not numbers", expected=f"a number for each of the {noun}"
                )

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class Nothing:
    """No target, for generators. Its array is zeros, int64 (n,)."""

    KIND: ClassVar[str] = "nothing"
    is_predicted: ClassVar[bool] = False
    dtype: ClassVar[str] = "int64"
    shape: ClassVar[tuple[int, ...]] = ()

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Do nothing: there are no labels to check."""

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND}


@dataclass(frozen=True)
class NextToken:
    """The token after each token of an example: int32 (n, length), indices into `vocabulary`.

    Args:
        vocabulary: Tokens by index, as of the features.
        length: Tokens of an example.
        characters: Mean length of a token in the training text; losses are divided by it, so that networks with
            tokens of different lengths, and methods that count characters, can be compared.
    """

    vocabulary: tuple[str, ...]
    length: int
    characters: float = 1.0

    KIND: ClassVar[str] = "next_token"
    is_predicted: ClassVar[bool] = True
    dtype: ClassVar[str] = "int32"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example's target."""
        return (self.length,)

    def count_characters(self, tokens: np.ndarray) -> int:
        """Return how many characters tokens, int (...), stand for; what is not in the vocabulary counts as one."""
        lengths = np.array([max(1, len(token)) for token in self.vocabulary])
        return int(lengths[tokens].sum())

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check `y_train` and `y_test`.

        Raises:
            DatasetError: A token is not in the vocabulary.
        """
        _check_tokens(labels, self.vocabulary, where)

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class TokenSequence:
    """A text that answers another: int32 (n, length), indices into `vocabulary`; an end, then zeros up to `length`.

    The features hold the question, with zeros before a short one, and then the answer one token later: it begins with
    an end, so that each token of it is to be said from the question and from the answer so far.

    Args:
        vocabulary: Characters by index, as of the features; one is `END`.
        length: Longest answer, its end included.
    """

    vocabulary: tuple[str, ...]
    length: int

    KIND: ClassVar[str] = "token_sequence"
    END: ClassVar[str] = "\n"
    is_predicted: ClassVar[bool] = True
    dtype: ClassVar[str] = "int32"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example's target."""
        return (self.length,)

    @property
    def end(self) -> int:
        """The token that ends an answer."""
        return self.vocabulary.index(self.END)

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check `y_train` and `y_test`.

        Raises:
            DatasetError: A token is not in the vocabulary, or an answer has no end.
        """
        _check_tokens(labels, self.vocabulary, where)
        for name, found in labels.items():
            if not ((found == self.end).sum(1) == 1).all():
                raise DatasetError(f"{where}: {name} has answers without an end", expected="one end in each answer")

    def read(self, tokens: Iterable[int]) -> str:
        """Return the text of an answer, up to its end."""
        return "".join(self.vocabulary[token] for token in tokens).partition(self.END)[0]

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, **vars(self)}


def _check_tokens(labels: Mapping[str, np.ndarray], vocabulary: tuple[str, ...], where: str) -> None:
    for name, found in labels.items():
        if found.min() < 0 or found.max() >= len(vocabulary):
            raise DatasetError(
                f"{where}: {name} has tokens that are not in the vocabulary",
                expected=f"0 to {len(vocabulary) - 1}",
                received=f"{found.min()} to {found.max()}",
            )


Target = Classes | Number | NextToken | TokenSequence | Nothing


def target_from(values: Mapping[str, Any]) -> Target:
    """Return the target from the dict that `to_dict` returned.

    Raises:
        KeyError, TypeError, ValueError: The dict has another format.
    """
    given = {name: value for name, value in values.items() if name != "kind"}
    if values["kind"] == Classes.KIND:
        return Classes(tuple(given["names"]), tuple(given["train_counts"]))
    if values["kind"] == Number.KIND:
        return Number(**given)
    if values["kind"] == NextToken.KIND:
        return NextToken(tuple(given["vocabulary"]), int(given["length"]), float(given.get("characters", 1.0)))
    if values["kind"] == TokenSequence.KIND:
        return TokenSequence(tuple(given["vocabulary"]), int(given["length"]))
    if values["kind"] == Nothing.KIND:
        return Nothing()
    raise ValueError(f"there is no target of the kind {values['kind']!r}")


def count_labels(labels: np.ndarray, num_classes: int) -> tuple[int, ...]:
    """Return the number of examples of each class, from labels int (n,)."""
    return tuple(np.bincount(labels, minlength=num_classes).tolist())
