"""Compare an exported network with the original: answers, size and time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.analysis.number.errors import error_numbers
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.export.runtimes import Answer
from core.names import signed
from core.units import MB

POINTS = 0.005  # most difference of accuracy
SHARE = 0.01  # most difference of RMSE, as a share; of what is made, as a share of its range
GREYS = 255.0
TIMED, TIMED_S = 200, 1.0  # single examples whose time is taken, for at most that long
HOW_TIMED = "the median time of one example at a time on this server's CPU, in each runtime as it comes"


@dataclass(frozen=True)
class Record:
    """What the check of an exported network found.

    Args:
        format: Id of the format.
        step: Step of the snapshot that was exported.
        is_best: Whether validation chose that snapshot; otherwise it is the last one.
        generation: Generation of the run.
        measure: `accuracy` (0 to 1), `rmse`, or `difference` (mean absolute difference of what is made).
        original, exported: That measure of both networks.
        examples: Number of test examples, or of noise inputs.
        original_bytes, size_bytes: Size of the Keras file, and of the exported model.
        original_zip_bytes, zip_bytes: The same, compressed.
        zeros: Share of the trained kernel weights that are zero, 0 to 1.
        original_ms, latency_ms: Median time for one example.
        refused: Why it is not offered; empty if it is.
    """

    format: str
    step: int
    is_best: bool
    generation: int
    measure: str
    original: float
    exported: float
    examples: int
    original_bytes: int
    size_bytes: int
    original_zip_bytes: int
    zip_bytes: int
    zeros: float
    original_ms: float
    latency_ms: float
    refused: str

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """Return the record of a dict from `to_dict`.

        Raises:
            TypeError: Another version wrote it.
        """
        return cls(**data)

    @property
    def title(self) -> str:
        """Name of the measure."""
        return {"accuracy": "Accuracy", "rmse": "RMSE", "difference": "Difference"}[self.measure]

    @property
    def change(self) -> str:
        """How far the measure is from the original's, in points of accuracy or % of RMSE; empty for a difference."""
        apart = self.exported - self.original
        if self.measure == "accuracy":
            return signed(100 * apart, ".2f")
        return f"{signed(100 * apart / max(self.original, 1e-12), '.1f')} %" if self.measure == "rmse" else ""

    def say(self, value: float) -> str:
        """Write a value of the measure with as many digits as tell the two apart."""
        if self.measure == "difference":
            return f"{value:.3f}"
        return f"{100 * value:.2f} %" if self.measure == "accuracy" else f"{value:.4g}"


def say_size(size: int) -> str:
    """Write a number of bytes."""
    return f"{size / MB:.1f} MB" if size >= MB else f"{size / 1024:.0f} kB"


def say_time(ms: float) -> str:
    """Write a time in milliseconds."""
    return f"{ms:.3f} ms" if ms < 0.1 else f"{ms:.2f} ms"


def measure_of(spec: DataSpec, *, makes_examples: bool) -> str:
    """Return what is compared for networks on such data."""
    if not makes_examples and spec.classes:
        return "accuracy"
    return "rmse" if not makes_examples and isinstance(spec.target, Number) else "difference"


def compare(
    measure: str, spec: DataSpec, truth: np.ndarray, before: np.ndarray, after: np.ndarray, *, is_same: bool = True
) -> tuple[float, float, str]:
    """Compare the answers of the original and of the exported network.

    Args:
        measure: From `measure_of`.
        spec: Shape of the data.
        truth: Labels or numbers (n,); unused for `difference`.
        before, after: Answers of both (n, ...).
        is_same: Whether both are the same network, so that the exported one is refused if they differ.

    Returns:
        The measure of both, and why the exported one is refused: one sentence, or nothing.
    """
    if not np.isfinite(after).all():
        return 0.0, 0.0, "it gives answers that are not numbers"
    if measure == "accuracy":
        old, new = (float((answers.argmax(1) == truth).mean()) for answers in (before, after))
        apart, most, unit = 100 * abs(new - old), 100 * POINTS, "points of accuracy"
    elif measure == "rmse":
        old, new = (error_numbers(truth, answers[:, 0])["rmse"] for answers in (before, after))
        apart, most, unit = 100 * abs(new - old) / max(old, 1e-12), 100 * SHARE, "% of RMSE"
    else:
        old, new = 0.0, float(np.abs(after.astype(np.float64) - before).mean())
        extent = GREYS if spec.is_image else max(float(np.ptp(before)), 1e-12)
        apart, most, unit = 100 * new / extent, 100 * SHARE, "% of the range of what it makes"
    limit = most * (1 + 1e-9)  # exactly at the limit is within it
    if apart <= limit or not is_same:
        return old, new, ""
    return old, new, f"it differs from the original by {apart:.2g} {unit}, more than {most:g}"


def answers_of(answer: Answer, x: np.ndarray, at_once: int) -> np.ndarray:
    """Return the answers to examples (n, ...), asked `at_once` at a time."""
    parts = [answer(np.ascontiguousarray(x[start : start + at_once])) for start in range(0, len(x), at_once)]
    return np.concatenate(parts)


def latency_ms(answer: Answer, x: np.ndarray) -> float:
    """Return the median time of an answer to one example, in milliseconds."""
    one, times = np.ascontiguousarray(x[:1]), list[float]()
    answer(one)
    until = time.perf_counter() + TIMED_S
    while len(times) < TIMED and (not times or time.perf_counter() < until):
        began = time.perf_counter()
        answer(one)
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))
