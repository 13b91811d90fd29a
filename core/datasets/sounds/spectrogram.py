"""Sounds as log-mel spectrograms: how loud each band of pitch is at each moment, as an ear would divide them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

RATE_HZ = 8_000  # speech stays intelligible, as on a telephone
BANDS = 40
WINDOW_S, HOP_S = 0.032, 0.016
QUIET = 1e-8  # power that counts as silence: -80 dB of the loudest sound
TRIM_DB = 35.0  # what is quieter than this below the loudest moment is cut off at both ends


@dataclass(frozen=True)
class Hearing:
    """How a sound becomes an input of a network.

    Args:
        rate_hz: Samples a second that it is resampled to.
        seconds: Length that it is cut or filled up to, after the quiet ends are cut off.
        bands: Bands of the mel scale, from 0 Hz to half the rate.
    """

    rate_hz: int = RATE_HZ
    seconds: float = 1.0
    bands: int = BANDS

    @property
    def window(self) -> int:
        """Samples of a window."""
        return round(self.rate_hz * WINDOW_S)

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return round(self.rate_hz * HOP_S)

    @property
    def frames(self) -> int:
        """Windows in a sound."""
        return 1 + max(0, round(self.seconds * self.rate_hz) - self.window) // self.hop

    @property
    def names(self) -> tuple[str, ...]:
        """The middle of each band, as a name."""
        return tuple(f"{hz:,.0f} Hz" for hz in _edges(self.rate_hz, self.bands)[1:-1])

    def say(self) -> str:
        """Return in one sentence what is done to a sound."""
        return (
            f"Each sound is made mono, resampled to {self.rate_hz:,} Hz, trimmed of its quiet ends, made equally loud, "
            f"and cut or filled up to {self.seconds:g} s; then SciPy's short-time Fourier transform, "
            f"{1000 * WINDOW_S:g} ms every {1000 * HOP_S:g} ms, is summed into {self.bands} bands of the mel scale, as "
            f"logarithms: {self.frames} steps of {self.bands} numbers."
        )

    def to_options(self) -> dict[str, object]:
        """Return it as options of a card."""
        return {"hearing": asdict(self)}

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Hearing:
        """Return it from the options of a card.

        Raises:
            KeyError, TypeError: The options are of something else.
        """
        return cls(**options["hearing"])


def mel(hz: np.ndarray | float) -> np.ndarray:
    """Return the pitch that an ear hears, in mel.

    Source: O'Shaughnessy, Speech communication, 1987, as in HTK.
    """
    return np.asarray(2595 * np.log10(1 + np.asarray(hz, np.float64) / 700))


@lru_cache(maxsize=8)
def filters(rate_hz: int, window: int, bands: int) -> np.ndarray:
    """Return the share of each frequency of a window in each band, float64 (window // 2 + 1, bands).

    A band is a triangle on the mel scale, from the middle of the band below to the middle of the one above.
    """
    edges = mel(_edges(rate_hz, bands))
    at = mel(np.fft.rfftfreq(window, 1 / rate_hz))[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    return np.asarray(np.maximum(0, np.minimum((at - low) / (middle - low), (high - at) / (high - middle))))


def _edges(rate_hz: int, bands: int) -> np.ndarray:
    """Return the frequencies between which bands of equal width in mel lie, Hz (bands + 2,)."""
    return np.asarray(700 * (10 ** (np.linspace(0, float(mel(rate_hz / 2)), bands + 2) / 2595) - 1))


def spectrogram(samples: np.ndarray, rate_hz: int, hearing: Hearing) -> np.ndarray:
    """Return the log-mel spectrogram of a sound, float32 (frames, bands).

    Args:
        samples: float32 (n, channels), not silent.
        rate_hz: Its sample rate.
        hearing: How it is heard.
    """
    from scipy.signal import stft

    heard = _of_length(loud_part(samples, rate_hz, hearing.rate_hz), round(hearing.seconds * hearing.rate_hz))
    shape: dict[str, Any] = {"nperseg": hearing.window, "noverlap": hearing.window - hearing.hop}
    _, _, found = stft(heard, hearing.rate_hz, "hann", boundary=None, padded=False, scaling="spectrum", **shape)
    bands: np.ndarray = (np.abs(found) ** 2).T @ filters(hearing.rate_hz, hearing.window, hearing.bands)
    return np.log(bands + QUIET).astype(np.float32)


def loud_part(samples: np.ndarray, rate_hz: int, wanted_hz: int) -> np.ndarray:
    """Return a sound (n, channels) as mono at another rate, without its quiet ends, with a peak of 1: (m,)."""
    from scipy.signal import resample_poly

    mono = samples.mean(1, dtype=np.float64)
    mono = mono - mono.mean()
    if rate_hz != wanted_hz:
        shared = np.gcd(rate_hz, wanted_hz)
        mono = resample_poly(mono, wanted_hz // shared, rate_hz // shared)
    size = max(1, round(wanted_hz * HOP_S))
    pieces = np.pad(mono, (0, -len(mono) % size)).reshape(-1, size)
    power = np.square(pieces).mean(1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-TRIM_DB / 10))
    kept = mono[loud[0] * size : (loud[-1] + 1) * size]
    return np.asarray(kept / (np.abs(kept).max() or 1.0))


def _of_length(sound: np.ndarray, length: int) -> np.ndarray:
    return np.pad(sound[:length], (0, max(0, length - len(sound))))
