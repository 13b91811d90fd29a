"""Family names of 18 languages, to tell the language of; the file must be in the data folder."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress, Remote
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.datasets.texts.names import encode_names, split_names
from core.settings import Settings

SEED = 0

SURNAMES_FILE = Remote("surnames-by-language.zip", "", "", 0.1)
SURNAME_LENGTH = 20
_SURNAME_SIGNS = " ',-/1:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\xa0ÁÉßàáãäçèéêìíñòóõöùúüąłńŚŻż"
_SURNAMES = {
    "Arabic": 82,
    "Chinese": 162,
    "Czech": 376,
    "Dutch": 196,
    "English": 2690,
    "French": 168,
    "German": 484,
    "Greek": 153,
    "Irish": 131,
    "Italian": 528,
    "Japanese": 785,
    "Korean": 52,
    "Polish": 99,
    "Portuguese": 25,
    "Russian": 7432,
    "Spanish": 176,
    "Thai": 816,
    "Vietnamese": 43,
}  # training names; those of Scottish are nearly all English too
_SURNAMES_TESTED = 3_609


def read_surnames(path: str, languages: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of each language, from a ZIP with a file for each, without those that stand twice in all."""
    from collections import Counter

    with zipfile.ZipFile(path) as archive:
        files = {name[:-4]: set(archive.read(name).decode().split("\n")) - {""} for name in archive.namelist()}
    counts = Counter(name.lower() for names in files.values() for name in names)
    return {known: sorted(name for name in files[known] if counts[name.lower()] == 1) for known in languages}


def _load_surnames(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    arrays = {}
    for part, pairs in split_names(read_surnames(str(files[SURNAMES_FILE.name]), [*_SURNAMES]), SEED).items():
        arrays[f"x_{part}"] = encode_names([name for name, _ in pairs], ("", *_SURNAME_SIGNS), SURNAME_LENGTH)
        arrays[f"y_{part}"] = np.array([label for _, label in pairs], np.int64)
    return arrays


SURNAMES = Dataset(
    id="surnames",
    title="Family names in 18 languages",
    spec=DataSpec(
        Tokens(("", *_SURNAME_SIGNS), SURNAME_LENGTH),
        Classes(tuple(_SURNAMES), tuple(_SURNAMES.values())),
        sum(_SURNAMES.values()),
        _SURNAMES_TESTED,
    ),
    split="A fifth of the names of each language is for testing, drawn from a fixed seed. Names that stand in two "
    "files are left out, and with them Scottish, whose names are nearly all English too.",
    source="the names of PyTorch's tutorial on recurrent networks, extended",
    licence="not stated",
    load=_load_surnames,
    program="\n\n\n".join(
        (
            "import zipfile\n\nfrom collections.abc import Mapping, Sequence\n\n"
            f'LANGUAGES = {[*_SURNAMES]!r}\nVOCABULARY = ["", *{_SURNAME_SIGNS!r}]',
            *(getsource(function).rstrip() for function in (read_surnames, encode_names, split_names)),
            f"parts = split_names(read_surnames({SURNAMES_FILE.name!r}, LANGUAGES), {SEED})\n"
            "x_train, x_test = "
            f"(encode_names([name for name, _ in pairs], VOCABULARY, {SURNAME_LENGTH}) for pairs in parts.values())\n"
            'y_train, y_test = (np.array([label for _, label in pairs], "int64") for pairs in parts.values())',
        )
    ),
    files=(SURNAMES_FILE,),
    split_seed=SEED,
)
