import io
import json
import struct
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from core.datasets.sounds.sounds import check_sounds, is_clipped, read_header, read_samples
from core.errors import DatasetError
from tests.support.wav import RATE, pcm, zipped

ROOT = Path(__file__).parents[4]
TONE = np.sin(np.arange(800) / 5).astype(np.float32) / 2  # 0.1 s, half as loud as can be


def floating(samples: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    wavfile.write(buffer, RATE, samples.astype(np.float32))
    return buffer.getvalue()


def words_with(**files: bytes) -> dict[str, bytes]:
    """Return four good sounds of each of two classes, and more."""
    good = {f"{label}/{number}.wav": pcm(TONE) for label in ("yes", "no") for number in range(4)}
    return {**good, **{f"yes/{name}.wav": data for name, data in files.items()}}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "sounds.zip"


def test_each_folder_is_a_class(target: Path) -> None:
    files = {**words_with(long=pcm(np.tile(TONE, 3)), stereo=pcm(np.stack([TONE, TONE], 1))), "readme.txt": b"hello"}
    check = check_sounds(zipped(target, files))
    assert check.classes == (("no", 4), ("yes", 6))
    assert check.seconds == pytest.approx(9 * 0.1 + 0.3)
    assert (check.shortest_s, check.longest_s) == pytest.approx((0.1, 0.3))
    assert check.rates_hz == ((RATE, 10),)
    assert check.channels == ((1, 9), (2, 1))
    assert check.depths == (("16 bit", 10),)
    assert check.clipped == ()
    assert [name for name, _ in check.skipped] == ["readme.txt"]
    json.dumps(asdict(check))


def test_a_folder_is_read_as_a_zip_of_it(target: Path, tmp_path: Path) -> None:
    expected = check_sounds(zipped(target, words_with()))
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "folder")
    assert check_sounds(tmp_path / "folder") == expected


@pytest.mark.parametrize("around", ["", "recordings/"])
def test_files_in_one_place_are_called_by_their_label_first(target: Path, around: str) -> None:
    names = [f"{around}{digit}_{who}_{take}.wav" for digit in (0, 1, 10) for who in "ab" for take in (0, 1)]
    assert check_sounds(zipped(target, dict.fromkeys(names, pcm(TONE)))).classes == (("0", 4), ("1", 4), ("10", 4))


def test_names_without_a_label_in_one_place_are_refused(target: Path) -> None:
    with pytest.raises(
        DatasetError, match="the sounds are not in folders, expected one folder of sounds for each class"
    ):
        check_sounds(zipped(target, {f"{number}.wav": pcm(TONE) for number in range(9)}))


def test_underscores_inside_class_folders_mean_nothing(target: Path) -> None:
    files = {f"{label}/{number}_x.wav": pcm(TONE) for label in ("yes", "no") for number in range(4)}
    assert check_sounds(zipped(target, files)).classes == (("no", 4), ("yes", 4))


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_every_depth_are_what_was_written(bits: int, channels: int) -> None:
    samples = np.stack([TONE, -TONE / 2][:channels], 1)
    data = pcm(samples, bits)
    header = read_header(data)
    assert (header.depth, header.channels, header.rate_hz, header.frames) == (f"{bits} bit", channels, RATE, 800)
    assert header.end_bytes == len(data)
    np.testing.assert_allclose(read_samples(data), samples, atol=2.0**-bits + 1e-6)


def test_floating_samples_are_what_was_written() -> None:
    assert read_header(floating(TONE)).depth == "float"
    np.testing.assert_array_equal(read_samples(floating(TONE))[:, 0], TONE)


def test_the_extensible_form_and_chunks_that_nobody_knows_are_read() -> None:
    data = pcm(TONE)
    layout = (
        struct.pack("<H", 0xFFFE)
        + data[22:36]
        + struct.pack("<2HLH14s", 22, 16, 4, 1, b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71")
    )
    chunks = b"LIST" + struct.pack("<L", 3) + b"abc\0" + b"fmt " + struct.pack("<L", len(layout)) + layout + data[36:]
    whole = b"RIFF" + struct.pack("<L", 4 + len(chunks)) + b"WAVE" + chunks
    assert read_header(whole).frames == 800
    np.testing.assert_array_equal(read_samples(whole), read_samples(data))


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_silence_and_clipping_are_named(target: Path, bits: int) -> None:
    loud = np.clip(TONE * 4, -1, 1)
    sounds = {
        "still": TONE * 0,
        "hum": TONE * 1e-3 + 0.1,
        "loud": loud,
        "low": np.clip(TONE * 4, -1, 0.5),
        "fine": TONE * 1.9,
    }
    check = check_sounds(zipped(target, words_with(**{name: pcm(samples, bits) for name, samples in sounds.items()})))
    assert check.skipped == (("yes/hum.wav", "it is silent"), ("yes/still.wav", "it is silent"))
    assert check.clipped == ("yes/loud.wav", "yes/low.wav")


def test_two_samples_at_the_top_are_no_clipping() -> None:
    wave_form = TONE[:, None].copy()
    wave_form[10:12] = 1.0
    assert not is_clipped(wave_form, 1.0)
    wave_form[12] = 1.0
    assert is_clipped(wave_form, 1.0)


def test_a_sound_that_is_clipped_in_its_second_channel_only_is_clipped() -> None:
    wave_form = np.stack([TONE, TONE], 1)
    wave_form[5:8, 1] = -1
    assert is_clipped(wave_form, 1.0)
    assert not is_clipped(TONE[:2, None], 1.0)  # shorter than a run


def test_what_follows_the_samples_is_not_listened_to(target: Path) -> None:
    loud = pcm(np.clip(TONE * 4, -1, 1)) + b"data" + struct.pack("<L", 1600) + bytes(1600)
    loud = loud[:4] + struct.pack("<L", len(loud) - 8) + loud[8:]
    check = check_sounds(zipped(target, words_with(loud=loud)))
    assert (check.clipped, check.skipped) == (("yes/loud.wav",), ())


def changed(offset: int, layout: str, *values: int) -> bytes:
    data = bytearray(pcm(TONE))
    struct.pack_into(layout, data, offset, *values)
    return bytes(data)


BAD = {
    "empty": (b"", "it is not a WAV file"),
    "mp3": (b"ID3\4" + bytes(99), "it is not a WAV file"),
    "cut": (pcm(TONE)[:-1], "it is incomplete, or its header is wrong: 1,599 of 1,600 bytes"),
    "huge": (changed(40, "<L", 0xFFFFFFFF), "of 4,294,967,295 bytes"),
    "no_samples": (pcm(TONE[:0]), "it contains no sound"),
    "no_data": (pcm(TONE)[:36], "it contains no sound"),
    "mu_law": (changed(20, "<H", 7), "its format is not supported"),
    "twelve_bit": (changed(34, "<H", 12), "its format is not supported"),
    "no_channels": (changed(22, "<H", 0), "impossible number of channels: 0"),
    "many_channels": (changed(22, "<H", 60000), "impossible number of channels: 60000"),
    "no_rate": (changed(24, "<L", 0), "impossible sample rate: 0 Hz"),
    "mad_rate": (changed(24, "<L", 2**31), "impossible sample rate"),
    "not_a_number": (floating(np.array([np.nan, 0, 1])), "samples that are not finite"),
    "many_chunks": (b"RIFF\xff\xff\0\0WAVE" + b"junk\0\0\0\0" * 200 + pcm(TONE)[12:], "it contains no sound"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_skipped_and_listed_with_why(target: Path, case: str) -> None:
    data, why = BAD[case]
    check = check_sounds(zipped(target, words_with(bad=data)))
    assert check.classes == (("no", 4), ("yes", 4))
    assert [name for name, _ in check.skipped] == ["yes/bad.wav"]
    assert why in check.skipped[0][1]


def test_every_flipped_byte_of_a_header_is_read_or_refused_in_words() -> None:
    data = pcm(TONE[:20], 24)
    for place in range(44):
        for mask in (1, 0x80, 0xFF):
            try:
                flipped = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
                read_samples(flipped[: read_header(flipped).end_bytes])
            except DatasetError:
                continue


def test_a_class_that_has_too_few_readable_sounds_is_left_out_and_named(target: Path) -> None:
    files = {**words_with(), "maybe/1.wav": b"", "maybe/2.wav": pcm(TONE), "maybe/3.wav": b"", "maybe/4.wav": pcm(TONE)}
    check = check_sounds(zipped(target, files))
    assert check.classes == (("no", 4), ("yes", 4))
    [said] = check.said
    assert said.startswith("The class maybe is left out: it has 2 sounds, expected at least 4, and 2 cannot be used")
    assert [name for name, _ in check.skipped] == [f"maybe/{n}.wav" for n in (1, 3, 2, 4)]


def test_sounds_of_which_none_can_be_read_are_refused_with_a_reason(target: Path) -> None:
    with pytest.raises(DatasetError, match=r"no class has enough sounds.*none of its 4 files.*it is not a WAV file"):
        check_sounds(zipped(target, dict.fromkeys(words_with(), b"OggS")))


def test_what_is_no_zip_or_not_there_is_refused(target: Path) -> None:
    with pytest.raises(DatasetError, match=r"sounds\.zip cannot be read"):
        check_sounds(target)
    target.write_bytes(pcm(TONE))
    with pytest.raises(DatasetError, match="not a ZIP file"):
        check_sounds(target)
    with pytest.raises(DatasetError, match="it has no sounds"):
        check_sounds(zipped(target, {"cats/1.jpg": b""}))


def test_a_header_that_claims_four_gigabytes_needs_no_memory(target: Path) -> None:
    zipped(target, words_with(huge=changed(40, "<L", 0xFFFFFFFF), huge2=changed(4, "<L", 0xFFFFFFFF)))
    code = """
import resource, sys
from pathlib import Path
from scipy.io import wavfile
from core.datasets.sounds.sounds import check_sounds
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 32 * 2**20, used + 32 * 2**20))
print(check_sounds(Path(sys.argv[1])).skipped)
"""
    done = subprocess.run([sys.executable, "-c", code, target], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "yes/huge.wav" in done.stdout
