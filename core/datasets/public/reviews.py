"""Sentences of film reviews, positive or negative, in words or in characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import getsource
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Tokens
from core.datasets.public.text_files import fetched, not_loaded, remote
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, count_labels
from core.datasets.texts.tokens import WORD, words_of
from core.settings import Settings

SEED = 0

_RT = "dennybritz/cnn-text-classification-tf/18762b459e21d9c70e5c242f8d43fc4e6db37a0d/data/rt-polaritydata"
REVIEWS = (
    remote(
        "rt-polarity.neg",
        f"{_RT}/rt-polarity.neg",
        "2d11cfbc790f1cd96d78339f41ce53ced1efa83cd22d37d6788fa3fe3d17e2fd",
        0.6,
    ),
    remote(
        "rt-polarity.pos",
        f"{_RT}/rt-polarity.pos",
        "4134882974a28d0c7b5151256f0e33a6169984ee7372c279e673f1114f475d58",
        0.6,
    ),
)
SENTENCE_LENGTH, SIGNS_LENGTH = 48, 240  # words and characters; of the few longer sentences the end is kept
_SIGNS = " !\"#$%&'()*+,-./0123456789:;<=>?[]`abcdefghijklmnopqrstuvwxyz½ÉÚàáâãæçèéêíïñóôõöúûü\u2013\u2014\u2018\u2026"
_SENTIMENTS = Classes(("negative", "positive"), (4_797, 4_797))
_TESTED = 1_068


def read_sentences(paths: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """Return sentences with the number of their file: a tenth of each for testing, drawn from a fixed seed."""
    rng, parts = np.random.default_rng(0), dict[str, list[tuple[str, int]]](train=[], test=[])
    for label, path in enumerate(paths):
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file.read().split("\n") if line.strip()]
        for place, row in enumerate(rng.permutation(len(lines))):
            parts["train" if place % 10 else "test"].append((lines[row], label))
    return parts


def learn_words(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the words that come at least twice, the most frequent first, after the one that stands for all others."""
    from collections import Counter

    counts = Counter(word for text in texts for word in words_of(text))
    return ("", *sorted((word for word in counts if counts[word] > 1), key=lambda word: (-counts[word], word)))


def encode_sentences(sentences: Sequence[Sequence[str]], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Return the last tokens of each sentence, int32 (n, length), with zeros before a short one."""
    place = {sign: token for token, sign in enumerate(vocabulary)}
    rows = [[place.get(sign, 0) for sign in sentence][-length:] for sentence in sentences]
    return np.array([[0] * (length - len(row)) + row for row in rows], "int32")


def _labels(parts: Mapping[str, Sequence[tuple[str, int]]]) -> Arrays:
    return {f"y_{part}": np.array([label for _, label in pairs], np.int64) for part, pairs in parts.items()}


def _paths(files: Mapping[str, Path]) -> list[str]:
    return [str(files[file.name]) for file in REVIEWS]


def _learn_reviews(settings: Settings, files: Mapping[str, Path], progress: Progress) -> tuple[Arrays, DataSpec]:
    parts = read_sentences(_paths(files))
    vocabulary = learn_words([text for text, _ in parts["train"]])
    arrays = _labels(parts)
    for part, pairs in parts.items():
        arrays[f"x_{part}"] = encode_sentences([words_of(text) for text, _ in pairs], vocabulary, SENTENCE_LENGTH)
    sizes = len(parts["train"]), len(parts["test"])
    target = Classes(_SENTIMENTS.names, count_labels(arrays["y_train"], 2))
    return arrays, DataSpec(Tokens(vocabulary, SENTENCE_LENGTH, WORD), target, *sizes)


def _load_signs(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    parts = read_sentences(_paths(files))
    arrays = _labels(parts)
    for part, pairs in parts.items():
        arrays[f"x_{part}"] = encode_sentences([text for text, _ in pairs], ("", *_SIGNS), SIGNS_LENGTH)
    return arrays


def _program(functions: Sequence[Callable[..., object]], vocabulary: str, row: str, length: int) -> str:
    paths = ", ".join(map(fetched, REVIEWS))
    return "\n\n\n".join(
        (
            "from collections.abc import Sequence",
            *(getsource(function).rstrip() for function in (read_sentences, *functions, encode_sentences)),
            f"parts = read_sentences([{paths}])\n{vocabulary}\nx_train, x_test = (\n"
            f"    encode_sentences([{row} for text, _ in pairs], vocabulary, {length}) for pairs in parts.values()\n)\n"
            'y_train, y_test = (np.array([label for _, label in pairs], "int64") for pairs in parts.values())',
        )
    )


_WORDS_BEFORE = ("", *(f"word {number}" for number in range(1, 9_660)))
_ABOUT: dict[str, Any] = {
    "split": "A tenth of the sentences of each class is for testing, from a fixed seed; no sentence is in both parts.",
    "source": "sentences of film reviews, Pang and Lee, Seeing stars, 2005 (rt-polarity)",
    "licence": "not stated",
    "files": REVIEWS,
    "split_seed": SEED,
}
REVIEWS_IN_WORDS = Dataset(
    id="rt_polarity",
    title="Film reviews, in words",
    spec=DataSpec(Tokens(_WORDS_BEFORE, SENTENCE_LENGTH, WORD), _SENTIMENTS, sum(_SENTIMENTS.train_counts), _TESTED),
    load=not_loaded,
    learn=_learn_reviews,
    program=_program(
        (words_of, learn_words),
        'vocabulary = learn_words([text for text, _ in parts["train"]])',
        "words_of(text)",
        SENTENCE_LENGTH,
    ),
    **_ABOUT,
)
REVIEWS_IN_SIGNS = Dataset(
    id="rt_polarity_characters",
    title="Film reviews, in characters",
    spec=DataSpec(Tokens(("", *_SIGNS), SIGNS_LENGTH), _SENTIMENTS, sum(_SENTIMENTS.train_counts), _TESTED),
    load=_load_signs,
    program=_program((), f'vocabulary = ["", *{_SIGNS!r}]', "text", SIGNS_LENGTH),
    **_ABOUT,
)
