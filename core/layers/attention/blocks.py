"""Blocks that attend, as list entries: self-attention, feed-forward, and a decoder with attention to the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.config import bounded, choice
from core.errors import ConfigError
from core.layers.layer_block import LayerBlock
from core.layers.spec import LayerSpec

CONTEXT = "context"  # ends the name of the layer with which a decoder attends
GIVEN = "answer_so_far"  # name of the layer that gives a decoder what was answered before
ASKED = "asked_tokens"  # name of the layer that gives the tokens of a question, zeros before it
MASKS = {"causal": "Causal", "full": "Full"}
MEMORIES = {"GRU": "GRU", "LSTM": "LSTM", "SimpleRNN": "Simple RNN"}
SCORES = {"dot": "Dot product", "additive": "Additive"}


@dataclass(frozen=True)
class SelfAttention(LayerBlock):
    """A block of a transformer in which each step attends to others; written `attention:heads:mask:dropout`.

    Normalised, attended, added to what came in. Source: Vaswani et al., 2017, and Xiong et al., 2020.
    """

    kind: ClassVar[str] = "attention"
    title: ClassVar[str] = "Self-attention"
    heads: int = bounded(
        4,
        1,
        16,
        label="Heads",
        help="Ways of looking at once; they share the numbers. 1: one view. Many: each is coarse.",
    )
    mask: str = choice(
        "causal",
        MASKS,
        label="Mask",
        help="Causal: each step sees those before it, as writing needs. Full: it sees all steps.",
    )
    dropout: float = bounded(
        0.0,
        0.0,
        0.9,
        step=0.05,
        label="Dropout",
        help="Share of the attention hidden in training. 0: none. High: it learns slowly.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        heads = f"{self.heads} heads" if self.heads > 1 else "1 head"
        return f"{heads}, {self.mask}" + (f", dropout {self.dropout:g}" if self.dropout else "")

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Describe the block's layers."""
        _check_before(name, before)
        if channels % self.heads:
            words = f"{name} cannot divide {channels} numbers among {self.heads} heads"
            raise ConfigError(words, field=name, fix="Choose as many heads as divide the numbers of a step.")
        norm, attended = f"{name}_norm", f"{name}_heads"
        kwargs: dict[str, float] = {"num_heads": self.heads, "key_dim": channels // self.heads}
        kwargs |= {"dropout": self.dropout} if self.dropout else {}
        call = {"use_causal_mask": True} if self.mask == "causal" else {}
        return [
            LayerSpec("LayerNormalization", {}, norm, (before,), name),
            LayerSpec("MultiHeadAttention", kwargs, attended, (norm, norm), name, call=call),
            LayerSpec("Add", {}, name, (attended, before)),
        ]


@dataclass(frozen=True)
class FeedForward(LayerBlock):
    """Two dense layers at each step, added to what came in; written `feed_forward:units:dropout`."""

    kind: ClassVar[str] = "feed_forward"
    title: ClassVar[str] = "Feed-forward"
    units: int = bounded(
        256,
        1,
        2048,
        label="Units",
        help="Neurons between, usually four times the numbers of a step. Few: learns little. Many: slow.",
        is_width=True,
    )
    dropout: float = bounded(
        0.0,
        0.0,
        0.9,
        step=0.05,
        label="Dropout",
        help="Share of its output hidden in training. 0: none. High: it learns slowly.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.units}" + (f", dropout {self.dropout:g}" if self.dropout else "")

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Describe the block's layers."""
        _check_before(name, before)
        last = f"{name}_down"
        specs = [
            LayerSpec("LayerNormalization", {}, f"{name}_norm", (before,), name),
            LayerSpec("Dense", {"units": self.units, "activation": "relu"}, f"{name}_up", (), name),
            LayerSpec("Dense", {"units": channels}, last, (), name),
        ]
        if self.dropout:
            last = f"{name}_dropout"
            specs.append(LayerSpec("Dropout", {"rate": self.dropout}, last, (), name))
        return [*specs, LayerSpec("Add", {}, name, (last, before))]


@dataclass(frozen=True)
class Decoder(LayerBlock):
    """Reads the answer so far, attends to what the layers before it read; written `decoder:units:attention:memory`.

    It never attends to what only stands before a short question.
    Source: Vaswani et al., 2017, with one head (dot product); Bahdanau et al., 2015 (additive).
    """

    kind: ClassVar[str] = "decoder"
    title: ClassVar[str] = "Decoder"
    units: int = bounded(
        128, 1, 512, label="Units", help="Numbers that it remembers. Few: loses its place. Many: slow.", is_width=True
    )
    attention: str = choice(
        "dot",
        SCORES,
        label="Attention",
        help="How it scores what was read. Dot product: learns fast. Additive: a small network, slower.",
    )
    memory: str = choice(
        "GRU", MEMORIES, label="Memory", help="What remembers the answer so far. GRU: fast. LSTM: keeps longer."
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.units}, {MEMORIES[self.memory]}, {SCORES[self.attention].lower()}"

    def channels(self, before: int) -> int:
        """Return how many channels it gives."""
        return self.units

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Describe the block's layers."""
        memory, context, both = (f"{name}_{part}" for part in ("memory", CONTEXT, "both"))
        reads = LayerSpec(self.memory, {"units": self.units}, memory, (GIVEN,), name)
        kwargs = {"num_heads": 1, "key_dim": self.units}
        attends = [LayerSpec("MultiHeadAttention", kwargs, context, (memory, before), name, mask=ASKED)]
        if self.attention == "additive":
            query, key = f"{name}_query", f"{name}_key"
            attends = [
                LayerSpec("Dense", {"units": self.units}, query, (memory,), name),
                LayerSpec("Dense", {"units": self.units, "use_bias": False}, key, (before,), name),
                LayerSpec("AdditiveAttention", {}, context, (query, before, key), name, mask=ASKED),
            ]
        return [
            reads,
            *attends,
            LayerSpec("Concatenate", {}, both, (context, memory), name),
            LayerSpec("Dense", {"units": self.units, "activation": "tanh"}, name),
        ]


def _check_before(name: str, before: str) -> None:
    """Check that there is a layer whose output can be added to what comes out.

    Raises:
        ConfigError: There is none.
    """
    if not before:
        words = f"{name} adds to what a layer before it gives, and there is none"
        raise ConfigError(words, field=name, fix="Put a dense layer before it.")
