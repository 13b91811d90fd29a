"""Which layers of a network read step by step, and which networks read sequences of any length."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.kinds import KINDS
from core.layers.recurrent import RECURRENT
from core.layers.shapes import trace
from core.layers.spec import NetworkSpec

BACKWARD = "/backward"  # after the name of a layer that reads both ways: its part that reads from the last to the first
# What a recurrent layer can be asked for at each step, from what it says to how that comes about.
PARTS: Mapping[str, tuple[str, ...]] = {
    "LSTM": ("hidden", "cell", "forget", "input", "candidate", "output"),
    "GRU": ("hidden", "update", "reset", "candidate"),
    "SimpleRNN": ("hidden",),
}
_ANYWHERE = ("Embedding", "Dense", "Dropout", "LayerNormalization", "Activation", "Rescaling", "Normalization")
_ALONG = ("Conv1D", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "AveragePooling1D", "MaxPooling1D")


def memories(network: NetworkSpec) -> dict[str, str]:
    """Return the Keras class of each recurrent layer by name; of one that reads both ways, both parts."""
    found = {}
    for spec in network.specs:
        if spec.keras_class in RECURRENT:
            found[spec.name] = spec.keras_class
            if spec.wrapper:
                found[spec.name + BACKWARD] = spec.keras_class
    return found


def stepwise(network: NetworkSpec) -> dict[str, tuple[str, ...]]:
    """Return the layers that say something at every step, by name, with what each can be asked for."""
    steps = memories(network)
    found: dict[str, tuple[str, ...]] = {}
    for cost in trace(list(network.specs), network.input_shape)[:-1]:
        name, kind = cost.spec.name, cost.spec.keras_class
        if name in steps:
            found |= {one: PARTS[steps[one]] for one in (name, name + BACKWARD) if one in steps}
        elif len(cost.output_shape) == 2 and not KINDS[kind].passes_on:
            found[name] = PARTS["SimpleRNN"]
    return found


def embeddings(network: NetworkSpec) -> list[str]:
    """Return the layers that say nothing but their weights: at each step a row of them."""
    return [spec.name for spec in network.specs if spec.keras_class == "Embedding"]


def reads_any_length(network: NetworkSpec) -> bool:
    """Return whether a network can be given sequences of another length than those that it has learned from."""
    names = ["", *(spec.name for spec in network.specs)]
    is_line = all(spec.inputs in ((), (before,)) for before, spec in zip(names, network.specs, strict=False))
    return is_line and all(spec.keras_class in (*RECURRENT, *_ANYWHERE, *_ALONG) for spec in network.specs)


def goes_on(network: NetworkSpec) -> bool:
    """Return whether a network writes from a state that is passed on, step by step."""
    is_stepwise = all(spec.keras_class in (*RECURRENT, *_ANYWHERE) and not spec.wrapper for spec in network.specs)
    return is_stepwise and reads_any_length(network) and bool(memories(network))
