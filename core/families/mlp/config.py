"""Settings of the multilayer perceptron, and the layers that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.config import blocks, choice, several
from core.datasets.features import Image, Vector
from core.datasets.spec import DataSpec
from core.families.supervised.config import SupervisedConfig
from core.families.supervised.config import unused_settings as unused_of_supervised
from core.families.supervised.network import head, scaling
from core.layers import LayerSpec, NetworkSpec, derived, trace
from core.layers.blocks import BatchNorm, Dense, Dropout, LayerBlock, LayerNorm, to_specs, with_kernels
from core.schedule.losses import DEFAULT_OF_NUMBER, NUMBER_LOSSES

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

    inputs: str = several(
        ",".join(derived.RAW),
        derived.TITLES,
        label="Inputs",
        help="What the network is given of a point. Its coordinates: it must learn all else. Squares, their product "
        "and sines: a single layer can then draw circles and waves. Too few: it cannot tell the classes apart.",
    )
    number_loss: str = choice(
        DEFAULT_OF_NUMBER,
        {name: loss.title for name, loss in NUMBER_LOSSES.items()},
        label="Loss of a number",
        help="What training makes small. Squared error: large errors count most. Absolute error: outliers count as "
        "little as others, so it aims at the median. Huber: squared up to one standard deviation, then absolute.",
    )

    precision: str = choice(
        "float32",
        {"float32": "float32", "auto": "Auto", "bfloat16": "bfloat16"},
        label="Precision",
        help="Floating-point format. float32: exact, and for small networks the fastest. Auto: what this processor is "
        "made for. bfloat16: coarser, faster for wide layers on some processors.",
    )

    def loss_on(self, spec: DataSpec) -> str:
        """Return the id of the loss that counts on this data."""
        return self.loss if spec.classes else self.number_loss

    def validate(self, spec: DataSpec) -> None:
        """Check the network and the settings against the data.

        Raises:
            ConfigError: The network is impossible on this data, or settings contradict each other.
        """
        trace(build_layers(self, spec), spec.input_shape)
        super().validate(spec)
        if spec.classes and self.number_loss != DEFAULT_OF_NUMBER:
            raise self._not_for("number_loss", "numbers", "this data has classes as its target")
        if self.inputs != self._usual("inputs") and not _has_points(spec):
            raise self._not_for("inputs", "points of the plane", f"this data is {spec.kind}")


def _has_points(spec: DataSpec) -> bool:
    return isinstance(spec.features, Vector) and spec.features.is_point


def build_layers(config: MlpConfig, spec: DataSpec) -> list[LayerSpec]:
    """Return the network's layers: scaling, inputs made of points, flat images, the config's layers, the output."""
    before = scaling(spec.features)
    if _has_points(spec):
        before += derived.derived_layers(config.inputs.split(","))
    if isinstance(spec.features, Image):
        before.append(LayerSpec("Flatten", {}, "flatten"))
    last = before[-1].name if before else ""
    specs = [*before, *to_specs(config.layers, last, spec.input_shape[-1]), *head(spec.target)]
    return with_kernels(specs, config.initializer, config.l1, config.l2)


def build_networks(config: MlpConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Return the description of the single network."""
    specs = tuple(build_layers(config, spec))
    return [NetworkSpec("network", specs, spec.input_shape, spec.dtype, takes=spec.features.noun)]


def unused_settings(config: MlpConfig, spec: DataSpec) -> frozenset[str]:
    """Return the names of settings without effect under the other settings or on this data."""
    idle = {  # what is not the default is shown, so that users can reset it
        "number_loss": bool(spec.classes) and config.number_loss == DEFAULT_OF_NUMBER,
        "inputs": not _has_points(spec) and config.inputs == config._usual("inputs"),
    }
    return unused_of_supervised(config, spec) | frozenset(name for name, is_idle in idle.items() if is_idle)
