"""What both networks of a GAN make of a few examples: noise becomes made ones, and D judges those and real ones."""

from __future__ import annotations

import numpy as np

from core.datasets import Prepared
from core.datasets.points.points import LIMIT
from core.families.family import Arrays, Ask
from core.families.gan.config import GanConfig
from core.families.gan.losses import GanLoss
from core.families.gan.noise import fixed_noise, shown
from core.figures.network.frame import MOST_EXAMPLES
from core.schedule.split import evenly_spread

HEAT = 40  # places per axis at which D is asked


def real_rows(data: Prepared) -> np.ndarray:
    """Return the rows of the test data that stand beside what is made."""
    return evenly_spread(np.arange(len(data.y_test)), shown(data.spec))


def fight(ask: Ask, config: GanConfig, data: Prepared, count: int | None = None) -> dict[str, np.ndarray]:
    """Let the generator make examples of the fixed noise, and D judge them and unseen real ones.

    Args:
        ask: (id of the network, its input (n, ...)) -> arrays of `core.explain.stages.Stages`.
        config: The settings.
        data: The prepared data.
        count: How many examples G makes; by default as many as every snapshot shows. D judges no more images than are
            drawn beside it.

    Returns:
        What each stage makes of the first noise and of the example made of it: `maps/<network>/<stage>` (h, w,
        channels) or `units/<network>/<stage>` (units,); `samples/images` uint8 (count, h, w, c) and `samples/real`
        uint8, or `plane/fake` (count, 2), `plane/real` (n, 2) and `plane/heat` (HEAT, HEAT), D's answers, 0 to 1, the
        first row at the bottom; `verdict` (2,), how real D finds made and real examples: a share, or its mean score
        where the loss makes none; `losses` (2,), G's and D's on them, without penalties. All networks are in inference
        mode.
    """
    spec, rows = data.spec, real_rows(data)
    noise = fixed_noise(config, spec)[:count]
    made = ask("generator", noise)
    fake = made["answers"]
    judged = slice(MOST_EXAMPLES if spec.is_image else None)
    real, labels = np.array(data.x_test[rows])[judged], np.array(data.y_test[rows])[judged]
    places = np.empty((0, *spec.input_shape)) if spec.is_image else _places()
    seen = ask("discriminator", np.concatenate([fake[judged], real, places]).astype(np.float32))
    asked_for = noise[judged, config.latent :].argmax(1) if config.num_classes(spec) else labels[:0]
    scores = seen["answers"]
    on_fake = _of_class(scores[: len(fake[judged])], asked_for)
    on_real = _of_class(scores[len(on_fake) : len(on_fake) + len(real)], labels if len(asked_for) else asked_for)
    drawn = {"units/generator/input": noise[0], **_named("generator", made), **_named("discriminator", seen)}
    if spec.is_image:
        pixels = np.nan_to_num(fake).round().clip(0, 255).astype(np.uint8)
        drawn |= {"samples/images": pixels, "samples/real": real}
    else:
        heat = heat_of(config.objective, scores[-len(places) :, 0]).reshape(HEAT, HEAT)
        drawn |= {"plane/fake": fake, "plane/real": real.astype(np.float32), "plane/heat": heat}
    return {**drawn, **_judged(config, on_real, on_fake)}


def heat_of(objective: GanLoss, scores: np.ndarray) -> np.ndarray:
    """Return D's belief at each place, 0 to 1; else its scores, scaled around their boundary or their median."""
    share: np.ndarray | None = objective.real_share(scores)
    if share is not None:
        return share
    boundary = objective.scores.boundary
    apart: np.ndarray = scores - (np.median(scores) if boundary is None else boundary)
    return 0.5 + 0.5 * apart / max(float(np.abs(apart).max()), 1e-12)


def _places() -> np.ndarray:
    """Return places over the plane, row by row from the bottom left (HEAT * HEAT, 2)."""
    ticks = np.linspace(-LIMIT, LIMIT, HEAT)
    return np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)


def _of_class(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the scores (n,) for the class of each example, or the only ones."""
    return scores[np.arange(len(labels)), labels] if len(labels) else scores[:, 0]


def _named(network: str, found: Arrays) -> dict[str, np.ndarray]:
    """Return the stages of one network under names that tell it from the other."""
    parts = ((*name.partition("/"), array) for name, array in found.items())
    return {f"{kind}/{network}/{stage}": array for kind, _, stage, array in parts if stage}


def _judged(config: GanConfig, on_real: np.ndarray, on_fake: np.ndarray) -> dict[str, np.ndarray]:
    objective = config.objective
    means = []
    for scores in (on_fake, on_real):
        share = objective.real_share(scores)
        means.append(float((scores if share is None else share).mean()))
    losses = [objective.g_value(on_fake), sum(objective.d_parts(on_real, on_fake, 1 - config.label_smoothing))]
    return {"verdict": np.array(means), "losses": np.array(losses, np.float64)}
