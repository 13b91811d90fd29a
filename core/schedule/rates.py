"""The learning rate of each update, for plots and optimisers."""

from __future__ import annotations

import numpy as np

DECAY = 0.01  # the exponential schedule ends at this share of the rate
STEP_AT = (0.5, 0.75)  # the step schedule divides by 10 at these shares of the run
START = 1 / 25  # one-cycle begins at this share of its peak
END = 1e-4  # and ends at this one (Smith and Topin 2018, super-convergence)


def learning_rates(schedule: str, rate: float, steps: int, warmup: float, at: np.ndarray | None = None) -> np.ndarray:
    """Return the learning rate of each update, float32 (steps,); with `at`, float32 (len(at),).

    Args:
        schedule: constant, step, exponential, cosine or one_cycle.
        rate: Peak learning rate.
        steps: Number of updates in the whole run.
        warmup: Share of the steps in which the rate rises.
        at: Updates to return, from 0; None for all.
    """
    at = np.arange(steps) if at is None else at
    share = warmup if warmup > 0 else (0.3 if schedule == "one_cycle" else 0.0)
    rise = round(share * steps)  # updates in which the rate rises; the last of them is at the peak
    low = START if schedule == "one_cycle" else 0.0
    climb = low + (1 - low) * (1 - np.cos(np.pi * (at + 1) / max(rise, 1))) / 2
    rest = np.maximum(at - rise, 0) / max(steps - rise, 1)
    return (rate * np.where(at < rise, climb, falling(schedule, rest))).astype(np.float32)


def falling(schedule: str, rest: np.ndarray) -> np.ndarray:
    """Return the factor after the warm-up; `rest` runs from 0 to 1."""
    cosine = (1 + np.cos(np.pi * rest)) / 2
    match schedule:
        case "step":
            dropped: np.ndarray = 0.1 ** np.sum([rest >= share for share in STEP_AT], axis=0)
            return dropped
        case "exponential":
            return DECAY**rest
        case "cosine":
            return cosine
        case "one_cycle":
            return END + (1 - END) * cosine
    return np.ones_like(rest)
