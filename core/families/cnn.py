"""The convolutional network for images: its settings, presets, layers and views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.config import Preset, Reference, blocks
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.families.family import Family, Section, View
from core.families.supervised.config import (
    AT_SAMPLE,
    HELD_BACK,
    NOTHING_HELD_BACK,
    SupervisedConfig,
    build_augmentation,
    unused_settings,
)
from core.families.supervised.network import head, scaling
from core.families.supervised.results import ACCURACY, CHARTS
from core.families.supervised.sections import BROKEN, BUDGET, DATA, OPTIMISER, REGULARISATION
from core.figures.network.tiles import draw_gallery, draw_kernels
from core.layers import LayerSpec, NetworkSpec, trace
from core.layers.blocks import (
    LAYER_BLOCKS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerBlock,
    Pool,
    Residual,
    say_blocks,
    to_specs,
    with_kernels,
)
from core.layers.pretrained import Pretrained
from core.program.writer import supervised_script

ARTICLE_LAYERS = (Conv(filters=32), Pool(), Conv(filters=64), Pool(), Flatten(), Dense(), Dropout())
# Batch normalisation after pooling costs a quarter of what it costs before. Validation accuracy on mnist_5k (800 images
# held back), means of five seeds: after 20,000 images 98.4 % with label smoothing and a rate of 0.02, 98.1 % with
# smoothing and 0.01, 97.6 % without smoothing; with smoothing and 0.02, 98.2 % after 16,000 images, 98.1 % after 12,000
# and 97.4 % after 8,000. Hence 12,000. It holds no images back: with a tenth less to learn from it loses 0.3 points.
FAST_LAYERS = (
    Conv(filters=16, kernel_size=5),
    Pool(),
    BatchNorm(momentum=0.8),
    Conv(filters=48, padding="same"),
    Pool(),
    BatchNorm(momentum=0.8),
    Conv(filters=64),
    BatchNorm(momentum=0.8),
    Flatten(),
    Dropout(rate=0.2),
    Dense(units=64),
)
# LeCun et al., Gradient-based learning applied to document recognition, 1998, figure 2, without its sparse table.
LENET5_LAYERS = (
    Conv(filters=6, kernel_size=5, activation="tanh", padding="same"),
    Pool(method="average"),
    Conv(filters=16, kernel_size=5, activation="tanh"),
    Pool(method="average"),
    Flatten(),
    Dense(units=120, activation="tanh"),
    Dense(units=84, activation="tanh"),
)
# Two blocks of two 3x3 convolutions and a pooling, as in CNN Explainer's Tiny VGG (Wang et al., 2020).
TINY_VGG_LAYERS = (Conv(filters=10), Conv(filters=10), Pool(), Conv(filters=10), Conv(filters=10), Pool(), Flatten())
TINY_RESNET_LAYERS = (
    Conv(filters=16, padding="same"),
    Residual(filters=16),
    Residual(filters=32, stride=2),
    Residual(filters=64, stride=2),
    GlobalPool(),
)
NO_CONVOLUTION_LAYERS = (Flatten(), Dense(units=128), Dense(units=64))
FEW_IMAGES = 1_000  # training images; three epochs of them are 48 updates of 64
# Measured by cross-validation in five parts on 30 training photos a class of CIFAR-10, three classes at a time, three
# sets: 88.0 % at 128 pixels and 88.5 % at 160. Half or twice the epochs, rates of 0.003 to 0.01, more dropout, L2 and
# standardised features are within chance of that (85 to 88 %); label smoothing of 0.1 gives 82 %.
PHOTO_LAYERS = (Pretrained(), GlobalPool(), Dropout(rate=0.2))
PHOTO_SIDE = 64  # pixels from which on a pretrained network sees enough


@dataclass(frozen=True, kw_only=True)
class CnnConfig(SupervisedConfig):
    """Settings of one CNN run."""

    schema: ClassVar[int] = 1

    layers: tuple[LayerBlock, ...] = blocks(
        ARTICLE_LAYERS,
        LAYER_BLOCKS,
        most=40,
        label="Layers",
        help="The layers between the image and the prediction. Too few: underfits. Too many: slow, overfits.",
    )

    def validate(self, spec: DataSpec) -> None:
        """Check the network and the settings against the data.

        Raises:
            ConfigError: The network is impossible on these images, or settings contradict each other.
        """
        trace(build_layers(self, spec), spec.input_shape)
        super().validate(spec)


def build_layers(config: CnnConfig, spec: DataSpec) -> list[LayerSpec]:
    """Return the network's layers: rescaling, the config's layers, one logit a class, softmax."""
    specs = [
        *scaling(spec.features),
        *to_specs(config.layers, "rescale", spec.input_shape[-1]),
        *head(spec.target),
    ]
    return with_kernels(specs, config.initializer, config.l1, config.l2)


def build_networks(config: CnnConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Return the description of the single network."""
    return [NetworkSpec("network", tuple(build_layers(config, spec)), spec.input_shape)]


def _is_photo(spec: DataSpec) -> bool:
    return isinstance(spec.features, Image) and min(spec.features.height, spec.features.width) >= PHOTO_SIDE


PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "fast",
            "Fast digits",
            "A small network with a one-cycle learning rate: good accuracy within seconds.",
            CnnConfig(
                learning_rate=2e-2,
                epochs=3,
                layers=FAST_LAYERS,
                schedule="one_cycle",
                warmup=0.3,
                label_smoothing=0.1,
                max_images=12_000,
            ),
        ),
        Preset(
            "article",
            "Article CNN",
            "The classic recipe: two convolutions, a dense layer, dropout, Adam, five epochs.",
            CnnConfig(),
            Reference("mnist", 0.98),  # reported by the article after five epochs
        ),
        Preset(
            "photos",
            "Photos",
            "It already knows 1.3 million photos and learns only the answer: 30 pictures of each class are enough.",
            CnnConfig(
                learning_rate=5e-3, epochs=20, batch_size=16, layers=PHOTO_LAYERS, schedule="one_cycle", warmup=0.3
            ),
            suits=_is_photo,
        ),
        Preset(
            "few_images",
            "A few images",
            "For dozens to hundreds of your own images: the network sees each up to a hundred times, slightly changed.",
            CnnConfig(
                learning_rate=5e-3,
                epochs=100,
                batch_size=16,
                layers=FAST_LAYERS,
                schedule="one_cycle",
                warmup=0.3,
                label_smoothing=0.1,
                max_images=12_000,
                augment_shift=0.1,
                augment_rotation=10.0,
                augment_zoom=0.1,
            ),
            suits=lambda spec: spec.train_size < FEW_IMAGES,
        ),
        Preset(
            "lenet5",
            "LeNet-5",
            "The 1998 network that read bank cheques: small, with tanh and average pooling.",
            CnnConfig(layers=LENET5_LAYERS, epochs=10),
        ),
        Preset(
            "tiny_vgg",
            "Tiny VGG",
            "Pairs of 3×3 convolutions before each pooling: two of them cover the same area as one 5×5 kernel.",
            CnnConfig(layers=TINY_VGG_LAYERS, epochs=10, validation_fraction=HELD_BACK),
            before=NOTHING_HELD_BACK,
        ),
        Preset(
            "tiny_resnet",
            "Small ResNet",
            "Blocks with skip connections, which carry gradients to the first layers of a deep network.",
            CnnConfig(
                layers=TINY_RESNET_LAYERS,
                epochs=5,
                learning_rate=2e-3,
                schedule="cosine",
                warmup=0.1,
                validation_fraction=HELD_BACK,
            ),
            before=NOTHING_HELD_BACK,
        ),
        Preset(
            "no_convolution",
            "No convolution",
            "Dense layers only: every pixel on its own. Compare it with a CNN, and shift the digits a little.",
            CnnConfig(layers=NO_CONVOLUTION_LAYERS, epochs=10, validation_fraction=HELD_BACK),
            before=NOTHING_HELD_BACK,
        ),
        Preset(
            "bad_rate",
            "Break it: rate too high",
            "The article's network, SGD and a learning rate of 10: the loss jumps and the network learns nothing.",
            CnnConfig(optimizer="sgd", learning_rate=10.0),
            shows_fault=True,
        ),
        Preset(
            "bad_zeros",
            "Break it: all weights zero",
            "Every weight starts at zero, so all units get the same gradient and stay the same.",
            CnnConfig(initializer="zeros"),
            shows_fault=True,
        ),
    )
}

FAMILY = Family(
    id="cnn",
    title="CNN",
    sentence="A convolutional network slides small filters over an image and learns which patterns tell classes apart.",
    icon=":material/grid_on:",
    invitation="**Build your own network**, layer by layer, on digits, fashion or photos.",
    presets=PRESETS,
    default_preset="fast",
    takes=lambda spec: spec.is_image and bool(spec.classes),
    networks=build_networks,
    augmentation=build_augmentation,
    trainee="core.training.supervised:Supervised",
    script=supervised_script,
    views={
        "gallery": View(
            "Test images",
            "Predictions for a few test images. Bars: the probability of each class, in the order of the classes; blue "
            "is the true class. These images are only shown: they do not influence training or the choice of weights.",
            "gallery/",
            draw_gallery,
            missing="They appear with the snapshots of a run, the first at step 0.",
            width=84,
        ),
        "kernels": View(
            "First-layer kernels",
            "The patterns that the first convolution detects. They start as noise.",
            "kernels/",
            draw_kernels,
            shows_data=False,
        ),
    },
    inspection=AT_SAMPLE,
    results=(ACCURACY,),
    charts=CHARTS,
    controls=("learning_rate", "epochs"),
    sections=(
        DATA,
        Section("layers", "Layers", ("layers",), lambda config: say_blocks(config.layers)),
        OPTIMISER,
        REGULARISATION,
        BROKEN,
        BUDGET,
    ),
    unused=unused_settings,
)
