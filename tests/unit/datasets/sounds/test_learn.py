"""Sounds become spectrograms: against formulas and sums by hand, split, and loaded by the printed lines alike."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets.features import Series, features_from
from core.datasets.sounds.ask import hear
from core.datasets.sounds.fsdd import FSDD, HEARING, SPEAKERS
from core.datasets.sounds.hear_apart import hear_apart
from core.datasets.sounds.hearing import Hearing
from core.datasets.sounds.learn import learn_sounds
from core.datasets.sounds.spectrogram import loud_part, mel_filters
from core.datasets.spec import DataSpec
from core.errors import DatasetError
from core.settings import Settings
from tests.support.wav import RATE, pcm, zipped


def tone(hz: float, seconds: float = 0.5, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def mel(hz: float) -> float:
    return 1127.01048 * float(np.log(1 + hz / 700))  # the other way in which books write it


def test_mel_filters_are_triangles_between_equal_steps_of_pitch() -> None:
    found, width = mel_filters(RATE, 256, 10), mel(RATE / 2) / 11
    for band in range(10):
        for place in range(129):
            apart = abs(mel(place * RATE / 256) - (band + 1) * width) / width
            assert found[place, band] == pytest.approx(max(0.0, 1 - apart), abs=1e-5)


def test_a_tone_is_loudest_in_the_band_that_is_named_after_it_at_any_rate() -> None:
    hearing = Hearing(seconds=0.4)
    names = [float(name.removesuffix(" Hz").replace(",", "")) for name in hearing.names]
    for rate in (RATE, 44_100, 15_999):
        heard = hearing.hear(tone(1000, rate=rate)[:, None].astype(np.float32), rate)
        assert heard.shape == (hearing.frames, hearing.bands)
        nearest = min(range(len(names)), key=lambda band: abs(mel(names[band]) - mel(1000)))
        assert set(heard[2:-2].argmax(1)) == {nearest}


def test_a_hostile_rate_makes_no_filter_of_millions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def resample(sound: np.ndarray, up: int, down: int) -> np.ndarray:
        asked.append((up, down))
        return sound

    monkeypatch.setattr("scipy.signal.resample_poly", resample)
    for rate in (383_999, 1_001, 44_100):
        loud_part(tone(500)[:, None], rate, RATE)
    assert max(map(max, asked)) < 10_000
    assert asked[0] == (1, 48)
    assert asked[2] == (80, 441)


def test_quiet_ends_are_cut_off_and_loudness_does_not_matter() -> None:
    sound = np.concatenate([np.zeros(2000), tone(500), np.zeros(3000)])[:, None].astype(np.float32)
    assert len(loud_part(sound, RATE, RATE)) == pytest.approx(RATE / 2, abs=2 * 128)
    hearing = Hearing(seconds=0.6)
    np.testing.assert_allclose(hearing.hear(sound, RATE), hearing.hear(0.1 * sound, RATE), atol=0.01)
    both = np.concatenate([sound, sound], 1)
    np.testing.assert_allclose(hearing.hear(both, RATE), hearing.hear(sound, RATE), atol=1e-4)


def silent(words: str, share: float) -> None:
    """A progress that nobody looks at."""


def test_sounds_of_a_zip_are_heard_and_divided_by_class(tmp_path: Path) -> None:
    files = {f"{name}/{n}.wav": pcm(tone(hz + n)) for name, hz in (("high", 2000), ("low", 300)) for n in range(10)}
    files |= {"low/still.wav": pcm(tone(0)), "low/long.wav": pcm(tone(50, 61)), "low/torn.wav": pcm(tone(9))[:50]}
    built = learn_sounds(zipped(tmp_path / "s.zip", files), 0, silent)
    assert built.spec is not None
    built.spec.check(built.arrays, "here")
    assert isinstance(built.spec.features, Series)
    assert built.spec.features.hearing == Hearing(RATE, 0.5)
    assert features_from(built.spec.features.to_dict()) == built.spec.features
    assert np.bincount(built.arrays["y_test"]).tolist() == [2, 2]
    assert dict(built.notes["skipped"]) == {
        "low/long.wav": "it is too long: 61 s",
        "low/still.wav": "it is silent",
        "low/torn.wav": "it is incomplete, or its header is wrong: 6 of 8,000 bytes",
    }
    assert "40 bands of the mel scale" in built.notes["said"][-1]
    apart = built.arrays["x_train"].mean(1)
    assert (apart[:, -12:].mean(1) > apart[:, :12].mean(1)).tolist() == (built.arrays["y_train"] == 0).tolist()


def test_folders_train_and_test_are_kept(tmp_path: Path) -> None:
    parts = [("train", 5), ("test", 3)]
    files = {
        f"{part}/{name}/{n}.wav": pcm(tone(100 + n)) for part, count in parts for name in "ab" for n in range(count)
    }
    built = learn_sounds(zipped(tmp_path / "s.zip", files), 0, silent)
    assert [len(built.arrays[f"y_{part}"]) for part, _ in parts] == [10, 6]
    assert built.options == {"seed": None}


def recordings(path: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(f"recordings/{name}.wav", pcm(tone(200 + 7 * len(archive.namelist()))))
    return path


def test_spoken_digits_are_tested_on_the_first_recordings_or_on_one_speaker(tmp_path: Path) -> None:
    names = [f"{digit}_{who}_{index}" for digit in (0, 7) for who in ("george", "theo") for index in (0, 4, 5)]
    path = recordings(tmp_path / "fsdd-recordings.zip", names)
    for dataset, tested in ((FSDD[0], [0] * 4 + [7] * 4), (FSDD[1 + SPEAKERS.index("theo")], [0] * 3 + [7] * 3)):
        arrays = dataset.load(None, {path.name: path}, silent)  # type: ignore[arg-type]
        assert arrays["y_test"].tolist() == tested
        assert arrays["x_test"].shape[1:] == (HEARING.frames, HEARING.bands) == dataset.spec.input_shape
        assert sum(len(arrays[f"y_{part}"]) for part in ("train", "test")) == len(names)
        assert DataSpec.from_dict(dataset.spec.to_dict()) == dataset.spec
        printed: dict[str, Any] = {"np": np}
        before = Path.cwd()
        os.chdir(tmp_path)
        try:
            exec(dataset.program, printed)
        finally:
            os.chdir(before)
        for name, array in arrays.items():
            assert printed[name].dtype == array.dtype
            np.testing.assert_array_equal(printed[name], array)


def test_a_broken_archive_of_digits_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "fsdd-recordings.zip").write_bytes(b"no zip")
    with pytest.raises(DatasetError, match=r"fsdd-recordings\.zip cannot be read"):
        FSDD[0].load(None, {"fsdd-recordings.zip": tmp_path / "fsdd-recordings.zip"}, silent)  # type: ignore[arg-type]


def test_a_recording_is_heard_as_the_sounds_of_the_data_are_or_refused_by_name() -> None:
    features = FSDD[0].spec.features
    sound = tone(500)[:, None].astype(np.float32)
    np.testing.assert_allclose(hear(pcm(tone(500)), "mine.wav", features), HEARING.hear(sound, RATE), atol=0.2)
    with pytest.raises(DatasetError, match=r"mine\.wav cannot be heard: it is silent"):
        hear(pcm(tone(0)), "mine.wav", features)


def test_another_process_hears_the_same(settings: Settings) -> None:
    sound = pcm(tone(500))
    found = hear_apart(settings, sound, "mine.wav", FSDD[0])
    np.testing.assert_array_equal(found, hear(sound, "mine.wav", FSDD[0].spec.features))
