"""The generative adversarial network, for images and for points: settings, presets, networks and views."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from core.config import Block, Config, Preset, blocks, bounded, choice
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families.family import Chart, Family, Look, Result, Section, View
from core.families.gan_layers import (
    DISCRIMINATOR_BLOCKS,
    GENERATOR_BLOCKS,
    Project,
    Up,
    build_discriminator,
    build_generator,
)
from core.families.image_layers import BatchNorm, Conv, Dense, LayerBlock
from core.figures.samples import draw_plane, draw_samples
from core.layers import LayerSpec, NetworkSpec, trace
from core.noise import fixed_noise
from core.plan import Plan
from core.script_gan import gan_script

LOSSES = {
    "non_saturating": "Non-saturating (classical)",
    "minimax": "Minimax (saturating)",
    "least_squares": "Least squares",
    "hinge": "Hinge",
    "wasserstein": "Wasserstein, gradient penalty",
}
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
LEAST_STEPS = 250  # between two looks around, however small the data is
_ON_OFF = {"off": "Off", "on": "On"}

SMALL_GENERATOR = (Project(channels_out=64), BatchNorm(momentum=0.8), Up(filters=32), BatchNorm(momentum=0.8))
# Judged by a classifier that is right about 99 % of MNIST's test images, on 2,000 samples, two seeds each: with dropout
# instead of batch normalisation 0.80 and 0.82 sure, the rarest digit 2 to 3 %; with it 0.82 and 0.84; with both rates
# at 0.002 0.85 and 0.86, the rarest 6 %; with 1,200 steps 0.86, the rarest 7 %.
SMALL_DISCRIMINATOR = (
    Conv(filters=32, kernel_size=5, activation="leaky_relu", stride=2, padding="same"),
    BatchNorm(momentum=0.8),
    Conv(filters=64, kernel_size=5, activation="leaky_relu", stride=2, padding="same"),
    BatchNorm(momentum=0.8),
)
# Radford et al., Unsupervised representation learning with deep convolutional GANs, 2015, section 3, at a quarter of
# its width, which a processor can train.
DCGAN_GENERATOR = (
    Project(channels_out=128, activation="linear"),
    BatchNorm(momentum=0.9),
    Up(filters=64, activation="relu"),
    BatchNorm(momentum=0.9),
)
DCGAN_DISCRIMINATOR = (
    Conv(filters=32, kernel_size=5, activation="leaky_relu", stride=2, padding="same"),
    Conv(filters=64, kernel_size=5, activation="leaky_relu", stride=2, padding="same"),
    BatchNorm(momentum=0.9),
)
PLAIN_DISCRIMINATOR = SMALL_DISCRIMINATOR[::2]  # a gradient penalty needs examples that do not share statistics
POINT_GENERATOR = (Dense(units=64), Dense(units=64))
POINT_DISCRIMINATOR = (Dense(units=64, activation="leaky_relu"), Dense(units=64, activation="leaky_relu"))


@dataclass(frozen=True, kw_only=True)
class GanConfig(Config):
    """Settings of one GAN run."""

    schema: ClassVar[int] = 1

    steps: int = bounded(
        1_100,
        1,
        200_000,
        scale="log",
        label="Steps",
        help="Rounds of the fight: each updates the discriminator, then the generator. Few: noise. Many: sharper, "
        "and it may fall apart.",
    )
    generator: tuple[LayerBlock, ...] = blocks(
        SMALL_GENERATOR,
        GENERATOR_BLOCKS,
        most=20,
        label="Generator",
        help="The layers between the noise and the last one. Too few: blurs. Too many: slow, hard to train.",
    )
    discriminator: tuple[LayerBlock, ...] = blocks(
        SMALL_DISCRIMINATOR,
        DISCRIMINATOR_BLOCKS,
        most=20,
        label="Discriminator",
        help="The layers before its one number, real or made. Too weak: teaches nothing. Too strong: lets none pass.",
    )
    latent: int = bounded(
        64,
        1,
        256,
        label="Noise",
        unit="numbers",
        help="How many random numbers an image is made of. Few: little variety. Many: more to learn.",
    )
    noise: str = choice(
        "gaussian",
        {"gaussian": "Gaussian", "uniform": "Uniform, -1 to 1"},
        label="Kind of noise",
        help="Gaussian: most numbers near 0, a few far out. Uniform: all as likely, none beyond 1.",
    )
    conditional: str = choice(
        "off",
        _ON_OFF,
        label="Choose the class",
        help="Off: the generator makes what it likes. On: it is told a class and has to make that; needs labels.",
    )
    loss: str = choice(
        "non_saturating",
        LOSSES,
        label="Loss",
        help="What each side wants. Non-saturating works nearly everywhere; minimax stalls when D is ahead; "
        "Wasserstein is calm and slow.",
    )
    label_smoothing: float = bounded(
        0.1,
        0.0,
        0.5,
        step=0.01,
        label="Label smoothing",
        help="Real images count as so much less than real (the two cross-entropies and least squares). 0: none. "
        "Small: D is less sure. Big: it learns little.",
    )
    instance_noise: float = bounded(
        0.0,
        0.0,
        1.0,
        step=0.01,
        label="Instance noise",
        help="Noise on all that D sees, where pixels go from -1 to 1. 0: none. Small: D cannot win by a trifle. "
        "Big: everything looks the same.",
    )
    penalty: float = bounded(
        10.0,
        0.0,
        100.0,
        step=0.1,
        scale="log",
        label="Gradient penalty",
        help="Wasserstein only: price on slopes of D other than 1. Too small: it blows up. Too big: D is too flat.",
    )
    r1: float = bounded(
        0.0,
        0.0,
        100.0,
        step=0.01,
        scale="log",
        label="R1 penalty",
        help="Price on the slope of D at real examples. 0: none. Small: a calmer fight. Big: D is too flat to teach.",
    )
    spectral: str = choice(
        "off",
        _ON_OFF,
        label="Spectral normalisation",
        help="Off: kernels of D grow as they like. On: D cannot be steeper than 1, so it never wins outright; slower.",
    )
    g_learning_rate: float = bounded(
        2e-3,
        1e-6,
        1.0,
        scale="log",
        label="Learning rate of G",
        help="How big a step the generator takes. Too small: D runs away. Too big: it jumps about.",
    )
    d_learning_rate: float = bounded(
        2e-3,
        1e-6,
        1.0,
        scale="log",
        label="Learning rate of D",
        help="How big a step the discriminator takes. Too small: G fools it with anything. Too big: G never has a "
        "chance.",
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
        label="Memory of the optimisers",
        help="How much of the last steps is kept: Adam's beta 1, SGD's momentum. 0: none. 0.9: both circle each other.",
    )
    d_updates: int = bounded(
        1,
        0,
        10,
        label="Updates of D a step",
        help="0: D stays as it is, only G learns. 1: fair. More: D is ahead, which only Wasserstein likes.",
    )
    g_updates: int = bounded(
        1,
        0,
        10,
        label="Updates of G a step",
        help="0: G stays as it is, only D learns. 1: fair. More: G runs after D's last answer.",
    )
    turns: str = choice(
        "together",
        {"together": "Together", "alternating": "One after the other"},
        label="Turns",
        help="Together: both learn from the same made images, nearly twice as fast. One after the other: as in the "
        "paper. Only with one update each.",
    )
    average: float = bounded(
        0.98,
        0.0,
        0.9999,
        step=0.0001,
        label="Averaged generator",
        help="What is shown is a running mean of G's weights; 0: G as it is. Low: restless. High: lags behind.",
    )
    batch_size: int = bounded(
        64,
        4,
        512,
        scale="log",
        unit="examples",
        label="Batch size",
        help="Real and made examples of one update. Too small: restless. Too big: slow.",
    )
    seed: int = bounded(
        0, 0, 2**31 - 1, label="Seed", help="Start of all chance: same seed, same run. Another seed shows the luck."
    )
    time_budget_s: int = bounded(
        0,
        0,
        86_400,
        unit="s",
        label="Time budget",
        help="Stop after so many seconds of training; 0: no limit. Short: noise. Long: no help.",
    )
    precision: str = choice(
        "float32",
        {"auto": "Auto", "float32": "float32", "bfloat16": "bfloat16"},
        label="Precision",
        help="Digits of the arithmetic. float32: repeats exactly. bfloat16: coarser, faster on some processors.",
    )

    def validate(self, spec: DataSpec) -> None:
        """Check what no single field can.

        Raises:
            ConfigError: A network is impossible on this data, or nobody learns.
        """
        if not self.d_updates and not self.g_updates:
            raise ConfigError("neither side learns", field="g_updates", fix="Set the updates of G or of D above 0.")
        if self.conditional == "on" and len(spec.classes) < 2:
            raise ConfigError(
                "this data has one class only, so there is none to choose", field="conditional", fix="Set it to Off."
            )
        if not spec.is_image:
            self._check_points()
        for network in build_networks(self, spec):
            try:
                trace(network.specs, network.input_shape)
            except ConfigError as error:
                raise error.at(network.blocks, network.title) from error

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
    def takes_turns(self) -> bool:
        """Whether the two are updated one after the other."""
        return self.turns == "alternating" or (self.d_updates, self.g_updates) != (1, 1)

    @property
    def real_batch(self) -> int:
        """Real examples that one step looks at."""
        return self.batch_size * max(1, self.d_updates if self.takes_turns else 1)

    def plan(self, spec: DataSpec) -> Plan:
        """Return the steps of a run; an epoch is all examples once, or more often if they are few."""
        an_epoch = max(LEAST_STEPS, math.ceil(spec.train_size / self.real_batch))
        examples = an_epoch * self.real_batch
        return Plan(examples, self.real_batch, math.ceil(self.steps / an_epoch), self.steps * self.real_batch)

    @property
    def pace(self) -> tuple[Any, ...]:
        """What the time of a step depends on, besides networks and data."""
        chosen = ("loss", "r1", "g_optimizer", "d_optimizer", "d_updates", "g_updates", "turns", "precision")
        return tuple(getattr(self, name) for name in chosen)


def kinds_of(config: GanConfig, spec: DataSpec) -> int:
    """Return how many classes can be asked for."""
    return len(spec.classes) if config.conditional == "on" else 0


def real_share(loss: str, scores: np.ndarray) -> np.ndarray | None:
    """Return how real D says that examples are, 0 to 1, by its scores; None if its loss gives scores no such meaning.

    Least squares aims them at 0 and 1 themselves; a Wasserstein critic's have no zero.
    """
    if loss == "wasserstein":
        return None
    return scores.clip(0, 1) if loss == "least_squares" else 1 / (1 + np.exp(-scores.clip(-80, 80)))


def build_networks(config: GanConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Describe the generator and the discriminator."""
    kinds = kinds_of(config, spec)
    return [
        build_generator(config.generator, config.latent, kinds, spec),
        build_discriminator(config.discriminator, kinds, spec, is_spectral=config.spectral == "on"),
    ]


def unused_settings(config: GanConfig) -> frozenset[str]:
    """Return the names of those settings that change nothing as the others are."""
    unused = {
        "penalty": config.loss != "wasserstein",
        "label_smoothing": config.loss in ("hinge", "wasserstein"),
        "turns": (config.d_updates, config.g_updates) != (1, 1),
    }
    return frozenset(name for name, is_unused in unused.items() if is_unused)


def _no_augmentation(config: GanConfig) -> list[LayerSpec]:
    return []


def _blocks_summary(name: str) -> Any:
    def say(config: GanConfig) -> str:
        listed: Sequence[Block] = getattr(config, name)
        counts = Counter(block.title.lower() for block in listed)
        return ", ".join(f"{count} × {title}" if count > 1 else title for title, count in counts.items()) or "none"

    return say


def _data_summary(config: GanConfig) -> str:
    chosen = ", class chosen" if config.conditional == "on" else ""
    return f"{config.latent} numbers of {config.noise} noise{chosen}"


def _loss_summary(config: GanConfig) -> str:
    parts = [LOSSES[config.loss].lower()]
    parts += [f"{word} {value:g}" for word, value in (("noise", config.instance_noise), ("R1", config.r1)) if value]
    return ", ".join([*parts, *(["spectral normalisation"] if config.spectral == "on" else [])])


def _fight_summary(config: GanConfig) -> str:
    turns = f"{config.d_updates} D, {config.g_updates} G a step" if config.takes_turns else "both together"
    return f"G {config.g_learning_rate:g}, D {config.d_learning_rate:g}, {turns}"


def _budget_summary(config: GanConfig) -> str:
    limit = f"{config.time_budget_s:,} s, " if config.time_budget_s else ""
    return f"{limit}batch {config.batch_size}, seed {config.seed}"


_POINTS = GanConfig(
    steps=5_000,
    generator=POINT_GENERATOR,
    discriminator=POINT_DISCRIMINATOR,
    latent=2,
    batch_size=128,
    label_smoothing=0.0,
    g_learning_rate=1e-3,
)

PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "digits_30s",
            "Digits in 30 seconds",
            "Small networks and an even fight: noise becomes digits within half a minute on a processor.",
            GanConfig(),
        ),
        Preset(
            "dcgan",
            "DCGAN",
            "As in the paper of 2015: batch normalisation, Adam with 0.0002 and a short memory, one after the other.",
            GanConfig(
                steps=3_000,
                generator=DCGAN_GENERATOR,
                discriminator=DCGAN_DISCRIMINATOR,
                latent=100,
                label_smoothing=0.0,
                g_learning_rate=2e-4,
                d_learning_rate=2e-4,
                turns="alternating",
                average=0.0,
            ),
        ),
        Preset(
            "wgan_gp",
            "WGAN-GP",
            "D measures a distance instead of telling apart: five updates of D to one of G, calm and slow.",
            GanConfig(
                steps=1_000,
                discriminator=PLAIN_DISCRIMINATOR,
                loss="wasserstein",
                label_smoothing=0.0,
                g_learning_rate=2e-4,
                d_learning_rate=2e-4,
                beta_1=0.0,
                d_updates=5,
            ),
        ),
        Preset(
            "conditional",
            "Conditional digits",
            "The generator is told which digit to make, and the discriminator which it should be.",
            GanConfig(conditional="on"),
        ),
        Preset(
            "ring",
            "Ring of Gaussians",
            "Eight clouds of points in a ring: you see the noise being bent until it covers them all.",
            _POINTS,
            dataset="ring",
        ),
        Preset(
            "collapse",
            "Mode collapse on purpose",
            "The generator learns far too fast: all its points crowd into one cloud and jump to the next.",
            replace(_POINTS, g_learning_rate=1e-2, g_updates=5, d_learning_rate=1e-4, beta_1=0.9, average=0.0),
            dataset="ring",
        ),
        Preset(
            "strong_d",
            "Discriminator too strong",
            "Minimax loss and five updates of D to one of G: D is always right, and G learns nothing from it.",
            GanConfig(steps=300, loss="minimax", d_updates=5, d_learning_rate=2e-3, g_learning_rate=2e-4, label_smoothing=0.0),
        ),
    )
}

FAMILY = Family(
    id="gan",
    title="GAN",
    sentence="Two networks against each other: a generator makes images out of noise, a discriminator tells them from "
    "real ones, and each learns from the other's mistakes.",
    presets=PRESETS,
    default_preset="digits_30s",
    takes=lambda spec: spec.is_image or spec.input_shape == (2,),
    networks=build_networks,
    augmentation=_no_augmentation,
    trainee="core.training.gan:Gan",
    script=gan_script,
    views={
        "samples": View(
            "Samples",
            "What the generator makes of the same noise, at every moment: watch one place and see it change.",
            "samples/",
            draw_samples,
            missing="",
            width=560,
        ),
        "plane": View(
            "The plane",
            "Blue: real points. Orange: made ones, with the way on which D would send them. Lines: the noise as G has "
            "bent it. Shades: how real D thinks each place is.",
            "plane/",
            draw_plane,
            missing="",
            width=560,
        ),
    },
    look=Look("samples", lambda config, data: fixed_noise(config, data.spec)),
    result=Result(
        "diversity_last",
        lambda share: f"{share:.2f} diverse",
        "Samples, and how good they are, come here after training.",
    ),
    charts=(
        Chart("Losses", "loss", ("d_loss", "g_loss"), ("discriminator", "generator")),
        Chart("What D says", "how real, 0 to 1", ("d_real", "d_fake"), ("of real ones", "of made ones")),
        Chart("Gradients", "norm", ("d_gradient_norm", "g_gradient_norm"), ("discriminator", "generator")),
        Chart("At each look", "share", ("val_d_accuracy", "val_diversity"), ("D right, unseen", "diversity")),
        Chart(
            "Distance from unseen points",
            "nats, on a grid",
            ("val_kl", "val_js"),
            ("KL divergence", "JS divergence"),
            takes=lambda spec: not spec.is_image,
        ),
    ),
    controls=("steps", "g_learning_rate", "d_learning_rate"),
    sections=(
        Section("data", "Data and noise", ("latent", "noise", "conditional"), _data_summary),
        Section("generator", "Generator", ("generator",), _blocks_summary("generator")),
        Section("discriminator", "Discriminator", ("discriminator", "spectral"), _blocks_summary("discriminator")),
        Section("loss", "Loss", ("loss", "label_smoothing", "instance_noise", "penalty", "r1"), _loss_summary),
        Section(
            "fight",
            "The fight",
            ("d_updates", "g_updates", "turns", "d_optimizer", "g_optimizer", "beta_1", "average"),
            _fight_summary,
        ),
        Section("budget", "Budget", ("batch_size", "time_budget_s", "seed", "precision"), _budget_summary),
    ),
    unused=unused_settings,
)
