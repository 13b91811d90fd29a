"""A network that others have trained, as a block: its layers, and which of them are trained further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from core.config import choice
from core.layers.layer_block import LayerBlock
from core.layers.spec import LayerSpec

NETWORKS = {"lite0": "EfficientNet-Lite0"}
STAGES = (  # how many blocks, and of each kernel size, stride of the first, widening, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280  # channels
PARTS = {
    "stem": "all layers",
    **{f"stage_{number}": f"from stage {number} on" for number in range(1, len(STAGES) + 1)},
    "head": "the last convolution",
}
COLOURS = 3
BEND = {"activation": "relu6"}
# (x - 127) / 128 of a pixel x that has been made x / 255; both numbers are exact in binary.
RESCALE = {"scale": 255 / 128, "offset": -127 / 128}


@dataclass(frozen=True)
class Pretrained(LayerBlock):
    """A network that has learned to tell photos apart, without its answer; written `pretrained:network:trained`.

    It takes colours of 0 to 1, and gives maps of a 32nd of their size with 1,280 channels. Grey becomes three equal
    colours; of any other number of channels a 1x1 convolution makes three.

    Source: Tan and Le, EfficientNet, 2019, table 1; Lite0 has no squeeze and excitation, and ReLU6 for SiLU.
    """

    kind: ClassVar[str] = "pretrained"
    title: ClassVar[str] = "Pretrained network"
    network: str = choice(
        "lite0",
        NETWORKS,
        label="Network",
        help="What was learned from 1.3 million photos: edges, textures, parts of things. It is made for photos.",
    )
    trained: str = choice(
        "none",
        {"none": "Nothing", **{part: title.capitalize() for part, title in reversed(PARTS.items())}},
        label="Trained further",
        help="Nothing: fast, and a few images are enough. More: slower, needs more images and a small learning rate.",
    )

    @property
    def summary(self) -> str:
        """What is set, in a few words."""
        trained = "frozen" if self.trained == "none" else f"trained: {PARTS[self.trained]}"
        return f"{NETWORKS[self.network]}, {trained}"

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Describe its layers; the names of those with weights end as in the file of the weights."""
        layers = [
            *_colours(before, channels),
            LayerSpec("Rescaling", RESCALE, "rescale"),
            *self._normed("conv_stem", "bn0", "stem", filters=STEM, kernel_size=3, strides=2),
            _bend("stem"),
            *self._blocks(name),
            *self._normed("conv_head", "bn1", "head", filters=HEAD, kernel_size=1),
        ]
        named = [replace(spec, name=f"{name}_{spec.name}", block=name) for spec in layers]
        return [*named, LayerSpec("Activation", BEND, name, block=name)]

    def channels(self, before: int) -> int:
        """Return those of its last maps."""
        return HEAD

    def _blocks(self, name: str) -> Iterator[LayerSpec]:
        """Describe all inverted bottlenecks: widen, look at each channel, narrow; a way around where shapes agree.

        Source: Sandler et al., MobileNetV2, 2018, table 1.
        """
        number, before, given = 0, "stem_bend", STEM
        for stage, (count, size, stride, widening, channels) in enumerate(STAGES, 1):
            for step in (stride, *[1] * (count - 1)):
                at, part = f"blocks{number}", f"stage_{stage}"
                if widening > 1:
                    wide = widening * given
                    yield from self._normed(f"{at}_expand_conv", f"{at}_bn0", part, filters=wide, kernel_size=1)
                    yield _bend(f"{at}_wide")
                yield from self._normed(f"{at}_depthwise_conv", f"{at}_bn1", part, kernel_size=size, strides=step)
                yield _bend(f"{at}_seen")
                yield from self._normed(f"{at}_project_conv", f"{at}_bn2", part, filters=channels, kernel_size=1)
                end = f"{at}_bn2"
                if step == 1 and given == channels:
                    yield LayerSpec("Add", {}, f"{at}_sum", (f"{name}_{end}", f"{name}_{before}"))
                    end = f"{at}_sum"
                number, before, given = number + 1, end, channels

    def _normed(self, conv: str, norm: str, part: str, **kwargs: Any) -> list[LayerSpec]:
        """Describe a convolution and its normalisation, whose epsilon and momentum are Keras' own: 1e-3 and 0.99."""
        parts = list(PARTS)
        is_frozen = self.trained == "none" or parts.index(part) < parts.index(self.trained)
        frozen = {"trainable": False} if is_frozen else {}
        keras_class = "Conv2D" if "filters" in kwargs else "DepthwiseConv2D"
        return [
            LayerSpec(
                keras_class, {**kwargs, "padding": "same", "use_bias": False, **frozen}, conv, weights=self.network
            ),
            LayerSpec("BatchNormalization", frozen, norm, weights=self.network),
        ]


def _bend(at: str) -> LayerSpec:
    return LayerSpec("Activation", BEND, f"{at}_bend")


def _colours(before: str, channels: int) -> list[LayerSpec]:
    if channels == COLOURS:
        return []
    if channels == 1:
        return [LayerSpec("Concatenate", {}, "colours", (before,) * COLOURS)]
    return [LayerSpec("Conv2D", {"filters": COLOURS, "kernel_size": 1}, "colours")]
