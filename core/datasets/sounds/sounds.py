"""Check WAV files in classes, one by one."""

from __future__ import annotations

import io
import struct
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.archives.archives import Entry, Found, Kind, read_folder, read_zip, settle_classes
from core.errors import DatasetError

WAVES = Kind("sounds", frozenset((".wav", ".wave")), label_in_name=True)
MOST_CHANNELS = 8
RATES_HZ = (1_000, 384_000)
MOST_S = 60  # of one sound
SILENCE = 1e-3  # of full scale (-60 dB); a sound within it is silent
CLIPPED_RUN = 3  # consecutive samples at the limit that indicate clipping
_MOST_CHUNKS = 100  # before the samples; most files have two or three
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # Microsoft's format tags
_DEPTHS = {(_PCM, 8): "8 bit", (_PCM, 16): "16 bit", (_PCM, 24): "24 bit", (_PCM, 32): "32 bit", (_FLOAT, 32): "float"}
# Largest sample of each format when the smallest is -1; float32 rounds that of 32 bits to 1.
_TOPS = {"8 bit": 1 - 2**-7, "16 bit": 1 - 2**-15, "24 bit": 1 - 2**-23, "32 bit": 1.0, "float": 1.0}


@dataclass(frozen=True)
class Header:
    """Header of a WAV file.

    Args:
        depth: Bits of a sample, in words: "16 bit", or "float" for 32-bit floating point.
        channels: Number of channels.
        rate_hz: Sample rate.
        frames: Number of samples in each channel.
        end_bytes: End position of the samples in the file.
    """

    depth: str
    channels: int
    rate_hz: int
    frames: int
    end_bytes: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz


@dataclass(frozen=True)
class SoundCheck:
    """Findings about the sounds in a ZIP or folder.

    Args:
        classes: (name, number of sounds) in natural order.
        seconds: Total length.
        shortest_s, longest_s: Range of the lengths, seconds.
        rates_hz, channels, depths: (value, number of sounds), most frequent first.
        clipped: Names of the sounds that are too loud for their format.
        skipped: (name, reason) of each file that is not a readable sound, or a silent or very long one.
        said: Sentences about how the files were read.
    """

    classes: tuple[tuple[str, int], ...]
    seconds: float
    shortest_s: float
    longest_s: float
    rates_hz: tuple[tuple[int, int], ...]
    channels: tuple[tuple[int, int], ...]
    depths: tuple[tuple[str, int], ...]
    clipped: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    said: tuple[str, ...]


Each = Callable[[Entry, Header, np.ndarray], None]


def check_sounds(path: Path, each: Each = lambda entry, header, samples: None) -> SoundCheck:
    """Check every sound of a ZIP or folder, with one folder for each class or names like `{label}_...wav`.

    Args:
        path: The ZIP or folder.
        each: Is given each sound that is not left out for itself, with its header and its samples.

    Raises:
        DatasetError: It is not a ZIP, is damaged or hostile, or has too few classes with enough readable sounds.
    """
    if path.is_dir():
        return _check(read_folder(path, WAVES), each)
    try:
        with read_zip(path, WAVES) as found:
            return _check(found, each)
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read", received=str(error.strerror)) from error


def _check(found: Found, each: Each) -> SoundCheck:
    refused: dict[str, list[str]] = {entry.label: [] for entry in found.entries}
    skipped = list(found.skipped)
    everything = list(_read_all(found.entries, each, skipped, refused))
    counts = Counter(entry.label for entry, _, _ in everything)
    labels, said = settle_classes(counts, refused, WAVES.noun)
    read = [sound for sound in everything if sound[0].label in labels]
    skipped += [(entry.name, "its class is left out") for entry, _, _ in everything if entry.label not in labels]
    headers = [header for _, header, _ in read]
    lengths = [header.seconds for header in headers]
    return SoundCheck(
        classes=tuple((label, counts[label]) for label in labels),
        seconds=sum(lengths),
        shortest_s=min(lengths),
        longest_s=max(lengths),
        rates_hz=tuple(Counter(header.rate_hz for header in headers).most_common()),
        channels=tuple(Counter(header.channels for header in headers).most_common()),
        depths=tuple(Counter(header.depth for header in headers).most_common()),
        clipped=tuple(entry.name for entry, _, is_clipped in read if is_clipped),
        skipped=tuple(skipped),
        said=(*found.said, *said),
    )


def _read_all(
    entries: list[Entry], each: Each, skipped: list[tuple[str, str]], refused: dict[str, list[str]]
) -> Iterator[tuple[Entry, Header, bool]]:
    """Yield each sound's header and whether it is clipped; add others to `skipped` and to `refused` of their class."""
    for entry in entries:
        try:
            header, samples = read_sound(entry.read())
            each(entry, header, samples)
            yield entry, header, is_clipped(samples, _TOPS[header.depth])
        except DatasetError as error:
            skipped.append((entry.name, error.what if not error.received else f"{error.what}: {error.received}"))
            refused[entry.label].append(skipped[-1][1])


def read_sound(data: bytes) -> tuple[Header, np.ndarray]:
    """Return the header of a WAV file, and its samples: float32 from -1 to 1, (frames, channels).

    Raises:
        DatasetError: It is not a WAV file, is damaged, has an unsupported format, is silent or too long.
    """
    header = read_header(data)
    if header.seconds > MOST_S:
        raise DatasetError("it is too long", expected=f"at most {MOST_S} s", received=f"{header.seconds:,.0f} s")
    samples = read_samples(data[: header.end_bytes])
    if np.ptp(samples, axis=0).max() <= 2 * SILENCE:
        raise DatasetError("it is silent")
    return header, samples


def read_header(data: bytes) -> Header:
    """Read the header of a WAV file and check it against the file's size.

    Raises:
        DatasetError: It is not a WAV file, is incomplete, or has an unsupported format.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise DatasetError("it is not a WAV file")
    layout: tuple[int, ...] = ()
    for tag, start, size in _chunks(data):
        if tag == b"fmt " and size >= 16 and start + size <= len(data):
            layout = _layout(data[start : start + size])
        if tag == b"data" and layout:
            if size > len(data) - start:
                received = f"{len(data) - start:,} of {size:,} bytes"
                raise DatasetError("it is incomplete, or its header is wrong", received=received)
            return _header(layout, size, start + size)
    raise DatasetError("it contains no sound")


def read_samples(data: bytes) -> np.ndarray:
    """Return the samples of a WAV file with a valid header: float32 from -1 to 1, (frames, channels).

    Raises:
        DatasetError: The file is damaged, or has samples that are not finite.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # unknown chunks
            _, read = wavfile.read(io.BytesIO(data))
    except (EOFError, OverflowError, TypeError, UnboundLocalError, ValueError, struct.error) as error:
        raise DatasetError("it is damaged") from error
    samples: np.ndarray = read.reshape(len(read), -1)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if samples.dtype.kind == "i":  # 24-bit samples arrive in the upper bits of 32
        return samples.astype(np.float32) / -float(np.iinfo(samples.dtype).min)
    if not np.isfinite(samples).all():
        raise DatasetError("it has samples that are not finite")
    return samples


def is_clipped(samples: np.ndarray, top: float) -> bool:
    """Return whether a sound is too loud for its format: some samples in a row are at its limit.

    Args:
        samples: float32 (frames, channels), full scale -1 to `top`.
        top: Largest sample of the format.
    """
    return _has_run(samples >= top) or _has_run(samples <= -1)


def _has_run(places: np.ndarray) -> bool:
    """Return whether a channel of (frames, channels) is true `CLIPPED_RUN` times in a row."""
    frames = len(places) - CLIPPED_RUN + 1
    return frames > 0 and bool(
        np.logical_and.reduce([places[shift : shift + frames] for shift in range(CLIPPED_RUN)]).any()
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield tag, start and declared size of the first chunks."""
    place = 12
    for _ in range(_MOST_CHUNKS):
        if place + 8 > len(data):
            return
        tag, size = struct.unpack_from("<4sL", data, place)
        yield tag, place + 8, size
        place += 8 + size + size % 2


def _layout(chunk: bytes) -> tuple[int, ...]:
    """Return format tag, channels, sample rate, bytes per frame and bits per sample."""
    tag, channels, rate, _, frame_bytes, bits = struct.unpack_from("<2H2L2H", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)  # the first two bytes of its sub-format
    return tag, channels, rate, frame_bytes, bits


def _header(layout: tuple[int, ...], size_bytes: int, end_bytes: int) -> Header:
    tag, channels, rate, frame_bytes, bits = layout
    if (tag, bits) not in _DEPTHS:
        raise DatasetError("its format is not supported; supported are PCM with 8 to 32 bits and 32-bit floats")
    if not 1 <= channels <= MOST_CHANNELS or frame_bytes != channels * bits // 8:
        raise DatasetError("it has an impossible number of channels", received=str(channels))
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise DatasetError("it has an impossible sample rate", received=f"{rate:,} Hz")
    if size_bytes < frame_bytes:
        raise DatasetError("it contains no sound")
    return Header(_DEPTHS[tag, bits], channels, rate, size_bytes // frame_bytes, end_bytes)
