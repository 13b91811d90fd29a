"""The noise that a generator is given in every snapshot, so that what it makes of it can be compared."""

from __future__ import annotations

import numpy as np

from core.datasets.spec import DataSpec
from core.families.gan.config import GanConfig

SAMPLES = 64  # images that every snapshot shows, eight by eight
POINTS = 400
MESH = 17  # lines each way of the net that shows how noise is bent
REACH = 2.0  # in standard deviations, of that net


def shown(spec: DataSpec) -> int:
    """Return how many samples every snapshot shows."""
    return SAMPLES if spec.is_image else POINTS


def draw_noise(config: GanConfig, num_classes: int, count: int, seed: int, label: int | None = None) -> np.ndarray:
    """Draw what goes into a generator.

    Args:
        config: The settings.
        num_classes: Classes that can be asked for; 0 for none.
        count: How many.
        seed: Of the noise.
        label: The class that is asked for; None for one after the other.

    Returns:
        float32 (count, latent + num_classes): noise, then 1 at the class.
    """
    rng = np.random.default_rng(seed)
    shape = (count, config.latent)
    noise = rng.standard_normal(shape) if config.noise == "gaussian" else rng.uniform(-1, 1, shape)
    return with_class(noise.astype(np.float32), num_classes, label)


def fixed_noise(config: GanConfig, spec: DataSpec) -> np.ndarray:
    """Return the noise of every snapshot of a run."""
    return draw_noise(config, config.num_classes(spec), shown(spec), config.seed)


def mesh_noise(config: GanConfig, spec: DataSpec) -> np.ndarray:
    """Return a net over the first two numbers of the noise, row by row, the others 0; a line if there is one only."""
    reach = REACH if config.noise == "gaussian" else 1.0
    ticks = np.linspace(-reach, reach, MESH)
    flat = np.zeros((MESH * MESH if config.latent > 1 else MESH, config.latent), np.float32)
    if config.latent > 1:
        flat[:, :2] = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    else:
        flat[:, 0] = ticks
    return with_class(flat, config.num_classes(spec), None)


def with_class(noise: np.ndarray, num_classes: int, label: int | None) -> np.ndarray:
    """Append which class is asked for to noise float32 (n, latent)."""
    if not num_classes:
        return noise
    labels = np.arange(len(noise)) % num_classes if label is None else np.full(len(noise), label)
    return np.concatenate([noise, np.eye(num_classes, dtype=np.float32)[labels]], 1)
