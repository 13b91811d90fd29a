"""What one step of a run is made of: its loss, optimisers to compare, a few of its examples, saved moving averages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.config import Config
from core.datasets.access import Viewer, check_may_view
from core.datasets.prepared import Prepared
from core.datasets.spec import DataSpec
from core.datasets.targets import Number, Target
from core.errors import ArtifactError
from core.families.supervised.config import SupervisedConfig
from core.schedule.losses import CLASS_LOSSES, DEFAULT_OF_CLASSES, DEFAULT_OF_NUMBER, NUMBER_LOSSES
from core.schedule.optimizers import OPTIMIZERS
from core.schedule.rates import learning_rates
from core.schedule.split import training_rows
from core.store import Run, Store

# Names of moving averages, in our formulas, by the ends of those in Keras' optimisers.
AVERAGES = {
    "sgd": {"m": "momentum"},
    "rmsprop": {"v": "velocity", "m": "momentum"},
    "adam": {"m": "momentum", "v": "velocity"},
    "adamw": {"m": "momentum", "v": "velocity"},
    "adagrad": {"a": "accumulator"},
    "adadelta": {"v": "accumulated_grad", "u": "accumulated_delta_var"},
    "lion": {"m": "momentum"},
}
RATE = 0.01  # where a run has none
MOMENTUM, DECAY = 0.9, 0.004  # usual ones


@dataclass(frozen=True)
class Optimizer:
    """An optimiser that makes a step.

    Args:
        title: Its name.
        id: A key of `AVERAGES`.
        settings: Besides the rate: `momentum`, `nesterov`, `decay`, `clip`.
        is_own: Whether it is the run's.
    """

    title: str
    id: str
    settings: dict[str, Any] = field(default_factory=dict)
    is_own: bool = False


COMPARED = (
    Optimizer("SGD", "sgd"),
    Optimizer("Momentum", "sgd", {"momentum": MOMENTUM}),
    Optimizer("Nesterov", "sgd", {"momentum": MOMENTUM, "nesterov": True}),
    Optimizer("RMSprop", "rmsprop"),
    Optimizer("Adam", "adam"),
    Optimizer("AdamW", "adamw", {"decay": DECAY}),
)


def optimizers_of(config: Config) -> list[Optimizer]:
    """Return the optimisers to compare, the run's own first; Muon, which steps whole matrices, is left out."""
    own = _own(config)
    if own is None:
        return list(COMPARED)
    return [own, *(one for one in COMPARED if (one.id, one.settings) != (own.id, own.settings))]


def left_out(config: Config) -> str:
    """Return the name of the run's own optimiser if it is not compared; "" if it is, or if there is none."""
    if not isinstance(config, SupervisedConfig) or config.optimizer in AVERAGES:
        return ""
    return OPTIMIZERS[config.optimizer]


def _own(config: Config) -> Optimizer | None:
    if not isinstance(config, SupervisedConfig) or config.optimizer not in AVERAGES:
        return None
    settings: dict[str, Any] = {"decay": config.weight_decay, "clip": config.gradient_clip}
    title = OPTIMIZERS[config.optimizer]
    if config.optimizer in ("sgd", "rmsprop") and config.momentum:
        settings["momentum"] = config.momentum
        settings["nesterov"] = config.optimizer == "sgd" and config.nesterov == "on"
        title = "Nesterov" if settings["nesterov"] else "Momentum" if config.optimizer == "sgd" else title
    return Optimizer(title, config.optimizer, {name: value for name, value in settings.items() if value}, is_own=True)


def rate_at(config: Config, spec: DataSpec, step: int) -> float:
    """Return the learning rate of the update after `step`; a usual one if the run has none."""
    if not isinstance(config, SupervisedConfig):
        return RATE
    steps = config.plan(spec).total_steps
    at = np.array([min(step, steps - 1)])
    return float(learning_rates(config.schedule, config.learning_rate, steps, config.warmup, at)[0])


def loss_of(config: Config, target: Target) -> dict[str, Any]:
    """Return the usual training loss, with its label smoothing, in the words of the probe's method `one_step`."""
    if isinstance(target, Number):
        return {"kind": "squared_error", "spread": target.spread}
    return {"kind": "cross_entropy", "smoothing": getattr(config, "label_smoothing", 0.0)}


def other_loss(config: Config, spec: DataSpec) -> str:
    """Return the name of the loss that a run trains with, if it is another than that of `loss_of`; "" if not."""
    loss = config.loss_on(spec) if isinstance(config, SupervisedConfig) else ""
    if loss in ("", DEFAULT_OF_CLASSES, DEFAULT_OF_NUMBER):
        return ""
    return {**CLASS_LOSSES, **NUMBER_LOSSES}[loss].title


def batch_of(data: Prepared, config: Config, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first training examples that a run learns from, (count, ...), and the labels that it learns."""
    labels = np.asarray(data.y_train)
    rows = np.arange(len(labels))
    if isinstance(config, SupervisedConfig):
        found = training_rows(config, labels, *data.spec.drawn)
        rows, labels = found.learn, found.labels
    return np.array(data.x_train[rows[:count]]), np.asarray(labels[rows[:count]], np.float64)


def saved_averages(
    store: Store, run: Run, step: int, optimizer: Optimizer, viewer: Viewer
) -> tuple[dict[str, np.ndarray], int]:
    """Return the moving averages of a run's own optimiser by name, float64 (weights,), and how many updates it made.

    Those are fewer than `step` where the run began with a new optimiser. Nothing if no state of `step` is saved.

    They are averages of gradients of the run's examples, so only those who may see these get them.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    found = next((one for one in store.metrics.checkpoints(run.id) if one.step == step), None)
    if found is None or not optimizer.is_own:
        return {}, 0
    try:
        state = store.files(run.id).load_checkpoint(step, found.sha256)
    except ArtifactError:
        return {}, 0
    steered = [(name, state[name]) for name in sorted(state) if name.startswith("optimizer/")]
    averages = {}
    for short, end in AVERAGES[optimizer.id].items():
        parts = [array.ravel() for name, array in steered if name.endswith(f"_{end}")]
        if parts:
            averages[short] = np.concatenate(parts).astype(np.float64)
    return averages, next((int(array) for name, array in steered if name.endswith("/iteration")), 0)
