"""What every network that tells images apart can be told about its training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from core.config import Config, bounded, choice
from core.datasets.corruptions import TEST_SHIFTS, kept_counts
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families.family import Inspection
from core.layers import LayerSpec
from core.schedule.optimizers import OPTIMIZERS, WITH_MOMENTUM
from core.schedule.plan import Plan

SCHEDULES = {
    "constant": "Constant",
    "step": "Step",
    "exponential": "Exponential",
    "cosine": "Cosine",
    "one_cycle": "One-cycle",
}
INITIALIZERS = {
    "glorot_uniform": "Glorot uniform",
    "he_normal": "He normal",
    "lecun_normal": "LeCun normal",
    "orthogonal": "Orthogonal",
    "random_normal": "Normal, 0.05 wide",
    "zeros": "All zeros",
}
_ON_OFF = {"off": "Off", "on": "On"}


@dataclass(frozen=True, kw_only=True)
class SupervisedConfig(Config):
    """Settings of one classifier's training."""

    learning_rate: float = bounded(
        1e-3,
        1e-5,
        10.0,
        scale="log",
        label="Learning rate",
        help="How big a step each update takes. Too small: the loss creeps. Too big: it jumps or becomes NaN.",
    )
    epochs: int = bounded(
        5,
        1,
        200,
        label="Epochs",
        help="How often every training example is seen. Too few: it has not learned yet. Too many: it overfits.",
    )
    batch_size: int = bounded(
        64,
        8,
        1024,
        scale="log",
        unit="examples",
        label="Batch size",
        help="Examples averaged for one update. Too small: noisy and slow. Too big: few updates, coarse.",
    )
    seed: int = bounded(
        0, 0, 2**31 - 1, label="Seed", help="Start of all chance: same seed, same run. Another seed shows the luck."
    )
    optimizer: str = choice(
        "adam",
        OPTIMIZERS,
        label="Optimiser",
        help="The rule that turns gradients into updates. Adam works nearly everywhere; SGD needs care.",
    )
    momentum: float = bounded(
        0.9,
        0.0,
        0.999,
        step=0.001,
        label="Momentum",
        help="SGD and RMSprop only: how much of the last steps is kept. 0: none (plain RMSprop), slow. "
        "Near 1: it overshoots.",
    )
    nesterov: str = choice(
        "off",
        _ON_OFF,
        label="Nesterov",
        help="SGD with momentum only: looks ahead before it steps. Off: plain momentum. On: it overshoots less.",
    )
    schedule: str = choice(
        "constant",
        SCHEDULES,
        label="Schedule",
        help="How the learning rate changes while training. Constant: simple. One-cycle rises, then falls: fastest.",
    )
    warmup: float = bounded(
        0.0,
        0.0,
        0.9,
        step=0.05,
        label="Warm-up",
        help="Share of the steps in which the rate rises; one-cycle takes 0.3 for 0. None: a rough start. "
        "Long: lost time.",
    )
    weight_decay: float = bounded(
        0.0,
        0.0,
        1.0,
        step=1e-5,
        scale="log",
        label="Weight decay",
        help="Pull of all weights to zero at each update. 0: none. Small: less overfitting. Big: it cannot learn.",
    )
    label_smoothing: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.01,
        label="Label smoothing",
        help="Doubt put on every label. 0: none. Small: less sure where it is wrong. Big: never sure of anything.",
    )
    gradient_clip: float = bounded(
        0.0,
        0.0,
        100.0,
        step=0.01,
        scale="log",
        label="Gradient clipping",
        help="Longest gradient allowed; 0: no limit. Tiny: it crawls. Huge: no help against jumps.",
    )
    train_images: int = bounded(
        0,
        0,
        10_000_000,
        unit="examples",
        label="Training examples",
        help="How many of them to use; 0: all. Few: quick, but it learns them by heart. Many: better, slower.",
    )
    max_images: int = bounded(
        0,
        0,
        1_000_000_000,
        unit="examples",
        label="Example budget",
        help="Stop after this many examples seen, repeats counted; 0: no limit. Small: stops before it has learned.",
    )
    validation_fraction: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.05,
        label="Validation share",
        help="Share of training examples held back to watch for overfitting; 0: none, then only the last epoch counts. "
        "Small: a shaky figure. Big: little left to learn from.",
    )
    label_noise: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.05,
        label="Wrong labels",
        help="Share of training labels replaced by another class. 0: none. Small: it copes. "
        "Big: it learns the mistakes by heart.",
    )
    shuffle_labels: str = choice(
        "off",
        _ON_OFF,
        label="Shuffled labels",
        help="Deals the training labels out anew. Off: as they are. On: nothing to learn but by heart.",
    )
    imbalance: float = bounded(
        1.0,
        1.0,
        100.0,
        scale="log",
        label="Imbalance",
        help="How many times more training examples the first class keeps than the last. 1: as they are. "
        "Small: hardly felt. Big: rare classes are overlooked.",
    )
    test_shift: str = choice(
        "none",
        TEST_SHIFTS,
        label="Test images",
        help="Changes the test images only, after training. As they are: like those it learned. "
        "Changed: how far its answers hold for images unlike those.",
    )
    precision: str = choice(
        "auto",
        {"auto": "Auto", "float32": "float32", "bfloat16": "bfloat16"},
        label="Precision",
        help="Digits of the arithmetic. bfloat16: coarser, faster on some processors. float32: repeats exactly.",
    )
    l1: float = bounded(
        0.0,
        0.0,
        0.1,
        step=1e-6,
        scale="log",
        label="L1",
        help="Price on the size of each kernel weight. 0: none. Small: useless weights vanish. Big: all of them do.",
    )
    l2: float = bounded(
        0.0,
        0.0,
        0.1,
        step=1e-6,
        scale="log",
        label="L2",
        help="Price on the square of each kernel weight. 0: none. Small: less overfitting. Big: it cannot learn.",
    )
    initializer: str = choice(
        "glorot_uniform",
        INITIALIZERS,
        label="Initial weights",
        help="What the kernels start as. Too small: signals die out. Too big: they blow up. "
        "All zeros: every unit is the same and stays so.",
    )
    augment_shift: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.01,
        label="Shift",
        help="Farthest random shift, as a share of the side. 0: none. Small: place matters less. Big: parts are lost.",
    )
    augment_rotation: float = bounded(
        0.0,
        0.0,
        180.0,
        step=1.0,
        unit="degrees",
        label="Rotation",
        help="Widest random turn. 0: none. Small: tilted images are fine. Big: a 6 becomes a 9.",
    )
    augment_zoom: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.01,
        label="Zoom",
        help="Largest random change of size, as a share. 0: none. Small: size matters less. Big: parts are lost.",
    )
    augment_flip: str = choice(
        "none",
        {"none": "None", "horizontal": "Left-right", "vertical": "Up-down", "horizontal_and_vertical": "Both"},
        label="Flip",
        help="Mirrors half of the images. None for digits and letters. Left-right suits most photos.",
    )
    augment_contrast: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.05,
        label="Contrast",
        help="Largest random change of contrast, as a share. 0: none. Small: lighting matters less. Big: flat greys.",
    )
    augment_noise: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.01,
        label="Noise",
        help="Width of random noise, as a share of white. 0: none. Small: robust to grain. Big: the image drowns.",
    )
    patience: int = bounded(
        0,
        0,
        50,
        unit="epochs",
        label="Early stopping",
        help="Stop after so many epochs without a better validation accuracy; 0: never. "
        "Few: stops at the first bad luck. Many: trains on for nothing.",
    )
    target_accuracy: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.005,
        label="Stop at a target",
        help="Stop once the validation accuracy reaches this share; 0: no target. Low: stops early. High: never met.",
    )
    time_budget_s: int = bounded(
        0,
        0,
        86_400,
        unit="s",
        label="Time budget",
        help="Stop after so many seconds of training; 0: no limit. Short: it has not learned yet. Long: no help.",
    )

    def plan(self, spec: DataSpec) -> Plan:
        """Return the updates of a run on this data."""
        examples = self._used_size(spec) - self.validation_size(spec)
        return Plan(examples, self.batch_size, self.epochs, self.max_images)

    def validation_size(self, spec: DataSpec) -> int:
        """Return how many training examples are held back for validation."""
        return round(self._used_size(spec) * self.validation_fraction)

    def kept_size(self, spec: DataSpec) -> int:
        """Return how many training examples imbalance leaves; all of them where their classes were not counted."""
        is_even = self.imbalance == 1 or not spec.train_counts
        return spec.train_size if is_even else int(kept_counts(spec.train_counts, self.imbalance).sum())

    def _used_size(self, spec: DataSpec) -> int:
        kept = self.kept_size(spec)
        return min(self.train_images or kept, kept)

    @property
    def pace(self) -> tuple[object, ...]:
        """What the time of an update depends on, besides networks and data."""
        return (self.precision, self.optimizer, self.validation_fraction)

    @property
    def may_end_early(self) -> bool:
        """Whether what is validated may end a run before its last update."""
        return bool(self.patience or self.target_accuracy)

    def ends_early(self, best: float, epochs_since: int) -> str:
        """Return the setting that ends a run now; empty if none does."""
        if self.target_accuracy and best >= self.target_accuracy:
            return "target_accuracy"
        return "patience" if self.patience and epochs_since >= self.patience else ""

    def moved(self, name: str, value: object, spec: DataSpec) -> Self:
        """Return the settings with one moved; a budget that would end the run before its epochs do is lifted."""
        changed = super().moved(name, value, spec)
        is_idle = name == "epochs" and changed.plan(spec).is_cut_short
        return replace(changed, max_images=0) if is_idle else changed

    def remark(self, name: str, spec: DataSpec) -> str:
        """Say at the epochs that the budget of examples ends the run before they do."""
        plan = self.plan(spec)
        if name != "epochs" or not plan.is_cut_short:
            return ""
        epoch = plan.epochs_done(plan.total_steps - 1) + 1
        return f"The budget of {self.max_images:,} examples ends it in epoch {epoch}. Move this to lift the budget."

    def validate(self, spec: DataSpec) -> None:
        """Check what no single field can.

        Raises:
            ConfigError: These settings are impossible together, or on this data.
        """
        self._check_kind(spec)
        self._check_imbalance(spec)
        for name in ("patience", "target_accuracy"):
            if getattr(self, name) and not self.validation_size(spec):
                raise ConfigError(
                    f"{self.field(name).label} watches the validation accuracy, but no examples are held back for it",
                    field=name,
                    fix="Set the validation share above 0, or this to 0.",
                )

    def _check_kind(self, spec: DataSpec) -> None:
        """Refuse what is meant for other data than this."""
        for name in self._moved(FOR_CLASSES if not spec.classes else ()):
            raise self._not_for(name, "classes", "this data has a number to learn")
        for name in self._moved(FOR_IMAGES if not spec.is_image else ()):
            raise self._not_for(name, "images", f"this data is {spec.kind}")

    def _moved(self, names: Iterable[str]) -> list[str]:
        """Return those of some settings that are not as they were declared."""
        return [name for name in names if getattr(self, name) != _DEFAULTS[name]]

    def _not_for(self, name: str, kind: str, reason: str) -> ConfigError:
        field = self.field(name)
        words = f"{field.label} is for {kind}, and {reason}"
        return ConfigError(words, field=name, fix=f"Set it to {field.say(_DEFAULTS[name])}.")

    def _check_imbalance(self, spec: DataSpec) -> None:
        if self.imbalance == 1:
            return
        label = self.field("imbalance").label
        if not spec.train_counts:
            words = f"{label} needs the number of examples of each class, which is not known of this data"
            raise ConfigError(words, field="imbalance", fix="Set it to 1, or choose other data.")
        even = replace(self, imbalance=1.0)
        learned, before = self.plan(spec).examples, even.plan(spec).examples
        if learned < self.batch_size <= before:  # else it is not the imbalance that is to blame
            words = f"{label} leaves {learned:,} examples to learn from, fewer than a batch of {self.batch_size:,}"
            raise ConfigError(words, field="imbalance", fix="Make it, or the batch, smaller.")
        if even.validation_size(spec) and not self.validation_size(spec):
            words = f"{label} leaves too few examples to hold any back for validation"
            raise ConfigError(words, field="imbalance", fix="Make it smaller, or the validation share bigger.")


FOR_CLASSES = ("label_smoothing", "label_noise", "shuffle_labels", "imbalance")
AUGMENTS = ("augment_flip", "augment_shift", "augment_rotation", "augment_zoom", "augment_contrast", "augment_noise")
FOR_IMAGES = ("test_shift", *AUGMENTS)
_DEFAULTS = {part.name: part.default for part in fields(SupervisedConfig)}


def build_augmentation(config: SupervisedConfig) -> list[LayerSpec]:
    """Describe the layers that change each training image at random; images stay 0 to 255.

    Geometry comes first, then light; what comes in from beyond the rim repeats the rim.
    """
    edge = {"fill_mode": "nearest"}
    shift, turn, zoom = config.augment_shift, config.augment_rotation / 360, config.augment_zoom
    contrast = config.augment_contrast
    specs: list[tuple[object, str, dict[str, Any]]] = [
        *((axis in config.augment_flip, "RandomFlip", {"mode": axis}) for axis in ("horizontal", "vertical")),
        (shift, "RandomTranslation", {"height_factor": shift, "width_factor": shift, **edge}),
        (turn, "RandomRotation", {"factor": turn, **edge}),
        (zoom, "RandomZoom", {"height_factor": zoom, **edge}),
        (contrast, "RandomContrast", {"factor": (contrast, contrast)}),  # down and up
    ]
    found = [LayerSpec(word, kwargs, _named(word, kwargs)) for used, word, kwargs in specs if used]
    if config.augment_noise:  # Keras' noise is for values of 0 to 1
        found += [
            LayerSpec("Rescaling", {"scale": 1 / 255}, "to_shares"),
            LayerSpec("GaussianNoise", {"stddev": config.augment_noise}, "noise"),
            LayerSpec("Rescaling", {"scale": 255.0}, "to_pixels"),
        ]
    return found


def _named(keras_class: str, kwargs: dict[str, Any]) -> str:
    return "_".join(filter(None, [keras_class.removeprefix("Random").lower(), kwargs.get("mode")]))


def unused_settings(config: SupervisedConfig, spec: DataSpec) -> frozenset[str]:
    """Return the names of those settings that change nothing as the others are, or on such data."""
    has_momentum = config.optimizer in WITH_MOMENTUM
    unused = {
        "momentum": not has_momentum,
        "nesterov": config.optimizer != "sgd" or not config.momentum,
        "label_noise": config.shuffle_labels == "on",  # all of them are dealt out anew
    }
    others = [*(() if spec.classes else FOR_CLASSES), *(() if spec.is_image else FOR_IMAGES)]
    moved = config._moved(others)  # those can be set back
    return frozenset(name for name, is_unused in unused.items() if is_unused) | frozenset(others) - frozenset(moved)


AT_SAMPLE = Inspection("feature_maps", lambda config, data: np.array(data.x_train[0]), is_at_sample=True)
