"""FSDD: ten digits spoken by six people, split as its authors do, or with one speaker whom the network never hears."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress, Remote
from core.datasets.features import Column, Series
from core.datasets.public.mnist import DIGITS
from core.datasets.sounds.hearing import Hearing
from core.datasets.sounds.sounds import read_sound
from core.datasets.sounds.spectrogram import printed
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.settings import Settings

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
OF_EACH, TESTED = 50, 5  # recordings of each digit by each speaker; those numbered below 5 are for testing
HEARING = Hearing(seconds=0.7)  # 98 % of the recordings are not longer
NAME = re.compile(r"(?:.*/)?(\d)_([a-z]+)_(\d+)\.wav")
_FILE = Remote(
    "fsdd-recordings.zip",
    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
    "",  # GitHub makes such archives anew
    16.1,
)


def _load(speaker: str, settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    """Return the arrays, tested on a speaker, or as the authors split if none is named."""
    found: dict[str, list[np.ndarray | int]] = {"x_train": [], "y_train": [], "x_test": [], "y_test": []}
    try:
        with zipfile.ZipFile(files[_FILE.name]) as archive:
            named = sorted(
                (match.group(), *match.groups()) for match in map(NAME.fullmatch, archive.namelist()) if match
            )
            for number, (name, digit, who, index) in enumerate(named):
                progress("listening", number / len(named))
                header, samples = read_sound(archive.read(name))
                part = "test" if (who == speaker if speaker else int(index) < TESTED) else "train"
                found[f"x_{part}"].append(HEARING.hear(samples, header.rate_hz))
                found[f"y_{part}"].append(int(digit))
    except (OSError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{_FILE.name} cannot be read", received=str(error)) from error
    return {name: np.array(values, np.float32 if name[0] == "x" else np.int64) for name, values in found.items()}


_PROGRAM = """\
import io
import re
import zipfile
from functools import lru_cache

from scipy.io import wavfile

{functions}


parts = {{"x_train": [], "y_train": [], "x_test": [], "y_test": []}}
with zipfile.ZipFile({file!r}) as archive:  # {url}
    names = filter(re.compile({name!r}).fullmatch, archive.namelist())
    for name in sorted(names):
        digit, speaker, index = re.fullmatch({name!r}, name).groups()
        rate, samples = wavfile.read(io.BytesIO(archive.read(name)))  # int16
        part = "test" if {is_test} else "train"
        samples = samples[:, None].astype("float32") / 32768
        parts["x_" + part].append(log_mel(samples, rate, {rate}, {seconds}, {bands}))
        parts["y_" + part].append(int(digit))
x_train, x_test = (np.array(parts[name], "float32") for name in ("x_train", "x_test"))
y_train, y_test = (np.array(parts[name], "int64") for name in ("y_train", "y_test"))"""


def _program(speaker: str) -> str:
    """Return lines of Python that load the same arrays."""
    return _PROGRAM.format(
        functions=printed(),
        file=_FILE.name,
        url=_FILE.url,
        name=NAME.pattern,
        is_test=f"speaker == {speaker!r}" if speaker else f"int(index) < {TESTED}",
        rate=HEARING.rate_hz,
        seconds=HEARING.seconds,
        bands=HEARING.bands,
    )


def _dataset(speaker: str = "") -> Dataset:
    tested = OF_EACH if speaker else TESTED * len(SPEAKERS)
    trained = OF_EACH * len(SPEAKERS) - tested
    # About the mean and the spread of the logarithms, in all bands alike
    columns = tuple(Column(name, offset=-14.0, divisor=4.0) for name in HEARING.names)
    features, target = Series(columns, HEARING.frames, hearing=HEARING), Classes(DIGITS, (trained,) * len(DIGITS))
    whom = f"{speaker.title()}, whom the network never hears, are" if speaker else "the numbers 0 to 4 are"
    return Dataset(
        id=f"fsdd_{speaker}" if speaker else "fsdd",
        title=f"Spoken digits, {speaker.title()} unheard" if speaker else "Spoken digits",
        spec=DataSpec(features, target, trained * len(DIGITS), tested * len(DIGITS)),
        split=f"Of 3,000 recordings of ten digits by six people, those by {whom} for testing. {HEARING.say()}"
        if speaker
        else f"The authors' split: of 50 recordings of each digit by each of six people, {whom} for testing; so every "
        f"voice is known. The sets with one speaker unheard test new voices. {HEARING.say()}",
        source="Jackson and others, Free Spoken Digit Dataset, 2018",
        licence="CC BY-SA 4.0",
        load=partial(_load, speaker),
        program=_program(speaker),
        files=(_FILE,),
    )


FSDD = tuple(_dataset(speaker) for speaker in ("", *SPEAKERS))
