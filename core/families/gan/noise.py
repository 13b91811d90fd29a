"""The generator's input noise, the same in every snapshot so that samples can be compared."""

from __future__ import annotations

import numpy as np

from core.datasets.spec import DataSpec
from core.families.gan.config import GanConfig

SAMPLES = 64  # images that every snapshot shows, eight by eight
POINTS = 400
MESH = 17  # grid lines each way, which show how the generator bends the noise
REACH = 2.0  # half the width of that grid, in standard deviations


def shown(spec: DataSpec) -> int:
    """Return the number of samples in every snapshot."""
    return SAMPLES if spec.is_image else POINTS


def draw_noise(config: GanConfig, num_classes: int, count: int, seed: int, label: int | None = None) -> np.ndarray:
    """Draw input for a generator.

    Args:
        config: The settings.
        num_classes: Classes of a conditional generator; 0 for none.
        count: Number of rows.
        seed: Seed of the noise.
        label: The class to ask for; None to cycle through all classes.

    Returns:
        float32 (count, latent + num_classes): noise, then the one-hot class.
    """
    rng = np.random.default_rng(seed)
    shape = (count, config.latent)
    noise = rng.standard_normal(shape) if config.noise == "gaussian" else rng.uniform(-1, 1, shape)
    return with_class(noise.astype(np.float32), num_classes, label)


def fixed_noise(config: GanConfig, spec: DataSpec) -> np.ndarray:
    """Return the noise of every snapshot of a run."""
    return draw_noise(config, config.num_classes(spec), shown(spec), config.seed)


def mesh_noise(config: GanConfig, spec: DataSpec) -> np.ndarray:
    """Return a grid over the first two noise numbers, row by row, the others 0; a line if there is only one.

    Returns:
        float32 (MESH * MESH or MESH, latent + classes).
    """
    reach = REACH if config.noise == "gaussian" else 1.0
    ticks = np.linspace(-reach, reach, MESH)
    flat = np.zeros((MESH * MESH if config.latent > 1 else MESH, config.latent), np.float32)
    if config.latent > 1:
        flat[:, :2] = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    else:
        flat[:, 0] = ticks
    return with_class(flat, config.num_classes(spec), None)


def with_class(noise: np.ndarray, num_classes: int, label: int | None) -> np.ndarray:
    """Append the one-hot class to noise float32 (n, latent)."""
    if not num_classes:
        return noise
    labels = np.arange(len(noise)) % num_classes if label is None else np.full(len(noise), label)
    return np.concatenate([noise, np.eye(num_classes, dtype=np.float32)[labels]], 1)
