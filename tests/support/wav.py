"""WAV files, written with Python's own module."""

from __future__ import annotations

import io
import wave
import zipfile
from pathlib import Path

import numpy as np

RATE = 8000


def pcm(samples: np.ndarray, bits: int = 16, rate: int = RATE) -> bytes:
    """Return a WAV file: samples from -1 to 1, (frames,) or (frames, channels)."""
    samples = samples if samples.ndim == 2 else samples[:, None]
    codes = np.clip(np.round(samples.astype(np.float64) * 2 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    raw = (codes + 128).astype(np.uint8) if bits == 8 else codes.astype("<i4")
    data = raw.tobytes() if bits == 8 else raw.reshape(-1, 1).view(np.uint8)[:, : bits // 8].tobytes()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((samples.shape[1], bits // 8, rate, len(samples), "NONE", ""))
        file.writeframes(data)
    return buffer.getvalue()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
