"""A network that others have trained, as a block: its layers, and which of them are trained further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from core.config import choice
from core.layers.architectures import ARCHITECTURES, Architecture, Normed
from core.layers.layer_block import LayerBlock
from core.layers.spec import LayerSpec

PARTS = {
    "stem": "all layers",
    **{
        f"stage_{number}": f"from stage {number} on"
        for number in range(1, max(len(network.stages) for network in ARCHITECTURES.values()) + 1)
    },
    "head": "the last convolution",
}
COLOURS = 3
BEND = {"activation": "relu6"}


@dataclass(frozen=True)
class Pretrained(LayerBlock):
    """A network that has learned to tell photos apart, without its answer; written `pretrained:network:trained`.

    It takes colours of 0 to 1, and gives maps of a 32nd of their size with 1,280 channels. Grey becomes three equal
    colours; of any other number of channels a 1x1 convolution makes three.
    """

    kind: ClassVar[str] = "pretrained"
    title: ClassVar[str] = "Pretrained network"
    network: str = choice(
        "lite0",
        {name: network.title for name, network in ARCHITECTURES.items()},
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
    def architecture(self) -> Architecture:
        """Its sizes and names."""
        return ARCHITECTURES[self.network]

    @property
    def summary(self) -> str:
        """What is set, in a few words."""
        trained = "frozen" if self.trained == "none" else f"trained: {PARTS[self.trained]}"
        return f"{self.architecture.title}, {trained}"

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Describe its layers; those with weights are named as in `ARCHITECTURES`, after the block's name."""
        its = self.architecture
        layers = [
            *_colours(before, channels),
            LayerSpec("Rescaling", {"scale": its.scale, "offset": its.offset}, "rescale"),
            *self._normed(its.stem, "stem", filters=its.stem_channels, kernel_size=3, strides=2),
            _bend("stem"),
            *self._blocks(name),
            *self._normed(its.head, "head", filters=its.head_channels, kernel_size=1),
        ]
        named = [replace(spec, name=f"{name}_{spec.name}", block=name) for spec in layers]
        return [*named, LayerSpec("Activation", BEND, name, block=name)]

    def channels(self, before: int) -> int:
        """Return those of its last maps."""
        return self.architecture.head_channels

    def _blocks(self, name: str) -> Iterator[LayerSpec]:
        """Describe all inverted bottlenecks: widen, look at each channel, narrow; a way around where shapes agree.

        Source: Sandler et al., MobileNetV2, 2018, table 1.
        """
        its, before = self.architecture, "stem_bend"
        given, names = its.stem_channels, iter(its.blocks)
        for number, stage in enumerate(its.stages, 1):
            for stride in (stage.stride, *[1] * (stage.count - 1)):
                at, part = next(names), f"stage_{number}"
                widen, look, narrow = (_within(at, each) for each in (its.widen, its.look, its.narrow))
                if stage.widening > 1:
                    yield from self._normed(widen, part, filters=stage.widening * given, kernel_size=1)
                    yield _bend(f"{at}_wide")
                yield from self._normed(look, part, kernel_size=stage.kernel_size, strides=stride)
                yield _bend(f"{at}_seen")
                yield from self._normed(narrow, part, filters=stage.channels, kernel_size=1)
                end = narrow[1]
                if stride == 1 and given == stage.channels:
                    yield LayerSpec("Add", {}, f"{at}_sum", (f"{name}_{end}", f"{name}_{before}"))
                    end = f"{at}_sum"
                before, given = end, stage.channels

    def _normed(self, names: Normed, part: str, **kwargs: Any) -> list[LayerSpec]:
        """Describe a convolution and its normalisation.

        `same` pads as the ZeroPadding2D does that keras.applications puts before a stride of two.
        """
        parts, (conv, norm) = list(PARTS), names
        is_frozen = self.trained == "none" or parts.index(part) < parts.index(self.trained)
        frozen = {"trainable": False} if is_frozen else {}
        convolution = {**kwargs, "padding": "same", "use_bias": False, **frozen}
        normalisation = {**self.architecture.normalisation, **frozen}
        keras_class = "Conv2D" if "filters" in kwargs else "DepthwiseConv2D"
        return [
            LayerSpec(keras_class, convolution, conv, weights=self.network),
            LayerSpec("BatchNormalization", normalisation, norm, weights=self.network),
        ]


def _within(block: str, names: Normed) -> Normed:
    return f"{block}_{names[0]}", f"{block}_{names[1]}"


def _bend(at: str) -> LayerSpec:
    return LayerSpec("Activation", BEND, f"{at}_bend")


def _colours(before: str, channels: int) -> list[LayerSpec]:
    if channels == COLOURS:
        return []
    if channels == 1:
        return [LayerSpec("Concatenate", {}, "colours", (before,) * COLOURS)]
    return [LayerSpec("Conv2D", {"filters": COLOURS, "kernel_size": 1}, "colours")]
