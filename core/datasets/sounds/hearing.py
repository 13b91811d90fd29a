"""How sounds become inputs of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets.sounds.spectrogram import HOP_S, WINDOW_S, log_mel

RATES_HZ = (8_000, 16_000)  # as on a telephone, which is enough for speech; and as from a microphone
BANDS = 40


@dataclass(frozen=True)
class Hearing:
    """How a sound becomes a series, whose steps are moments and whose columns are bands of pitch.

    Args:
        rate_hz: Samples a second that it is resampled to.
        seconds: Length that it is cut or filled up to, after the quiet ends are cut off.
        bands: Bands of the mel scale, from 0 Hz to half the rate.
    """

    rate_hz: int = RATES_HZ[0]
    seconds: float = 1.0
    bands: int = BANDS

    @property
    def frames(self) -> int:
        """Windows in a sound."""
        length, window, hop = (round(self.rate_hz * time) for time in (self.seconds, WINDOW_S, HOP_S))
        return 1 + (length - window) // hop

    @property
    def names(self) -> tuple[str, ...]:
        """The middle of each band, as a name."""
        top = np.log10(1 + self.rate_hz / 1400)
        middles = 700 * (10 ** (top * np.arange(1, self.bands + 1) / (self.bands + 1)) - 1)
        return tuple(f"{hz:,.0f} Hz" for hz in middles)

    def hear(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """Return the log-mel spectrogram of a sound (n, channels) that is not silent, float32 (frames, bands)."""
        return log_mel(samples, rate_hz, self.rate_hz, self.seconds, self.bands)

    def say(self) -> str:
        """Return in a sentence what is done to a sound."""
        return (
            f"Each sound is made mono, resampled to {self.rate_hz:,} Hz, trimmed of its quiet ends, made equally loud, "
            f"and cut or filled up to {self.seconds:g} s. SciPy's short-time Fourier transform, {1000 * WINDOW_S:g} ms "
            f"every {1000 * HOP_S:g} ms, is then summed into {self.bands} bands of the mel scale, as logarithms: "
            f"{self.frames} steps of {self.bands} numbers."
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> Hearing | None:
        """Return what `vars` of it was; None if there was nothing."""
        if values is None:
            return None
        return cls(int(values["rate_hz"]), float(values["seconds"]), int(values["bands"]))
