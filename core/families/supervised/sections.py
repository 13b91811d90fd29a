"""Sections of the form for supervised training: summaries, drawings, previews."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.datasets.corruptions import TEST_SHIFTS
from core.datasets.spec import DataSpec
from core.families.family import Preview, Section
from core.families.supervised.config import AUGMENTS, INITIALIZERS, SCHEDULES, SupervisedConfig, build_augmentation
from core.figures.corruptions import draw_broken, draw_counts, preview_corruptions
from core.figures.learning_rate import draw_schedule
from core.figures.network.tiles import draw_augmented
from core.figures.pictures import Gallery
from core.schedule.losses import CLASS_LOSSES, DEFAULT_OF_CLASSES
from core.schedule.optimizers import OPTIMIZERS


def _augmented_key(config: SupervisedConfig) -> str:
    layers = build_augmentation(config)
    return repr(layers) if layers else ""


def _show_augmented(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Gallery]:
    sentence = "The sample image after random augmentation, as different epochs see it."
    return [Gallery(f"**What it trains on.** {sentence}", draw_augmented(arrays, spec))]


def _data_summary(config: SupervisedConfig) -> str:
    used = f"{config.train_images:,} examples" if config.train_images else "all examples"
    held = f"{config.validation_fraction:.0%} held back".replace("%", " %")
    mended = config.field("corrections").say(config.corrections).partition(" (")[0]
    parts = [used, held if config.validation_fraction else "none held back", *([mended] if config.corrected else [])]
    return ", ".join(parts)


def _optimizer_summary(config: SupervisedConfig) -> str:
    schedule, rate = SCHEDULES[config.schedule].lower(), config.learning_rate
    path = f"constant {rate:g}" if config.schedule == "constant" else f"{schedule} from {rate:g}"
    path = f"one-cycle to {rate:g}" if config.schedule == "one_cycle" else path
    losses = [CLASS_LOSSES[config.loss].title] if config.loss != DEFAULT_OF_CLASSES else []
    return ", ".join([OPTIMIZERS[config.optimizer], path, f"batch {config.batch_size}", *map(str.lower, losses)])


def _regular_summary(config: SupervisedConfig) -> str:
    fields = config.fields()
    names = ("l1", "l2", "weight_decay", "label_smoothing")
    parts = [f"{fields[n].label} {getattr(config, n):g}" for n in names if getattr(config, n)]
    augmented = [fields[n].label.lower() for n in AUGMENTS if getattr(config, n) not in (0, "none")]
    if augmented:
        parts.append("random " + ", ".join(augmented))
    if config.initializer != "glorot_uniform":
        parts.append(f"starts {INITIALIZERS[config.initializer].lower()}")
    return ", ".join(parts) or "none beyond the layers' own"


def _broken_summary(config: SupervisedConfig) -> str:
    parts = ["shuffled labels"] if config.shuffle_labels == "on" else []
    if config.label_noise and not parts:
        parts.append(f"{100 * config.label_noise:g} % wrong labels")
    if config.imbalance != 1:
        parts.append(f"{config.imbalance:g} times more of the first class")
    return ", ".join([*parts, *([shift] if (shift := tested_on(config.test_shift)) else [])]) or "nothing broken"


def tested_on(test_shift: str) -> str:
    """Return the kind of test images, such as `tested on darkened images`; empty if they are unchanged."""
    return "" if test_shift == "none" else f"tested on {TEST_SHIFTS[test_shift].lower()} images"


def _broken_key(config: SupervisedConfig) -> str:
    values = (config.label_noise, config.shuffle_labels, config.imbalance, config.test_shift)
    return "" if values == (0, "off", 1, "none") else repr((values, config.train_images, config.corrections))


def _fewer_key(config: SupervisedConfig) -> str:
    is_fewer = config.train_images or config.corrected
    return f"{config.train_images} {config.corrections} {_broken_key(config)}" if is_fewer else ""


def _budget_summary(config: SupervisedConfig) -> str:
    parts = [f"{config.max_images:,} examples" if config.max_images else "no example budget"]
    if config.time_budget_s:
        parts.append(f"{config.time_budget_s:,} s")
    if config.patience:
        epochs = "an epoch" if config.patience == 1 else f"{config.patience} epochs"
        parts.append(f"stops after {epochs} without gain")
    if config.target_accuracy:
        parts.append(f"stops at {100 * config.target_accuracy:g} %")
    return ", ".join([*parts, f"seed {config.seed}"])


DATA = Section(
    "data",
    "Data",
    ("train_images", "validation_fraction", "corrections"),
    _data_summary,
    preview=Preview(_fewer_key, draw_counts, compute=preview_corruptions),
)
OPTIMISER = Section(
    "optimiser",
    "Optimiser",
    ("loss", "optimizer", "batch_size", "momentum", "nesterov", "schedule", "warmup", "gradient_clip"),
    _optimizer_summary,
    drawing=draw_schedule,
)
REGULARISATION = Section(
    "regularisation",
    "Regularisation",
    ("l1", "l2", "weight_decay", "label_smoothing", "initializer", *AUGMENTS),
    _regular_summary,
    preview=Preview(_augmented_key, _show_augmented),
)
BROKEN = Section(
    "broken",
    "Break the data",
    ("label_noise", "shuffle_labels", "imbalance", "test_shift"),
    _broken_summary,
    preview=Preview(_broken_key, draw_broken, compute=preview_corruptions),
)
BUDGET = Section(
    "budget",
    "Budget",
    ("max_images", "time_budget_s", "patience", "target_accuracy", "seed", "precision"),
    _budget_summary,
)
