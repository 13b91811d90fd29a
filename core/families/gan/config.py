"""Settings of a GAN: its two networks, their training, and the noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from core.config import Bounded, Config, blocks, bounded, choice
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families.gan.layers import (
    DISCRIMINATOR_BLOCKS,
    GENERATOR_BLOCKS,
    Project,
    Up,
    build_discriminator,
    build_generator,
)
from core.families.gan.losses import DEFAULT_LOSS, LOSSES, GanLoss, find_loss
from core.layers import NetworkSpec, trace, written
from core.layers.blocks import BatchNorm, Conv, LayerBlock
from core.schedule.plan import Plan

OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
LEAST_STEPS = 250  # between two snapshots, however small the data
_ON_OFF = {"off": "Off", "on": "On"}

SMALL_GENERATOR = (Project(channels_out=64), BatchNorm(momentum=0.8), Up(filters=32), BatchNorm(momentum=0.8))
# Chosen with the classifier of benchmarks/gan.py after half a minute of training: it was less certain about digits made
# with dropout instead of batch normalisation, or with smaller learning rates; smaller kernels are faster but worse.
SMALL_DISCRIMINATOR = (
    Conv(filters=32, kernel_size=5, activation="leaky_relu", stride=2, padding="same"),
    BatchNorm(momentum=0.8),
    Conv(filters=64, kernel_size=5, activation="leaky_relu", stride=2, padding="same"),
    BatchNorm(momentum=0.8),
)
# Radford et al., Unsupervised representation learning with deep convolutional GANs, 2015, section 3, at a quarter of
# its width, which a processor can train.


@dataclass(frozen=True, kw_only=True)
class GanConfig(Config):
    """Settings of one GAN run."""

    schema: ClassVar[int] = 1
    steerable: ClassVar[tuple[str, ...]] = ("g_learning_rate", "d_learning_rate")
    lengths: ClassVar[tuple[str, ...]] = ("steps", "time_budget_s")

    steps: int = bounded(
        2_300,
        1,
        200_000,
        scale="log",
        label="Steps",
        help="Training steps: each updates the discriminator and the generator. Few: noise. Many: sharper, but "
        "training may become unstable.",
    )
    generator: tuple[LayerBlock, ...] = blocks(
        SMALL_GENERATOR,
        GENERATOR_BLOCKS,
        most=20,
        label="Generator",
        help="The layers between the noise and the output layer. Too few: blurred. Too many: slow, hard to train.",
    )
    discriminator: tuple[LayerBlock, ...] = blocks(
        SMALL_DISCRIMINATOR,
        DISCRIMINATOR_BLOCKS,
        most=20,
        label="Discriminator",
        help="The layers before its score, real or generated. Too weak: teaches nothing. Too strong: rejects all.",
    )
    latent: int = bounded(
        64,
        1,
        256,
        label="Noise",
        unit="numbers",
        help="Random numbers per generated example. Few: little variety. Many: more to learn.",
    )
    noise: str = choice(
        "gaussian",
        {"gaussian": "Gaussian", "uniform": "Uniform, -1 to 1"},
        label="Kind of noise",
        help="Gaussian: most numbers near 0, a few far out. Uniform: all equally likely, none beyond 1.",
    )
    conditional: str = choice(
        "off",
        _ON_OFF,
        label="Choose the class",
        help="Off: the generator picks the class itself. On: it generates the class you choose; needs labels.",
    )
    loss: str = choice(
        DEFAULT_LOSS,
        {loss_id: loss.title for loss_id, loss in LOSSES.items()},
        label="Loss",
        help="The objective of each network. Non-saturating works nearly everywhere; minimax stalls when D is ahead; "
        "Wasserstein is stable and slow.",
    )
    label_smoothing: float = bounded(
        0.2,
        0.0,
        0.5,
        step=0.01,
        label="Label smoothing",
        help="Lowers D's target for real images from 1 by this much (cross-entropies and least squares). 0: none. "
        "Small: D is less certain. Big: it learns little.",
    )
    instance_noise: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.01,
        label="Instance noise",
        help="Noise on all inputs of D, where pixels range from -1 to 1. 0: none. Small: D cannot win by tiny details. "
        "Big: everything looks the same.",
    )
    penalty: float = bounded(
        10.0,
        0.0,
        100.0,
        step=0.1,
        scale="log",
        label="Gradient penalty",
        help="Wasserstein only: penalty on gradient norms of D other than 1. Too small: unstable. Too big: D learns "
        "little.",
    )
    r1: float = bounded(
        0.0,
        0.0,
        100.0,
        step=0.01,
        scale="log",
        label="R1 penalty",
        help="Penalty on D's gradient at real examples. 0: none. Small: more stable. Big: D is too flat to teach G.",
    )
    spectral: str = choice(
        "off",
        _ON_OFF,
        label="Spectral normalisation",
        help="Off: D's kernels are unlimited. On: their largest singular value is 1, so D never wins outright; slower.",
    )
    g_learning_rate: float = bounded(
        2e-3,
        1e-6,
        1.0,
        scale="log",
        label="Learning rate of G",
        help="Step size of the generator. Too small: D gets far ahead. Too big: it jumps about.",
    )
    d_learning_rate: float = bounded(
        2e-3,
        1e-6,
        1.0,
        scale="log",
        label="Learning rate of D",
        help="Step size of the discriminator. Too small: anything from G fools it. Too big: G never has a chance.",
    )
    g_optimizer: str = choice(
        "adam", OPTIMIZERS, label="Optimiser of G", help="How G's gradients become updates. Adam nearly always."
    )
    d_optimizer: str = choice(
        "adam", OPTIMIZERS, label="Optimiser of D", help="How D's gradients become updates. Adam nearly always."
    )
    beta_1: float = bounded(
        0.5,
        0.0,
        0.99,
        step=0.01,
        label="Momentum",
        help="How much of the last steps carries over: Adam's beta 1, SGD's momentum. 0: none. 0.9: G and D oscillate.",
    )
    d_updates: int = bounded(
        1,
        0,
        10,
        label="Updates of D per step",
        help="0: D is frozen, only G learns. 1: balanced. More: D is ahead, which suits Wasserstein only.",
    )
    g_updates: int = bounded(
        1,
        0,
        10,
        label="Updates of G per step",
        help="0: G is frozen, only D learns. 1: balanced. More: G chases D's last state.",
    )
    turns: str = choice(
        "together",
        {"together": "Together", "alternating": "One after the other"},
        label="Turns",
        help="Together: both learn from the same generated images, nearly twice as fast; needs one update of each per "
        "step. One after the other: as in the paper.",
    )
    average: float = bounded(
        0.98,
        0.0,
        0.9999,
        step=0.0001,
        label="Averaged generator",
        help="Shows a moving average of G's weights; 0: the current weights. Low: unsteady. High: lags behind.",
    )
    batch_size: int = bounded(
        64,
        4,
        512,
        scale="log",
        unit="examples",
        label="Batch size",
        help="Real and generated examples in one update. Too small: noisy. Too big: slow.",
    )
    seed: int = bounded(
        0,
        0,
        2**31 - 1,
        label="Seed",
        help="Seed of all random numbers: same seed, same run. Other seeds show how much is luck.",
    )
    time_budget_s: int = bounded(
        0,
        0,
        86_400,
        unit="s",
        label="Time budget",
        zero="no time budget",
        help="Stop after this many seconds of training; 0: no limit. Short: noise. Long: no effect.",
    )
    precision: str = choice(
        "auto",
        {"auto": "Auto", "float32": "float32", "bfloat16": "bfloat16"},
        label="Precision",
        help="Floating-point format. Auto: bfloat16 where the processor has it. float32: finer, slower.",
    )

    def validate(self, spec: DataSpec) -> None:
        """Check both networks and the settings against the data.

        Raises:
            ConfigError: A network is impossible on this data, or neither network learns.
        """
        if not self.d_updates and not self.g_updates:
            raise ConfigError("neither network learns", field="g_updates", fix="Set the updates of G or of D above 0.")
        if self.conditional == "on" and spec.num_classes < 2:
            raise ConfigError(
                "this data has one class only, so there is no class to choose",
                field="conditional",
                fix="Set it to Off.",
            )
        if not spec.is_image:
            self._check_points()
        for network in build_networks(self, spec):
            try:
                made = trace(network.specs, network.input_shape)[-1].output_shape
            except ConfigError as error:
                raise error.at(network.blocks, network.title) from error
            if network.blocks == "generator" and made != spec.input_shape:
                raise ConfigError(
                    "Generator: its output differs in size from the data",
                    field="generator",
                    expected=written(spec.input_shape),
                    received=written(made),
                    fix="Give its convolutions padding same and stride 1.",
                )

    def _check_points(self) -> None:
        for name in ("generator", "discriminator"):
            wrong = [block.title for block in getattr(self, name) if isinstance(block, Project | Up | Conv)]
            if wrong:
                raise ConfigError(
                    f"{wrong[0]} needs images, and points have no pixels",
                    field=name,
                    fix="Use dense layers, as the preset Ring of Gaussians does.",
                )

    @property
    def objective(self) -> GanLoss:
        """What D and G minimise."""
        return find_loss(self.loss)

    @property
    def takes_turns(self) -> bool:
        """Whether D and G are updated one after the other."""
        return self.turns == "alternating" or (self.d_updates, self.g_updates) != (1, 1)

    @property
    def real_batch(self) -> int:
        """Real examples in one step."""
        return self.batch_size * max(1, self.d_updates if self.takes_turns else 1)

    def plan(self, spec: DataSpec) -> Plan:
        """Return the training plan; an epoch is all examples once, or more often if they are few."""
        an_epoch = max(LEAST_STEPS, math.ceil(spec.train_size / self.real_batch))
        examples = an_epoch * self.real_batch
        epochs, repeats = math.ceil(self.steps / an_epoch), examples / spec.train_size
        return Plan(examples, self.real_batch, epochs, self.steps * self.real_batch, repeats)

    def num_classes(self, spec: DataSpec) -> int:
        """Return the number of classes the generator can be asked for; 0 if unconditional."""
        return spec.num_classes if self.conditional == "on" else 0

    def timed(self, seconds: int, passes: float) -> Self:
        """Return these settings for a run that its time budget ends."""
        steps = self.field("steps")
        assert isinstance(steps, Bounded)
        return replace(self, steps=int(steps.high), time_budget_s=seconds)

    def longer(self, spec: DataSpec, done: int, epochs: int) -> Self:
        """Return these settings for a run that goes on for so many epochs, which nothing ends early."""
        plan = self.plan(spec)
        return replace(self, steps=done + max(1, round(epochs * plan.steps_per_epoch / plan.repeats)), time_budget_s=0)

    @property
    def state_of(self) -> tuple[object, ...]:
        """Settings, besides networks, on which the variables of the optimisers depend."""
        return self.g_optimizer, self.d_optimizer, self.beta_1 > 0, self.average > 0

    @property
    def pace(self) -> tuple[object, ...]:
        """Settings that affect the time of a step, besides networks and data."""
        chosen = ("loss", "r1", "g_optimizer", "d_optimizer", "d_updates", "g_updates", "turns", "precision")
        return tuple(getattr(self, name) for name in chosen)


def build_networks(config: GanConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Return the descriptions of generator and discriminator."""
    num_classes = config.num_classes(spec)
    return [
        build_generator(config.generator, config.latent, num_classes, spec),
        build_discriminator(config.discriminator, num_classes, spec, is_spectral=config.spectral == "on"),
    ]


def unused_settings(config: GanConfig, spec: DataSpec) -> frozenset[str]:
    """Return the names of settings without effect under the other settings."""
    unused = {
        "penalty": not config.objective.has_gradient_penalty,
        "label_smoothing": not config.objective.has_target,
        "turns": (config.d_updates, config.g_updates) != (1, 1),
    }
    return frozenset(name for name, is_unused in unused.items() if is_unused)
