"""What each kind of files that people bring declares, and what follows from it, holds for every kind in the list."""

import io
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.images.photos import AUTO, FITS, Shaping
from core.datasets.own import own
from core.datasets.own.build import build
from core.datasets.own.kinds import KINDS, DataKind, find_kind
from core.datasets.own.recognise import TAKEN, copy_to, recognise
from core.errors import DatasetError
from core.resolve import resolve
from core.settings import Settings
from pages._ui.data.kinds.view import KindView
from tests.support import tiny

SHAPING = Shaping(AUTO, "squeeze", 3)


def class_folders(place: Path, name: str, data: Callable[[int], bytes]) -> list[Path]:
    for label in ("a", "b"):
        (place / "mine" / label).mkdir(parents=True)
        for number in range(5):
            (place / "mine" / label / f"{number}.{name}").write_bytes(data(number + 10 * (label == "b")))
    return [place / "mine"]


def photos(place: Path) -> list[Path]:
    def photo(number: int) -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (30, 30, 3), np.uint8)).save(file, "PNG")
        return file.getvalue()

    return class_folders(place, "png", photo)


def sounds(place: Path) -> list[Path]:
    def sound(number: int) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as written:
            written.setparams((1, 2, 8000, 0, "NONE", ""))
            written.writeframes(np.random.default_rng(number).integers(-9000, 9000, 4000).astype("<i2").tobytes())
        return file.getvalue()

    return class_folders(place, "wav", sound)


def arrays(place: Path) -> list[Path]:
    np.savez(place / "digits.npz", **tiny.arrays())
    return [place / "digits.npz"]


def pair(place: Path) -> list[Path]:
    np.save(place / "images.npy", tiny.arrays()["x_train"])
    np.save(place / "labels.npy", tiny.arrays()["y_train"])
    return [place / "images.npy", place / "labels.npy"]


def pixels(place: Path) -> list[Path]:
    rows = np.column_stack([tiny.arrays()["y_train"], tiny.arrays()["x_train"].reshape(30, 64)])
    np.savetxt(
        place / "digits.csv", rows, "%d", ",", header="label," + ",".join(f"p{n}" for n in range(64)), comments=""
    )
    return [place / "digits.csv"]


def table(place: Path) -> list[Path]:
    (place / "people.csv").write_text("height,sex\n" + "".join(f"{150 + n},{'mf'[n % 2]}\n" for n in range(20)))
    return [place / "people.csv"]


def text(place: Path) -> list[Path]:
    (place / "song.txt").write_text("One line.\nAnother line.\n" * 10)
    return [place / "song.txt"]


def texts(place: Path) -> list[Path]:
    return class_folders(place, "txt", lambda number: f"text {number} of mine".encode())


def series(place: Path) -> list[Path]:
    (place / "sales.csv").write_text("week,sales\n" + "".join(f"{n},{n % 7}\n" for n in range(60)))
    return [place / "sales.csv"]


SAMPLES = {make.__name__: make for make in (photos, arrays, pair, pixels, table, text, texts, sounds, series)}
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)


def silent(words: str, share: float) -> None:
    """A progress that nobody looks at."""


@each_kind
def test_a_sample_of_it_is_recognised_and_read_with_its_default_options(
    kind: DataKind, settings: Settings, tmp_path: Path
) -> None:
    found = recognise(SAMPLES[kind.id](tmp_path), SHAPING, forecast=kind.is_forecast)
    assert found.kind is kind
    assert kind.defaults.items() <= found.options.items()
    card = own.begin(settings, "ann", found.title, found.kind.id, found.options)
    copy_to(found, own.raw(settings, card.id))
    version = build(settings, card.id, silent)
    card = own.read_card(settings, card.id)
    assert bool(version) == (kind.is_learned and not kind.has_target)
    assert own.raw(settings, card.id).is_dir() == kind.keeps_raw
    assert card.notes
    assert found.options.keys() <= card.options.keys()


@each_kind
def test_it_has_words_for_people_and_a_page_of_its_own(kind: DataKind) -> None:
    assert all((kind.title, kind.way, kind.asks, kind.limits, kind.piece, kind.memory_fix))
    assert kind.takes in TAKEN
    assert kind.suffixes
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in kind.suffixes)
    assert isinstance(resolve(kind.page), KindView)


@each_kind
def test_it_is_made_to_fit_only_if_its_default_options_say_how(kind: DataKind) -> None:
    assert kind.is_shaped == ("fit" in kind.defaults)
    if kind.is_shaped:
        assert Shaping.from_options(kind.defaults).fit in FITS


@each_kind
def test_what_is_described_until_a_column_is_chosen_keeps_its_raw_files(kind: DataKind) -> None:
    assert kind.keeps_raw or not kind.has_target


def test_ids_are_unique_and_stay() -> None:
    known = ["photos", "arrays", "pair", "pixels", "table", "text", "texts", "sounds", "series"]
    assert [kind.id for kind in KINDS] == known
    assert [find_kind(kind.id) for kind in KINDS] == list(KINDS)


def test_a_kind_that_nobody_knows_is_named(settings: Settings) -> None:
    with pytest.raises(DatasetError, match="no kind of data 'smells', expected one of photos, "):
        find_kind("smells")
    card = own.begin(settings, "ann", "x", "smells", {})
    with pytest.raises(DatasetError, match="cannot be read"):
        own.read_card(settings, card.id)
