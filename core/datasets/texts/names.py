"""Family names of twelve languages, from Faker, to tell the language of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.settings import Settings

SEED = 0
LENGTH = 20  # characters; the few longer names lose their beginning
LANGUAGES = {
    "Croatian": ("hr_HR",),
    "Dutch": ("nl_NL",),
    "English": ("en_US", "en_GB"),
    "Estonian": ("et_EE",),
    "Finnish": ("fi_FI",),
    "French": ("fr_FR",),
    "German": ("de_DE",),
    "Irish": ("ga_IE",),
    "Italian": ("it_IT",),
    "Slovak": ("sk_SK",),
    "Spanish": ("es_ES",),
    "Swedish": ("sv_SE",),
}
_LETTERS = (
    " ',-ABCDEFGHIJKLMNOPQRSTUVWYZabcdefghijklmnopqrstuvwxyz"
    "ÁÅÉÍÓÕÖÚßàáäåçèéêëìíîñòóôõöùúüýĆćČčĎďĐđĽľňŠšŤťŽž"
)  # all that the names have; a test recounts them
VOCABULARY = ("", *_LETTERS)
_COUNTS = (632, 818, 697, 376, 296, 259, 301, 1895, 920, 1405, 749, 346)  # training names of each language
_TEST = 2182


def read_names(languages: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the family names of each language, without those that two languages have."""
    from collections import Counter
    from importlib import import_module

    found = {}
    for language, places in languages.items():
        lists = [import_module(f"faker.providers.person.{place}").Provider.last_names for place in places]
        found[language] = {name for names in lists for name in names}
    counts = Counter(name.lower() for names in found.values() for name in names)
    return {language: sorted(name for name in names if counts[name.lower()] == 1) for language, names in found.items()}


def encode_names(names: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Return the last tokens of each name, int32 (n, length), with zeros before a short one."""
    place = {sign: token for token, sign in enumerate(vocabulary)}
    tokens = [[place[sign] for sign in name][-length:] for name in names]
    return np.array([[0] * (length - len(row)) + row for row in tokens], "int32")


def split_names(names: Mapping[str, Sequence[str]], seed: int) -> dict[str, list[tuple[str, int]]]:
    """Return names with the index of their language: a fifth of each language for testing, drawn at random."""
    rng, parts = np.random.default_rng(seed), dict[str, list[tuple[str, int]]](train=[], test=[])
    for label, language in enumerate(names):
        for place, row in enumerate(rng.permutation(len(names[language]))):
            parts["train" if place % 5 else "test"].append((names[language][row], label))
    return parts


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    arrays = {}
    for part, pairs in split_names(read_names(LANGUAGES), SEED).items():
        arrays[f"x_{part}"] = encode_names([name for name, _ in pairs], VOCABULARY, LENGTH)
        arrays[f"y_{part}"] = np.array([label for _, label in pairs], np.int64)
    return arrays


_PROGRAM = f"""\
from collections.abc import Mapping, Sequence

LANGUAGES = {LANGUAGES!r}
VOCABULARY = ["", *{_LETTERS!r}]


{getsource(read_names).rstrip()}  # pip install faker


{getsource(encode_names).rstrip()}


{getsource(split_names).rstrip()}


parts = split_names(read_names(LANGUAGES), {SEED})
x_train, x_test = (encode_names([name for name, _ in pairs], VOCABULARY, {LENGTH}) for pairs in parts.values())
y_train, y_test = (np.array([label for _, label in pairs], "int64") for pairs in parts.values())"""

NAMES = Dataset(
    id="names",
    title="Family names in twelve languages",
    spec=DataSpec(Tokens(VOCABULARY, LENGTH), Classes(tuple(LANGUAGES), _COUNTS), sum(_COUNTS), _TEST),
    split="A fifth of the names of each language is for testing, drawn from a fixed seed. No name stands in both "
    "parts, and names that two languages have are left out.",
    source="lists of family names in the package Faker",
    licence="MIT",
    load=_load,
    program=_PROGRAM,
    split_seed=SEED,
)
