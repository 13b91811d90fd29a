"""The part of a printed program that reads weights which others have trained."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from core.layers import LayerSpec
from core.pretrained.torch_file import IMPORTS, TensorUnpickler, read_tensors
from core.pretrained.weights import SOURCES, keras_weights


def imports_for(specs: Sequence[LayerSpec]) -> list[str]:
    """Return the lines that import what `print_weights` needs."""
    return list(IMPORTS) if any(spec.weights for spec in specs) else []


def print_weights(specs: Sequence[LayerSpec]) -> str:
    """Return what reads pretrained weights and gives them to `model`; empty if it has none.

    The reader is printed as it is here, so that both cannot differ.
    """
    blocks = dict.fromkeys((spec.block, SOURCES[spec.weights].find) for spec in specs if spec.weights)
    if not blocks:
        return ""
    finders = dict.fromkeys(find for _, find in blocks)
    functions: list[Callable[..., Any]] = [TensorUnpickler, read_tensors, keras_weights, *finders]
    calls = "\n".join(_TAKE.format(find=find.__name__, block=block) for block, find in blocks)
    return "\n\n\n".join([*(inspect.getsource(function).rstrip() for function in functions), calls])


_TAKE = """\
with open({find}(), "rb") as file:
    weights = keras_weights(read_tensors(file.read()))
for layer in model.layers:
    name = layer.name.removeprefix("{block}_")
    if name in weights:
        layer.set_weights(weights[name])"""
