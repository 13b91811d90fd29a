"""Sounds as log-mel spectrograms: how loud each band of pitch is at each moment, as an ear would divide them.

The functions are printed as they stand in the Keras programs of a run.
"""

from __future__ import annotations

import inspect
from functools import lru_cache

import numpy as np

WINDOW_S, HOP_S = 0.032, 0.016
QUIET = 1e-8  # power that counts as silence: 80 dB below the loudest sound
TRIM = 10**-3.5  # of the power of the loudest moment: what is quieter is cut off at both ends


def log_mel(samples: np.ndarray, rate_hz: int, wanted_hz: int, seconds: float, bands: int) -> np.ndarray:
    """Return the log-mel spectrogram of a sound, float32 (frames, bands).

    Args:
        samples: float32 (n, channels), not silent.
        rate_hz: Its sample rate.
        wanted_hz: The rate that it is resampled to.
        seconds: Length that it is cut or filled up to, after its quiet ends are cut off.
        bands: Bands of the mel scale, from 0 Hz to half the rate.
    """
    from scipy.signal import stft

    length, window, hop = (round(wanted_hz * time) for time in (seconds, WINDOW_S, HOP_S))
    heard = loud_part(samples, rate_hz, wanted_hz)[:length]
    heard = np.pad(heard, (0, length - len(heard)))
    where = {"nperseg": window, "noverlap": window - hop, "boundary": None, "padded": False}
    found = stft(heard, wanted_hz, "hann", scaling="spectrum", **where)[2]
    loudness: np.ndarray = (np.abs(found) ** 2).T @ mel_filters(wanted_hz, window, bands)
    return np.log(loudness + QUIET).astype(np.float32)


def loud_part(samples: np.ndarray, rate_hz: int, wanted_hz: int) -> np.ndarray:
    """Return a sound (n, channels) as mono at another rate, without its quiet ends, with a peak of 1: (m,)."""
    from fractions import Fraction

    from scipy.signal import resample_poly

    mono = samples.mean(1, dtype=np.float64)
    mono = mono - mono.mean()
    if rate_hz != wanted_hz:
        ratio = Fraction(wanted_hz, rate_hz).limit_denominator(1000)  # an odd rate would need a filter of millions
        mono = resample_poly(mono, ratio.numerator, ratio.denominator)
    size = round(wanted_hz * HOP_S)
    power = np.square(np.pad(mono, (0, -len(mono) % size)).reshape(-1, size)).mean(1)
    loud = np.flatnonzero(power >= power.max() * TRIM)
    kept = mono[loud[0] * size : (loud[-1] + 1) * size]
    return np.asarray(kept / max(np.abs(kept).max(), 1e-12))


@lru_cache(maxsize=8)
def mel_filters(rate_hz: int, window: int, bands: int) -> np.ndarray:
    """Return the share of each frequency of a window in each band, float64 (window // 2 + 1, bands).

    A band is a triangle on the mel scale, from the middle of the band below to the middle of the one above.

    Source: O'Shaughnessy, Speech communication, 1987: 2595 log10(1 + f / 700) mel, as in HTK.
    """
    mel = 2595 * np.log10(1 + np.fft.rfftfreq(window, 1 / rate_hz) / 700)
    edges = np.linspace(0, mel[-1], bands + 2)
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))


def printed() -> str:
    """Return these constants and functions for a program that imports `lru_cache`, and numpy as `np`."""
    constants = ", ".join(map(str, (WINDOW_S, HOP_S, QUIET, TRIM)))
    functions = "\n\n".join(inspect.getsource(function) for function in (log_mel, loud_part, mel_filters)).rstrip()
    return f"WINDOW_S, HOP_S, QUIET, TRIM = {constants}\n\n\n{functions}"
