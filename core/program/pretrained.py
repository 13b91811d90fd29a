"""The part of a printed program that reads weights which others have trained."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from core.layers import LayerSpec
from core.pretrained.weights import SOURCES, sources_of


def imports_for(specs: Sequence[LayerSpec]) -> list[str]:
    """Return the lines that import what `print_weights` needs."""
    return list(dict.fromkeys(line for source in sources_of(specs) for line in source.imports))


def print_weights(specs: Sequence[LayerSpec]) -> str:
    """Return what reads pretrained weights and gives them to `model`; empty if it has none.

    Our own readers are printed as they are here, so that both cannot differ.
    """
    blocks = dict.fromkeys((spec.block, spec.weights) for spec in specs if spec.weights)
    functions = dict.fromkeys(function for source in sources_of(specs) for function in source.functions)
    calls = "\n".join(_TAKE.format(load=SOURCES[source].load, block=block) for block, source in blocks)
    return "\n\n\n".join(filter(None, [*(inspect.getsource(function).rstrip() for function in functions), calls]))


_TAKE = """\
{load}
for layer in model.layers:
    name = layer.name.removeprefix("{block}_")
    if name in weights:
        layer.set_weights(weights[name])"""
