"""Settings of the multilayer perceptron, and the layers that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.config import blocks
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.families.supervised.config import SupervisedConfig
from core.families.supervised.network import head, scaling
from core.layers import LayerSpec, NetworkSpec, trace
from core.layers.blocks import BatchNorm, Dense, Dropout, LayerBlock, LayerNorm, to_specs, with_kernels

MLP_BLOCKS: tuple[type[LayerBlock], ...] = (Dense, Dropout, BatchNorm, LayerNorm)


@dataclass(frozen=True, kw_only=True)
class MlpConfig(SupervisedConfig):
    """Settings of one MLP run."""

    schema: ClassVar[int] = 1

    layers: tuple[LayerBlock, ...] = blocks(
        (Dense(units=16), Dense(units=16)),
        MLP_BLOCKS,
        most=40,
        label="Layers",
        help="The layers between the input and the prediction. None: a linear model. Too many: slow, overfits.",
    )

    def validate(self, spec: DataSpec) -> None:
        """Check the network and the settings against the data.

        Raises:
            ConfigError: The network is impossible on this data, or settings contradict each other.
        """
        trace(build_layers(self, spec), spec.input_shape)
        super().validate(spec)


def build_layers(config: MlpConfig, spec: DataSpec) -> list[LayerSpec]:
    """Return the network's layers: scaling, flattening of images, the config's layers, the output."""
    before = scaling(spec.features)
    if isinstance(spec.features, Image):
        before.append(LayerSpec("Flatten", {}, "flatten"))
    last = before[-1].name if before else ""
    specs = [*before, *to_specs(config.layers, last, spec.input_shape[-1]), *head(spec.target)]
    return with_kernels(specs, config.initializer, config.l1, config.l2)


def build_networks(config: MlpConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Return the description of the single network."""
    specs = tuple(build_layers(config, spec))
    return [NetworkSpec("network", specs, spec.input_shape, spec.dtype, takes=spec.features.noun)]
