"""Layers of sequence networks as list entries: recurrent ones, convolution along time, pooling over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from core.config import bounded, choice
from core.layers.attention.blocks import Decoder, FeedForward, SelfAttention
from core.layers.attention.positions import Positions
from core.layers.blocks import ACTIVATIONS, Dense, Dropout, LayerNorm
from core.layers.kinds import KINDS
from core.layers.layer_block import LayerBlock
from core.layers.spec import LayerSpec

STARTS = {"orthogonal": "Orthogonal", "glorot_uniform": "Glorot uniform", "identity": "Identity"}
DIRECTIONS = {"forward": "Forward", "both": "Both ways"}
RECURRENT = ("SimpleRNN", "GRU", "LSTM")

_UNITS: dict[str, Any] = {
    "label": "Units",
    "help": "Numbers that it remembers. Few: forgets what matters. Many: slow, overfits.",
    "is_width": True,
}
_DIRECTION: dict[str, Any] = {
    "label": "Direction",
    "help": "Forward: reads from first to last. Both ways: a second layer reads backwards, which costs twice as much.",
}
_START: dict[str, Any] = {
    "label": "Recurrent start",
    "help": "Initial weights from a state to the next. Orthogonal: keeps its length. Glorot: it fades or grows.",
}
_FORGET: dict[str, Any] = {
    "label": "Recurrent dropout",
    "help": "Share of the remembered numbers hidden in training. 0: none, fast. High: it learns slowly.",
}


@dataclass(frozen=True)
class _Recurrent(LayerBlock):
    """What all recurrent blocks share."""

    keras_class: ClassVar[str]
    units: int = bounded(64, 1, 512, **_UNITS)
    direction: str = choice("forward", DIRECTIONS, **_DIRECTION)
    start: str = choice("orthogonal", STARTS, **_START)
    dropout: float = bounded(0.0, 0.0, 0.9, step=0.05, **_FORGET)

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        both = ", both ways" if self.direction == "both" else ""
        return f"{self.units}{both}" + (f", dropout {self.dropout:g}" if self.dropout else "")

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer; its family adds whether it returns every step."""
        kwargs: dict[str, Any] = {"units": self.units, **self.more()}
        if self.start != "orthogonal":
            kwargs["recurrent_initializer"] = self.start
        if self.dropout:
            kwargs["recurrent_dropout"] = self.dropout
        return LayerSpec(self.keras_class, kwargs, name, wrapper="Bidirectional" if self.direction == "both" else "")

    def more(self) -> dict[str, Any]:
        """Return further arguments of the Keras layer, those that differ from Keras' defaults."""
        return {}

    def channels(self, before: int) -> int:
        """Return how many channels it gives."""
        return self.units * (2 if self.direction == "both" else 1)


@dataclass(frozen=True)
class Rnn(_Recurrent):
    """A simple recurrent layer; written `rnn:units:direction:start:dropout:activation`."""

    kind: ClassVar[str] = "rnn"
    title: ClassVar[str] = "Simple RNN"
    keras_class: ClassVar[str] = "SimpleRNN"
    activation: str = choice(
        "tanh",
        ("tanh", "relu"),
        label="Activation",
        help="Applied at every step. tanh: bounded, forgets. relu: remembers longer if it starts with identity.",
    )

    def more(self) -> dict[str, Any]:
        """Return the activation unless it is tanh."""
        return {} if self.activation == "tanh" else {"activation": self.activation}


@dataclass(frozen=True)
class Gru(_Recurrent):
    """A gated recurrent unit; written `gru:units:direction:start:dropout`."""

    kind: ClassVar[str] = "gru"
    title: ClassVar[str] = "GRU"
    keras_class: ClassVar[str] = "GRU"


@dataclass(frozen=True)
class Lstm(_Recurrent):
    """A long short-term memory; written `lstm:units:direction:start:dropout:forget_bias`."""

    kind: ClassVar[str] = "lstm"
    title: ClassVar[str] = "LSTM"
    keras_class: ClassVar[str] = "LSTM"
    forget_bias: str = choice(
        "on",
        {"on": "On", "off": "Off"},
        label="Forget bias",
        help="On: forget gates start nearly open, so that it remembers from the first step. Off: it starts forgetful.",
    )

    def more(self) -> dict[str, Any]:
        """Return the bias unless it is on."""
        return {} if self.forget_bias == "on" else {"unit_forget_bias": False}


@dataclass(frozen=True)
class TimeConv(LayerBlock):
    """A convolution along time; written `time_conv:filters:kernel_size:activation:stride:dilation:direction`.

    Forward, it sees a step and those before it, never those after it.
    """

    kind: ClassVar[str] = "time_conv"
    title: ClassVar[str] = "Convolution along time"
    filters: int = bounded(
        32, 1, 256, label="Filters", help="Number of patterns to detect. Few: misses some. Many: slow.", is_width=True
    )
    kernel_size: int = bounded(
        5,
        1,
        31,
        unit="steps",
        label="Kernel size",
        help="Length of each pattern. Short: details. Long: slow.",
    )
    activation: str = choice(
        "relu",
        ACTIVATIONS,
        label="Activation",
        help="Applied to the weighted sum. linear: layers collapse into one. tanh, sigmoid: deep ones learn slowly.",
    )
    stride: int = bounded(
        1,
        1,
        4,
        unit="steps",
        label="Stride",
        help="Distance between positions. 1: every step. Larger: faster.",
    )
    dilation: int = bounded(
        1,
        1,
        16,
        unit="steps",
        label="Dilation",
        help="Spacing of the steps under the kernel. Large: looks far back.",
    )
    direction: str = choice(
        "forward",
        DIRECTIONS,
        label="Direction",
        help="Forward: sees a step and those before it. Both ways: also those after it, which writing must not see.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        stride = f", stride {self.stride}" if self.stride > 1 else ""
        both = ", both ways" if self.direction == "both" else ""
        dilation = f", dilation {self.dilation}" if self.dilation > 1 else ""
        return f"{self.filters} × {self.kernel_size}, {ACTIVATIONS[self.activation]}{stride}{dilation}{both}"

    def channels(self, before: int) -> int:
        """Return how many channels it gives."""
        return self.filters

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        steps = {"strides": self.stride, "dilation_rate": self.dilation}
        kwargs = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "padding": "same" if self.direction == "both" else "causal",
            "activation": self.activation,
            **{word: value for word, value in steps.items() if value > 1},
        }
        return LayerSpec("Conv1D", kwargs, name)


@dataclass(frozen=True)
class TimePool(LayerBlock):
    """Keeps one value of every few steps; written `time_pool:method:size`."""

    kind: ClassVar[str] = "time_pool"
    title: ClassVar[str] = "Pooling along time"
    method: str = choice(
        "max", ("max", "average"), label="Pooling", help="Value kept from each window: its maximum or its mean."
    )
    size: int = bounded(
        2, 2, 16, unit="steps", label="Size", help="Steps of a window. Small: saves little. Large: loses detail."
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.method} {self.size}"

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec(f"{self.method.title()}Pooling1D", {"pool_size": self.size}, name)


@dataclass(frozen=True)
class OverTime(LayerBlock):
    """Reduces all steps to one; written `over_time:method`."""

    kind: ClassVar[str] = "over_time"
    title: ClassVar[str] = "Pooling over all time"
    method: str = choice(
        "average",
        ("average", "max"),
        label="Pooling",
        help="Kept of all steps. average: their mean. max: the largest.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return self.method

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec(f"Global{self.method.title()}Pooling1D", {}, name)


SEQUENCE_BLOCKS: tuple[type[LayerBlock], ...] = (
    Lstm,
    Gru,
    Rnn,
    Positions,
    SelfAttention,
    FeedForward,
    Decoder,
    TimeConv,
    TimePool,
    OverTime,
    Dense,
    Dropout,
    LayerNorm,
)


def returning(specs: Sequence[LayerSpec], *, every_step: bool) -> list[LayerSpec]:
    """Return the layers with those recurrent ones returning every step whose steps are read.

    They are read if a layer after them takes sequences, or if the answer has `every_step`.
    """
    found, is_read = list[LayerSpec](), every_step
    for spec in reversed(specs):
        if spec.keras_class in RECURRENT and is_read:
            spec = replace(spec, kwargs={**spec.kwargs, "return_sequences": True})
        is_read = is_read or KINDS[spec.keras_class].rank == 2
        found.append(spec)
    return found[::-1]
