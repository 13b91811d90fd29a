"""The generative adversarial network, for images and for points: presets, form and views."""

from __future__ import annotations

from dataclasses import replace

from core.config import Preset
from core.families.family import Chart, Family, Inspection, Noise, Result, Section, View
from core.families.gan.config import SMALL_DISCRIMINATOR, GanConfig, build_networks, unused_settings
from core.families.gan.fight import fight
from core.families.gan.layers import Project, Up
from core.families.gan.losses import CRITIC, MARGIN
from core.families.gan.noise import draw_noise, fixed_noise
from core.figures.gan.samples import draw_plane, draw_samples
from core.layers import LayerSpec
from core.layers.blocks import BatchNorm, Conv, Dense, say_blocks
from core.names import signed
from core.program.gan import gan_script

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
PLAIN_DISCRIMINATOR = SMALL_DISCRIMINATOR[::2]  # no batch normalisation: a gradient penalty needs separate examples
POINT_GENERATOR = (Dense(units=64), Dense(units=64))
POINT_DISCRIMINATOR = (Dense(units=64, activation="leaky_relu"), Dense(units=64, activation="leaky_relu"))


def _no_augmentation(config: GanConfig) -> list[LayerSpec]:
    return []


def _reading(config: GanConfig) -> str:
    scores = config.objective.scores
    return "" if scores.share is not None else scores.reading


def _data_summary(config: GanConfig) -> str:
    chosen = ", class chosen" if config.conditional == "on" else ""
    return f"{config.latent} numbers of {config.noise} noise{chosen}"


def _loss_summary(config: GanConfig) -> str:
    parts = [config.objective.title.lower()]
    parts += [f"{word} {value:g}" for word, value in (("noise", config.instance_noise), ("R1", config.r1)) if value]
    return ", ".join([*parts, *(["spectral normalisation"] if config.spectral == "on" else [])])


def _fight_summary(config: GanConfig) -> str:
    turns = f"{config.d_updates} D, {config.g_updates} G per step" if config.takes_turns else "both together"
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
    precision="float32",
)

PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "digits_30s",
            "Quick digits",
            "Small, balanced networks: the shortest way from noise to digits.",
            GanConfig(),
        ),
        Preset(
            "dcgan",
            "DCGAN",
            "As in the 2015 paper: batch normalisation, Adam at 0.0002 with beta 1 of 0.5, alternating updates.",
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
            "D estimates a distance instead of classifying: five updates of D to one of G, stable and slow.",
            GanConfig(
                steps=1_000,
                discriminator=PLAIN_DISCRIMINATOR,
                loss="wasserstein",
                label_smoothing=0.0,
                g_learning_rate=2e-4,
                d_learning_rate=2e-4,
                beta_1=0.0,
                d_updates=5,
                precision="float32",  # the penalty is a small difference of gradient norms
            ),
        ),
        Preset(
            "conditional",
            "Conditional digits",
            "The generator gets the digit to draw, and the discriminator the digit to expect.",
            GanConfig(conditional="on"),
        ),
        Preset(
            "ring",
            "Ring of Gaussians",
            "Eight clouds of points: watch the noise bend until it covers them. Draw your own on the Data page.",
            _POINTS,
            dataset="ring",
            suits=lambda spec: not spec.is_image,
        ),
        Preset(
            "collapse",
            "Mode collapse on purpose",
            "The generator learns far too fast: all its points crowd into one cloud, then jump to the next.",
            replace(_POINTS, g_learning_rate=1e-2, g_updates=5, d_learning_rate=1e-4, average=0.0),
            dataset="ring",
            shows_fault=True,
        ),
        Preset(
            "strong_d",
            "Discriminator too strong",
            "Minimax loss and five updates of D to one of G: D is always right, and G learns nothing from it.",
            GanConfig(
                steps=300, loss="minimax", d_updates=5, d_learning_rate=2e-3, g_learning_rate=2e-4, label_smoothing=0.0
            ),
            shows_fault=True,
        ),
    )
}

FAMILY = Family(
    id="gan",
    icon=":material/auto_awesome:",
    title="GAN",
    sentence="Two competing networks: a generator turns noise into images, a discriminator tells them from real ones, "
    "and each learns from the other's mistakes.",
    invitation="**Watch noise become digits.** Two networks compete, and one learns to draw.",
    presets=PRESETS,
    default_preset="digits_30s",
    takes=lambda spec: spec.is_image or spec.features.noun == "point",
    networks=build_networks,
    augmentation=_no_augmentation,
    trainee="core.training.gan.trainee:Gan",
    script=gan_script,
    views={
        "samples": View(
            "Samples",
            "Generated from the same noise in every snapshot: watch one position change.",
            "samples/",
            draw_samples,
            missing="",
            width=560,
        ),
        "plane": View(
            "The plane",
            "Blue: real points. Orange: generated points, with the direction in which D pushes them. Lines: the noise "
            "grid as bent by G. Shades: blue where D finds points real, orange where it finds them made.",
            "plane/",
            draw_plane,
            missing="",
            width=560,
        ),
    },
    inspection=Inspection(
        "stages",
        lambda config, data: fixed_noise(config, data.spec),
        depends=("seed", "noise", "loss", "label_smoothing"),
        chain=fight,
        reading=_reading,
        boundary=lambda config: config.objective.scores.boundary,
        noise=Noise(
            lambda config, spec, seed, label: draw_noise(config, config.num_classes(spec), 1, seed, label)[0],
            lambda config, spec: config.num_classes(spec),
        ),
    ),
    results=(
        Result(
            "diversity_last",
            "Diversity",
            lambda share: f"diversity {share:.2f}",
            lambda apart: signed(apart, ".2f"),
            "Samples and their quality appear here after training.",
            ("d_fake", "How real D rates generated examples"),
            page="pages._ui.gan.results:results",
        ),
    ),
    charts=(
        Chart("Loss", "of each network", ("d_loss", "g_loss"), ("discriminator", "generator")),
        Chart(
            "What D says",
            "how real, 0 to 1",
            ("d_real", "d_fake"),
            ("about real", "about generated"),
            takes=lambda config, spec: config.objective.scores.share is not None,
        ),
        Chart(
            "What D scores",
            "score, above 0 means real",
            ("d_real", "d_fake"),
            ("about real", "about generated"),
            takes=lambda config, spec: config.objective.scores == MARGIN,
        ),
        Chart(
            "What the critic says",
            "score, only the gap counts",
            ("d_real", "d_fake"),
            ("about real", "about generated"),
            takes=lambda config, spec: config.objective.scores == CRITIC,
        ),
        Chart("Gradients", "norm", ("d_gradient_norm", "g_gradient_norm"), ("discriminator", "generator")),
        Chart(
            "At each snapshot",
            "share",
            ("val_d_accuracy", "val_diversity"),
            ("D right, test examples", "diversity"),
            digits=".3~f",
        ),
        Chart(
            "Distance from test points",
            "nats, on a grid",
            ("val_kl", "val_js"),
            ("KL divergence", "JS divergence"),
            takes=lambda config, spec: not spec.is_image,
        ),
    ),
    controls=("steps", "g_learning_rate", "d_learning_rate"),
    sections=(
        Section("data", "Data and noise", ("latent", "noise", "conditional"), _data_summary),
        Section("generator", "Generator", ("generator",), lambda config: say_blocks(config.generator)),
        Section(
            "discriminator",
            "Discriminator",
            ("discriminator", "spectral"),
            lambda config: say_blocks(config.discriminator),
        ),
        Section("loss", "Loss", ("loss", "label_smoothing", "instance_noise", "penalty", "r1"), _loss_summary),
        Section(
            "fight",
            "Adversarial training",
            ("d_updates", "g_updates", "turns", "d_optimizer", "g_optimizer", "beta_1", "average"),
            _fight_summary,
        ),
        Section("budget", "Budget", ("batch_size", "time_budget_s", "seed", "precision"), _budget_summary),
    ),
    unused=unused_settings,
    extra={"Explore": "pages._ui.gan.explore:explore", "One step": "pages._ui.gan.one_step:one_step"},
    makes_examples=True,
)
