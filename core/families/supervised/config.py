"""Settings of supervised training, shared by all classifiers and regressors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np

from core.config import Bounded, Config, Correction, bounded, choice, corrections, read_corrections
from core.datasets.corruptions import TEST_SHIFTS, kept_counts
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families.family import Inspection
from core.layers import LayerSpec
from core.schedule.losses import CLASS_LOSSES, DEFAULT_OF_CLASSES, DEFAULT_OF_NUMBER
from core.schedule.optimizers import OPTIMIZERS, WITH_MOMENTUM, is_constant
from core.schedule.plan import Plan
from core.schedule.split import drawn_rows, split_groups

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
    "tiny": "Tiny: normal, 0.001 wide",
    "huge": "Huge: normal, 2 wide",
}
HELD_BACK = 0.1  # share of the training data for validation, in presets without a reason against it
NO_LIMITS: dict[str, Any] = {"max_images": 0, "patience": 0, "target_accuracy": 0.0, "time_budget_s": 0}
NOTHING_HELD_BACK: dict[str, dict[str, Any]] = {"1": {"validation_fraction": 0.0}}  # as in links before that
_ON_OFF = {"off": "Off", "on": "On"}


@dataclass(frozen=True, kw_only=True)
class SupervisedConfig(Config):
    """Settings of one supervised run."""

    limits_examples: ClassVar[str] = "train_images"
    steerable: ClassVar[tuple[str, ...]] = ("learning_rate", "weight_decay")
    lengths: ClassVar[tuple[str, ...]] = ("epochs", "max_images", "patience", "target_accuracy", "time_budget_s")

    learning_rate: float = bounded(
        1e-3,
        1e-5,
        10.0,
        scale="log",
        label="Learning rate",
        help="Step size of each update. Too small: the loss falls slowly. Too big: it jumps or becomes NaN.",
    )
    epochs: int = bounded(
        5,
        1,
        200,
        label="Epochs",
        help="Passes over the training examples. Too few: it underfits. Too many: it overfits.",
    )
    batch_size: int = bounded(
        64,
        8,
        1024,
        scale="log",
        unit="examples",
        label="Batch size",
        help="Examples averaged for one update. Too small: noisy and slow. Too big: too few updates.",
    )
    seed: int = bounded(
        0,
        0,
        2**31 - 1,
        label="Seed",
        help="Seed of all random numbers: same seed, same run. Other seeds show how much is luck.",
    )
    optimizer: str = choice(
        "adam",
        OPTIMIZERS,
        label="Optimiser",
        help="The rule that turns gradients into updates. Adam works nearly everywhere; SGD needs care.",
    )
    loss: str = choice(
        DEFAULT_OF_CLASSES,
        {name: loss.title for name, loss in CLASS_LOSSES.items()},
        label="Loss",
        help="What training makes small. Cross-entropy: the usual. Focal: hard examples count most. Hinge: only a lead "
        "of 1 counts, so its probabilities mean little. Squared error: slow where it is sure and wrong.",
    )
    momentum: float = bounded(
        0.9,
        0.0,
        0.999,
        step=0.001,
        label="Momentum",
        help="SGD and RMSprop only: how much of the last step carries over. 0: none, slow. Near 1: it overshoots.",
    )
    nesterov: str = choice(
        "off",
        _ON_OFF,
        label="Nesterov",
        help="SGD with momentum only: takes the gradient one step ahead. Off: plain momentum. On: overshoots less.",
    )
    schedule: str = choice(
        "constant",
        SCHEDULES,
        label="Schedule",
        help="How the learning rate changes during training. Constant: simple. One-cycle rises, then falls: fastest.",
    )
    warmup: float = bounded(
        0.0,
        0.0,
        0.9,
        step=0.05,
        label="Warm-up",
        help="Share of the steps in which the rate rises; one-cycle uses 0.3 for 0. 0: a rough start. "
        "Long: wasted time.",
    )
    weight_decay: float = bounded(
        0.0,
        0.0,
        1.0,
        step=1e-5,
        scale="log",
        label="Weight decay",
        help="Shrinks all weights at each update. 0: none. Small: less overfitting. Big: it cannot learn.",
    )
    label_smoothing: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.01,
        label="Label smoothing",
        help="Probability spread from the label over all classes. 0: none. Small: less overconfident. Big: never sure.",
    )
    gradient_clip: float = bounded(
        0.0,
        0.0,
        100.0,
        step=0.01,
        scale="log",
        label="Gradient clipping",
        help="Largest gradient norm; 0: no limit. Tiny: it learns slowly. Huge: no help against jumps.",
    )
    train_images: int = bounded(
        0,
        0,
        10_000_000,
        unit="examples",
        label="Training examples",
        zero="all training examples",
        help="Number of training examples to use; 0: all. Few: quick, but it memorises them. Many: better, slower.",
    )
    max_images: int = bounded(
        0,
        0,
        1_000_000_000,
        unit="examples",
        label="Example budget",
        zero="no example budget",
        help="Stop after this many examples, repeats included; 0: no limit. Small: it underfits.",
    )
    validation_fraction: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.05,
        label="Validation share",
        help="Share of training examples held back to detect overfitting; 0: none, then the last epoch counts. "
        "Small: a noisy estimate. Big: few examples left to learn from.",
    )
    corrections: str = corrections(
        label="Corrected labels",
        help="Training labels to replace, as row:given:right, or row:given:drop to leave the example out. "
        "Inside marks them for you. Empty: none, wrong labels stay. Wrong ones: it learns your mistakes.",
    )
    label_noise: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.05,
        label="Wrong labels",
        help="Share of training labels replaced by another class. 0: none. Small: it copes. "
        "Big: it memorises the mistakes.",
    )
    shuffle_labels: str = choice(
        "off",
        _ON_OFF,
        label="Shuffled labels",
        help="Shuffles the training labels. Off: as they are. On: it can only memorise.",
    )
    imbalance: float = bounded(
        1.0,
        1.0,
        100.0,
        scale="log",
        label="Imbalance",
        help="Ratio of training examples in the first class to the last. 1: unchanged. "
        "Small: little effect. Big: it ignores rare classes.",
    )
    test_shift: str = choice(
        "none",
        TEST_SHIFTS,
        label="Test images",
        help="Changes the test images only, after training. As they are: like the training images. "
        "Changed: measures accuracy on images unlike them.",
    )
    precision: str = choice(
        "auto",
        {"auto": "Auto", "float32": "float32", "bfloat16": "bfloat16"},
        label="Precision",
        help="Floating-point format. bfloat16: coarser, faster on some processors. float32: reproducible.",
    )
    l1: float = bounded(
        0.0,
        0.0,
        0.1,
        step=1e-6,
        scale="log",
        label="L1",
        help="Penalty on the size of each kernel weight. 0: none. Small: useless weights vanish. Big: all of them do.",
    )
    l2: float = bounded(
        0.0,
        0.0,
        0.1,
        step=1e-6,
        scale="log",
        label="L2",
        help="Penalty on the square of each kernel weight. 0: none. Small: less overfitting. Big: it cannot learn.",
    )
    initializer: str = choice(
        "glorot_uniform",
        INITIALIZERS,
        label="Initial weights",
        help="Initial values of the kernels. Too small: signals vanish. Too big: they explode. "
        "All zeros: all units stay the same.",
    )
    augment_shift: float = bounded(
        0.0,
        0.0,
        0.5,
        step=0.01,
        label="Shift",
        help="Largest random shift, as a share of the side. 0: none. Small: place matters less. Big: parts are lost.",
    )
    augment_rotation: float = bounded(
        0.0,
        0.0,
        180.0,
        step=1.0,
        unit="degrees",
        label="Rotation",
        help="Largest random rotation. 0: none. Small: copes with tilted images. Big: a 6 becomes a 9.",
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
        help="Mirrors half of the images. Use None for digits and letters; Left-right suits most photos.",
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
        help="Standard deviation of random noise, 1 is white. 0: none. Small: robust to grain. Big: hides the image.",
    )
    patience: int = bounded(
        0,
        0,
        50,
        unit="epochs",
        label="Early stopping",
        zero="no early stopping",
        help="Stop after this many epochs without a better validation accuracy; 0: never. "
        "Few: stops too soon. Many: wastes time.",
    )
    target_accuracy: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.005,
        label="Stop at a target",
        zero="no target",
        help="Stop once validation accuracy reaches this share; 0: no target. Low: stops early. High: never reached.",
    )
    time_budget_s: int = bounded(
        0,
        0,
        86_400,
        unit="s",
        label="Time budget",
        zero="no time budget",
        help="Stop after this many seconds of training; 0: no limit. Short: it underfits. Long: no effect.",
    )

    def loss_on(self, spec: DataSpec) -> str:
        """Return the id of the loss that counts on this data."""
        return self.loss if spec.classes else DEFAULT_OF_NUMBER

    def plan(self, spec: DataSpec) -> Plan:
        """Return the training plan of a run on this data."""
        examples = self.used_size(spec) - self.validation_size(spec)
        return Plan(examples, self.batch_size, self.epochs, self.max_images)

    def validation_size(self, spec: DataSpec) -> int:
        """Return the number of training examples held back for validation."""
        return self.drawn_for_validation(spec) - self._left_out(spec)[1]

    def drawn_for_validation(self, spec: DataSpec) -> int:
        """Return the number of training examples drawn for validation, of which corrections leave some out."""
        if spec.groups:
            return len(split_groups(spec.groups, self.imbalance, self.train_images, self.validation_fraction)[1])
        return round(self._drawn_size(spec) * self.validation_fraction)

    def holds_back(self, spec: DataSpec) -> bool:
        """Return whether training examples are held back for validation."""
        return bool(self.validation_size(spec))

    def holding_back(self) -> Self:
        """Return these settings with training examples held back for validation."""
        return replace(self, validation_fraction=self.validation_fraction or HELD_BACK)

    def timed(self, seconds: int, passes: float) -> Self:
        """Return these settings for a run that its time budget ends.

        A rate that falls until the last epoch needs to know when that is; a constant one gets all epochs there are.
        """
        field = self.field("epochs")
        assert isinstance(field, Bounded)
        epochs = int(field.high) if is_constant(self) else round(min(max(passes, 1), field.high))
        return replace(self, **{**NO_LIMITS, "epochs": epochs, "time_budget_s": seconds})

    def one_epoch(self) -> Self:
        """Return these settings for one pass through the training examples, which nothing ends early."""
        return replace(self, epochs=1, **NO_LIMITS)

    def longer(self, spec: DataSpec, done: int, epochs: int) -> Self:
        """Return these settings for a run that goes on for so many epochs, which nothing ends early."""
        begun = -(-done // self.plan(spec).steps_per_epoch)
        return replace(self, epochs=begun + epochs, **NO_LIMITS)

    @property
    def depends_on_length(self) -> bool:
        """Whether the rate of an update depends on how many there are."""
        return not is_constant(self)

    @property
    def state_of(self) -> tuple[object, ...]:
        """Settings, besides networks, on which the variables of the optimiser depend."""
        return self.optimizer, self.optimizer in WITH_MOMENTUM and self.momentum > 0, is_constant(self)

    def kept_size(self, spec: DataSpec) -> int:
        """Return the number of training examples after imbalance; all of them if classes were not counted."""
        is_even = self.imbalance == 1 or not spec.train_counts
        return spec.train_size if is_even else int(kept_counts(spec.train_counts, self.imbalance).sum())

    def used_size(self, spec: DataSpec) -> int:
        """Return the number of training examples that a run uses, those held back for validation included."""
        return self._drawn_size(spec) - sum(self._left_out(spec)) - self.between(spec)

    def between(self, spec: DataSpec) -> int:
        """Return how many examples of a long series are left out because they share steps with those held back."""
        return self._drawn_size(spec) - sum(map(len, self._parts(spec))) if spec.overlap else 0

    def _parts(self, spec: DataSpec) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows to train on and those held back, before corrections."""
        drawn = self.train_images, self.validation_fraction, self.imbalance
        return drawn_rows(*drawn, spec.train_size, spec.groups, spec.overlap)

    def _drawn_size(self, spec: DataSpec) -> int:
        """Return the number of training examples of which corrections leave some out."""
        kept = self.kept_size(spec)
        return min(self.train_images or kept, kept)

    @property
    def left_out(self) -> list[int]:
        """Rows of training examples that corrections leave out, ascending."""
        return [one.row for one in self.corrected if one.right is None]

    @property
    def corrected(self) -> tuple[Correction, ...]:
        """The corrections of training labels."""
        return read_corrections(self.corrections)

    def _left_out(self, spec: DataSpec) -> tuple[int, int]:
        """Return how many examples corrections leave out of those to learn from, and of those held back."""
        if not self.left_out:
            return 0, 0
        learn, validation = (int(np.isin(self.left_out, rows).sum()) for rows in self._parts(spec))
        return learn, validation

    @property
    def pace(self) -> tuple[object, ...]:
        """Settings that affect the time of an update, besides networks and data."""
        return (self.precision, self.optimizer, self.validation_fraction)

    @property
    def may_end_early(self) -> bool:
        """Whether validation may end a run before its last update."""
        return bool(self.patience or self.target_accuracy)

    def ends_early(self, best: float, epochs_since: int) -> str:
        """Return the name of the setting that ends a run now; empty if none does."""
        if self.target_accuracy and best >= self.target_accuracy:
            return "target_accuracy"
        return "patience" if self.patience and epochs_since >= self.patience else ""

    def moved(self, name: str, value: object, spec: DataSpec) -> Self:
        """Return the settings with one changed; changing `epochs` lifts a budget that would end the run earlier."""
        changed = super().moved(name, value, spec)
        is_idle = name == "epochs" and changed.plan(spec).is_cut_short
        return replace(changed, max_images=0) if is_idle else changed

    def remark(self, name: str, spec: DataSpec) -> str:
        """Return a hint for `epochs` if the budget ends the run earlier, and on what bursts or a series hold back."""
        if name == "validation_fraction" and spec.groups and self.validation_fraction:
            held, used = self.validation_size(spec), self.used_size(spec)
            return f"Bursts stay whole: {held:,} of {used:,} training {spec.kind} are held back."
        if name == "validation_fraction" and spec.overlap and self.validation_fraction:
            held, between = self.validation_size(spec), self.between(spec)
            return f"The last {held:,} are held back, and the {between:,} before them, which share steps, left out."
        plan = self.plan(spec)
        if name != "epochs" or not plan.is_cut_short:
            return ""
        epoch = plan.epochs_done(plan.total_steps - 1) + 1
        return f"The budget of {self.max_images:,} examples ends it in epoch {epoch}. Change this to lift the budget."

    def validate(self, spec: DataSpec) -> None:
        """Check the settings together, and against the data.

        Raises:
            ConfigError: These settings are impossible together, or on this data.
        """
        self._check_kind(spec)
        if self.label_smoothing and self.loss != DEFAULT_OF_CLASSES:
            words = f"{self.field('label_smoothing').label} is for the cross-entropy"
            raise ConfigError(words, field="label_smoothing", fix="Set it to 0, or change the loss.")
        self._check_imbalance(spec)
        self._check_corrections(spec)
        for name in ("patience", "target_accuracy"):
            if getattr(self, name) and not self.validation_size(spec):
                raise ConfigError(
                    f"{self.field(name).label} needs the validation accuracy, but no examples are held back for it",
                    field=name,
                    fix="Set the validation share above 0, or this to 0.",
                )

    def _check_kind(self, spec: DataSpec) -> None:
        """Refuse settings that are meant for other data."""
        for name in self._moved(FOR_CLASSES if not spec.classes else ()):
            raise self._not_for(name, "classes", "this data has none")
        for name in self._moved(FOR_IMAGES if not spec.is_image else ()):
            raise self._not_for(name, "images", f"this data is {spec.kind}")

    def _moved(self, names: Iterable[str]) -> list[str]:
        """Return those names whose settings differ from their defaults."""
        return [name for name in names if getattr(self, name) != self._usual(name)]

    def _usual(self, name: str) -> Any:
        return next(part.default for part in fields(self) if part.name == name)

    def _not_for(self, name: str, kind: str, reason: str) -> ConfigError:
        field = self.field(name)
        words = f"{field.label} is for {kind}, and {reason}"
        return ConfigError(words, field=name, fix=f"Set it to {field.say(self._usual(name))}.")

    def _check_imbalance(self, spec: DataSpec) -> None:
        if self.imbalance == 1:
            return
        label = self.field("imbalance").label
        if not spec.train_counts:
            words = f"{label} needs the number of examples in each class, which is unknown for this data"
            raise ConfigError(words, field="imbalance", fix="Set it to 1, or choose other data.")
        even = replace(self, imbalance=1.0)
        learned, before = self.plan(spec).examples, even.plan(spec).examples
        if learned < self.batch_size <= before:  # otherwise imbalance is not the cause
            words = f"{label} leaves {learned:,} examples to learn from, fewer than a batch of {self.batch_size:,}"
            raise ConfigError(words, field="imbalance", fix="Reduce it, or the batch size.")
        if even.validation_size(spec) and not self.validation_size(spec):
            words = f"{label} leaves too few examples to hold any back for validation"
            raise ConfigError(words, field="imbalance", fix="Reduce it, or increase the validation share.")

    def _check_corrections(self, spec: DataSpec) -> None:
        if not self.corrected:
            return
        label, classes = self.field("corrections").label, range(spec.num_classes)
        for one in self.corrected:
            if one.row >= spec.train_size or one.given not in classes or one.right not in (None, *classes):
                raise ConfigError(
                    f"{label} name an example or a class that this data lacks",
                    field="corrections",
                    expected=f"rows below {spec.train_size:,} and classes below {spec.num_classes}",
                    received=one.to_text(),
                )
        if self.imbalance != 1:
            words = f"{label} mend the data, and imbalance breaks it on purpose"
            raise ConfigError(words, field="corrections", fix="Set imbalance to 1, or remove the corrections.")
        if self.plan(spec).examples < 1:
            raise ConfigError(f"{label} leave no example to learn from", field="corrections", fix="Remove some.")


FOR_CLASSES = ("loss", "corrections", "label_smoothing", "label_noise", "shuffle_labels", "imbalance")
AUGMENTS = ("augment_flip", "augment_shift", "augment_rotation", "augment_zoom", "augment_contrast", "augment_noise")
FOR_IMAGES = ("test_shift", *AUGMENTS)


def build_augmentation(config: SupervisedConfig) -> list[LayerSpec]:
    """Return the layers that change each training image at random; images stay 0 to 255.

    Geometry comes first, then contrast and noise; pixels from beyond the edge repeat the edge.
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
    """Return the names of settings without effect under the other settings or on this data."""
    has_momentum = config.optimizer in WITH_MOMENTUM
    unused = {
        "momentum": not has_momentum,
        "nesterov": config.optimizer != "sgd" or not config.momentum,
        "label_noise": config.shuffle_labels == "on",  # which shuffles all labels
        "label_smoothing": config.loss != DEFAULT_OF_CLASSES and not config.label_smoothing,
    }
    others = [*(() if spec.classes else FOR_CLASSES), *(() if spec.is_image else FOR_IMAGES)]
    moved = config._moved(others)  # shown so that users can reset them
    return frozenset(name for name, is_unused in unused.items() if is_unused) | frozenset(others) - frozenset(moved)


AT_SAMPLE = Inspection("feature_maps", lambda config, data: np.array(data.x_train[0]), is_at_sample=True)
