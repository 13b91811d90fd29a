"""Which networks are chains of dense layers, small enough in kind to be written out number by number."""

from __future__ import annotations

from dataclasses import replace

from core.datasets.targets import Classes, Number, Target
from core.layers.activations import ACTIVATIONS
from core.layers.derived import split_derived
from core.layers.spec import LayerSpec, NetworkSpec

SOFTMAX = "softmax"
CONSTANT = ("Rescaling", "Normalization")
NORMS = ("BatchNormalization", "LayerNormalization")
BENT = ("Dense", "Activation")


def is_chain(network: NetworkSpec, target: Target) -> bool:
    """Return whether a network is a chain of dense layers that answers with probabilities or with one number.

    Inputs made of a point may stand before them; scaling, flattening, dropout, normalisation and activations between.
    """
    network = replace(network, specs=tuple(split_derived(network.specs)[1]))
    specs = [spec for spec in network.specs if spec.keras_class not in ("Dropout", "Flatten")]
    dense = [place for place, spec in enumerate(specs) if spec.keras_class == "Dense"]
    if not dense or not _is_line(network.specs) or not _is_flat(network):
        return False
    before, after = specs[: dense[-1] + 1], specs[dense[-1] + 1 :]
    if not all(_is_known(spec) for spec in before[:-1]):
        return False
    ends = [_bend(spec) for spec in specs[dense[-1] :] if spec.keras_class in BENT]
    if isinstance(target, Classes):
        is_answer = [end for end in ends if end != "linear"] == [SOFTMAX]
        return is_answer and all(spec.keras_class == "Activation" for spec in after)
    is_one = before[-1].kwargs.get("units") == 1 and all(spec.keras_class in CONSTANT for spec in after)
    return isinstance(target, Number) and is_one and ends == ["linear"]


def _bend(spec: LayerSpec) -> str:
    return str(spec.kwargs.get("activation") or "linear")


def _is_known(spec: LayerSpec) -> bool:
    if spec.keras_class in BENT:
        return _bend(spec) in ACTIVATIONS
    return spec.keras_class in (*CONSTANT, *NORMS)


def _is_line(specs: tuple[LayerSpec, ...]) -> bool:
    """Return whether each layer reads the one before it."""
    names = ["", *(spec.name for spec in specs)]
    return all(spec.inputs in ((), (before,)) and not spec.wrapper for before, spec in zip(names, specs, strict=False))


def _is_flat(network: NetworkSpec) -> bool:
    """Return whether dense layers and norms see lists of numbers, not maps."""
    kinds = [spec.keras_class for spec in network.specs]
    if len(network.input_shape) == 1:
        return True
    first = next(place for place, kind in enumerate(kinds) if kind in (*BENT, *NORMS))
    return "Flatten" in kinds[:first]
