"""Settings and layers of a sequence network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.config import blocks, bounded, choice
from core.datasets.features import Image, Tokens
from core.datasets.series.long import is_long, long_series
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken, TokenSequence
from core.errors import ConfigError
from core.families.sequence.changes import added_again, since_last
from core.families.supervised.config import SupervisedConfig, build_augmentation, unused_settings
from core.families.supervised.network import head, scaling
from core.layers import LayerSpec, NetworkSpec, Shape, trace, written
from core.layers.attention.blocks import ASKED, GIVEN, Decoder
from core.layers.attention.positions import Positions, placed
from core.layers.blocks import LayerBlock, block_names, to_specs, with_kernels
from core.layers.recurrent import SEQUENCE_BLOCKS, Lstm, OverTime, TimeConv, TimePool, returning
from core.layers.spec import INPUT

EMBEDDING, PADDING, FORECASTS = "embedding", "padding", "forecasts"

__all__ = ["SequenceConfig", "build_augmentation", "build_layers", "build_networks", "unused"]


@dataclass(frozen=True, kw_only=True)
class SequenceConfig(SupervisedConfig):
    """Settings of one run of a sequence network."""

    schema: ClassVar[int] = 1

    embedding: int = bounded(
        32,
        1,
        512,
        label="Embedding",
        help="Numbers that each character becomes, learned. Few: characters look alike. Many: slow, overfits.",
        is_width=True,
    )
    layers: tuple[LayerBlock, ...] = blocks(
        (Lstm(units=64),),
        SEQUENCE_BLOCKS,
        most=20,
        label="Layers",
        help="The layers between the sequence and the prediction. One recurrent layer is often enough. Many: slow.",
    )
    padding: str = choice(
        "read",
        {"read": "Read", "skip": "Skip"},
        label="Padding",
        help="What stands before a short text. Read: layers learn what it means. Skip: they do not see it, so that a "
        "mean over all time is one of its tokens.",
    )
    forecasts: str = choice(
        "value",
        {"value": "The value", "change": "Its change", "growth": "Its growth"},
        label="Forecasts",
        help="What is learned of a series. The value: for one that stays in its range. Its change since the last one: "
        "for one that grows or falls. Its growth, a share of the last one: for one that swings the more the larger it "
        "is.",
    )
    precision: str = choice(
        "float32",
        {"auto": "Auto", "float32": "float32", "bfloat16": "bfloat16"},
        label="Precision",
        help="Floating-point format. bfloat16: coarser, and slower in small recurrent layers. float32: reproducible.",
    )

    def validate(self, spec: DataSpec) -> None:
        """Check the network and the settings against the data.

        Raises:
            ConfigError: The network is impossible on this data, or settings contradict each other.
        """
        self._check_padding(spec)
        self._check_growth(spec)
        costs = trace(build_layers(self, spec), spec.input_shape)
        if isinstance(spec.target, NextToken | TokenSequence):
            self._check_writes([cost.output_shape for cost in costs], spec.target)
        elif len(costs[-1].output_shape) > 1:
            raise ConfigError(
                "the last layer still gives an answer at every step, and one for all is wanted",
                field="layers",
                fix="End with a recurrent layer, or with pooling over all time.",
            )
        super().validate(spec)

    def _check_growth(self, spec: DataSpec) -> None:
        """Check that growth is a share of something."""
        series = long_series(spec) if self.forecasts == "growth" else None
        if series is not None and not series.features.above_zero:
            raise ConfigError(
                "this series has values that are not above 0, so its growth is no share of them",
                field=FORECASTS,
                fix="Forecast the value, or its change.",
            )

    def _check_padding(self, spec: DataSpec) -> None:
        """Check that every layer that sees the steps can leave some out."""
        if not _skips(self, spec):
            return
        for block, name in zip(self.layers, block_names(self.layers), strict=True):
            if isinstance(block, OverTime) and block.method == "average":
                return
            if isinstance(block, TimeConv | TimePool | OverTime | Positions):
                words = f"{name} cannot skip padding"
                raise ConfigError(words, field=name, fix="Set Padding to Read, or take an average over all time.")

    def _check_writes(self, shapes: Sequence[Shape], target: NextToken | TokenSequence) -> None:
        """Check that each step has an answer that nothing after it could tell."""
        names = block_names(self.layers)
        for name, block in list(zip(names, self.layers, strict=True))[_decoder_at(self.layers) + 1 :]:
            if getattr(block, "direction", "forward") == "both":
                words = f"{name} reads both ways, so it would see the character that it is to predict"
                raise ConfigError(words, field=name, fix="Set its direction to Forward.")
            if getattr(block, "mask", "causal") == "full":
                words = f"{name} sees all steps, so it would see the character that it is to predict"
                raise ConfigError(words, field=name, fix="Set its mask to Causal.")
        if shapes[-1][:-1] != target.shape:
            words = f"each of the {target.length} characters needs an answer"
            received = f"the shape {written(shapes[-1])}"
            raise ConfigError(words, field="layers", received=received, fix="Remove pooling, and strides above 1.")


def _writes(spec: DataSpec) -> bool:
    return isinstance(spec.target, NextToken | TokenSequence)


def _skips(config: SequenceConfig, spec: DataSpec) -> bool:
    """Return whether layers leave out what stands before a short text; to write, each token is asked for."""
    return config.padding == "skip" and isinstance(spec.features, Tokens) and not _writes(spec)


def build_layers(config: SequenceConfig, spec: DataSpec) -> list[LayerSpec]:
    """Return the network's layers: what turns examples into numbers at every step, the config's layers, the output.

    Raises:
        ConfigError: A block cannot stand where it does.
    """
    before, after = _reading(config, spec), head(spec.target)
    series = long_series(spec) if config.forecasts != "value" else None
    if series is not None:
        grows = config.forecasts == "growth"
        before, after = since_last(series, grows=grows), added_again(series, after, grows=grows)
    channels = trace(before, spec.input_shape)[-1].output_shape[-1] if before else spec.input_shape[-1]
    specs = [*before, *to_specs(config.layers, before[-1].name if before else "", channels)]
    if isinstance(spec.target, TokenSequence) and _decoder_at(config.layers) < 0:
        specs.append(_cut("answer", spec.input_shape[0] - spec.target.length, 0))
    specs = returning([*specs, *after], every_step=_writes(spec))
    return with_kernels(placed(specs, spec.input_shape), config.initializer, config.l1, config.l2)


def _reading(config: SequenceConfig, spec: DataSpec) -> list[LayerSpec]:
    """Return the layers that read an example: characters by an embedding, an image row by row, numbers scaled."""
    features, decodes = spec.features, _decoder_at(config.layers) >= 0
    if decodes and not isinstance(spec.target, TokenSequence):
        name = block_names(config.layers)[_decoder_at(config.layers)]
        words = f"{name} writes an answer to a text, and this data has none to write"
        raise ConfigError(words, field=name, fix="Remove it, or choose data whose texts have answers.")
    if isinstance(features, Tokens):
        sizes = {"input_dim": len(features.vocabulary), "output_dim": config.embedding}
        sizes |= {"mask_zero": True} if _skips(config, spec) else {}
        embedding = LayerSpec("Embedding", sizes, EMBEDDING)
        return [embedding, *_halves(spec.input_shape[0], spec.target.shape[0])] if decodes else [embedding]
    if isinstance(features, Image):
        rows = (features.height, features.width * features.channels)
        return [*scaling(features), LayerSpec("Reshape", {"target_shape": rows}, "rows")]
    return scaling(features)


def _decoder_at(layers: Sequence[LayerBlock]) -> int:
    """Return the place of the decoder among the layers; -1 if there is none.

    Raises:
        ConfigError: There are two.
    """
    places = [place for place, block in enumerate(layers) if isinstance(block, Decoder)]
    if len(places) > 1:
        name = block_names(layers)[places[1]]
        raise ConfigError("a network has one decoder, and here are two", field=name, fix="Remove one of them.")
    return places[0] if places else -1


def _halves(steps: int, answer: int) -> list[LayerSpec]:
    """Return the layers that part a row into the answer so far and the question, as tokens and as their embeddings."""
    return [
        _cut(GIVEN, steps - answer, 0),
        LayerSpec("Reshape", {"target_shape": (steps, 1)}, "token_column", (INPUT,), "question"),
        LayerSpec("Cropping1D", {"cropping": (0, answer)}, "asked_column", (), "question"),
        LayerSpec("Flatten", {}, ASKED, (), "question"),
        _cut("question", 0, answer),
    ]


def _cut(name: str, first: int, last: int) -> LayerSpec:
    """Return a layer without the first and last steps."""
    return LayerSpec("Cropping1D", {"cropping": (first, last)}, name, (EMBEDDING,) if name != "answer" else ())


def build_networks(config: SequenceConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Return the description of the single network."""
    specs = tuple(build_layers(config, spec))
    return [NetworkSpec("network", specs, spec.input_shape, spec.dtype, takes=spec.features.noun)]


def unused(config: SequenceConfig, spec: DataSpec) -> frozenset[str]:
    """Return the names of settings without effect under the other settings or on this data."""
    found = unused_settings(config, spec) | (frozenset() if is_long(spec) else {FORECASTS})
    if not isinstance(spec.features, Tokens):
        return found | {EMBEDDING, PADDING}
    return found | {PADDING} if isinstance(spec.target, NextToken) else found
