"""Explain with a run's own numbers why a classifier learned too little, and suggest a fix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.analysis.classifier.classification import learned_nothing
from core.analysis.classifier.generalisation import LEARNED
from core.analysis.finding import Finding
from core.config import Config
from core.datasets.spec import DataSpec
from core.layers.pretrained import Pretrained
from core.layers.recurrent import Gru, Lstm, Rnn

# With three classes of photos, the preset for small data reaches 35 to 50 % after 6 updates and 60 to 70 % after a few
# hundred; `fast` reaches 90 % on digits after 60.
LEAST_UPDATES = 50
ENOUGH_UPDATES = 300
GENTLER = 100  # divisor of a learning rate that diverged
TOO_HIGH = 0.1  # learning rate above the usual range of all optimisers here
FIRST_WEIGHTS = {"initializer": "glorot_uniform"}
CLIPPED = Finding("exploding", "", {"gradient_clip": 1.0}, "gradient clipping at 1")


def diagnose(config: Config, spec: DataSpec, summary: Mapping[str, Any], *, has_diverged: bool) -> Finding | None:
    """Return what went wrong in a finished run; None if nothing is found.

    Args:
        config, spec: Settings and data of the run.
        summary: The run's summary.
        has_diverged: Whether the run diverged.
    """
    if has_diverged:
        return CLIPPED if _may_explode(config) else _too_high("", config)
    accuracy, steps = summary.get("test_accuracy_last"), summary.get("steps_done", ENOUGH_UPDATES)
    if accuracy is None:
        return None
    is_guessing = learned_nothing(accuracy, spec.num_classes)
    nothing = f"It learned nothing: {accuracy:.1%} is no better than guessing.".replace("%", " %", 1)
    if is_guessing and getattr(config, "initializer", "") == "zeros":
        why = "All weights started at zero, so all units of a layer got the same gradient and stayed identical."
        return Finding("zero_weights", f"{nothing} {why}", FIRST_WEIGHTS, "Glorot uniform initial weights")
    has_not_learned = summary.get("train_accuracy_last", 1.0) < LEARNED and not _learns_an_answer(config)
    if steps < LEAST_UPDATES and (is_guessing or has_not_learned):
        updates = "1 update is" if steps == 1 else f"{steps:,} updates are"
        return _too_few(f"{updates} too few to learn from.", config, spec)
    if is_guessing and getattr(config, "learning_rate", 0.0) >= TOO_HIGH:
        return _too_high(f"{nothing} The learning rate was {config.to_dict()['learning_rate']:g}.", config)
    return None


def too_few_updates(config: Config, spec: DataSpec) -> str:
    """Return a warning if a run would be too short to learn; empty otherwise."""
    if "epochs" not in config.fields() or _learns_an_answer(config):
        return ""
    plan = config.plan(spec)
    if plan.total_steps >= LEAST_UPDATES:
        return ""
    updates = "1 update" if plan.total_steps == 1 else f"{plan.total_steps:,} updates"
    images = f"{plan.examples:,} images in batches of {plan.batch_size:,}"
    return f"{updates} will be too few to learn from: {images} give {plan.steps_per_epoch:,} per epoch."


def gentler_rate(config: Config) -> float | None:
    """Return a hundredth of the learning rate, within bounds; None if it cannot be lowered."""
    field, rate = config.fields().get("learning_rate"), getattr(config, "learning_rate", None)
    if field is None or rate is None:
        return None
    low = getattr(field, "low", 0.0)
    return max(low, float(f"{rate / GENTLER:.6g}")) if rate > low else None


def _may_explode(config: Config) -> bool:
    """Return whether gradients that multiply from step to step reach the weights as they are."""
    is_clipped = bool(getattr(config, "gradient_clip", 1.0))
    return not is_clipped and any(isinstance(block, Rnn | Gru | Lstm) for block in getattr(config, "layers", ()))


def _learns_an_answer(config: Config) -> bool:
    """Return whether only the answer on top of frozen features is learned, for which a dozen updates can do."""
    blocks = getattr(config, "layers", ())
    return any(isinstance(block, Pretrained) and block.trained == "none" for block in blocks)


def _too_high(sentence: str, config: Config) -> Finding | None:
    rate = gentler_rate(config)
    if rate is None:
        return Finding("rate_too_high", sentence, {}, "") if sentence else None
    return Finding("rate_too_high", sentence, {"learning_rate": rate}, f"learning rate {rate:g}")


def _too_few(sentence: str, config: Config, spec: DataSpec) -> Finding:
    field, plan = config.fields()["epochs"], config.plan(spec)
    epochs = min(int(getattr(field, "high", 1)), math.ceil(ENOUGH_UPDATES / plan.steps_per_epoch))
    fix = {"epochs": epochs, **({"max_images": 0} if "max_images" in config.fields() else {})}
    return Finding("too_few_updates", sentence, fix, f"{epochs:,} epochs")
