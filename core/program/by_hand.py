"""Print what was done to a run by hand while it trained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from core.steering.dials import DROPOUT
from core.steering.record import ByHand


def print_by_hand(by_hand: ByHand) -> str:
    """Return the tables of changes and of edited weights, by updates done, and the functions that carry them out."""
    parts = []
    if by_hand.changes:
        steps = sorted({one.step for one in by_hand.changes})
        table = {step: {c.name: c.value for c in by_hand.changes if c.step == step} for step in steps}
        parts.append("CHANGES = " + _table(table))
    if any(one.name == DROPOUT for one in by_hand.changes):
        parts.append(_DROP)
    if by_hand.edits:
        steps = sorted({step for step, _ in by_hand.edits})
        edits = {step: [(e.tensor, e.index, e.value) for at, e in by_hand.edits if at == step] for step in steps}
        parts += ["EDITS = " + _table(edits), _EDIT]
    return "\n\n\n".join(parts)


def names_of(by_hand: ByHand) -> Sequence[str]:
    """Return the names of the settings that were changed, each once."""
    return list(dict.fromkeys(one.name for one in by_hand.changes))


def _table(rows: Mapping[int, object]) -> str:
    lines = "".join(f"    {step}: {_written(value)},\n" for step, value in rows.items())
    return "{  # by updates done\n" + lines + "}"


def _written(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {number!r}" for name, number in value.items()) + "}"
    assert isinstance(value, list)
    return "[" + ", ".join(f"({json.dumps(name)}, {place!r}, {number!r})" for name, place, number in value) + "]"


_DROP = """\
def set_dropout(network, rate):
    for layer in network.layers:
        if isinstance(layer, layers.Dropout) and hasattr(layer, "seed_generator"):
            layer.rate = rate"""

_EDIT = """\
def set_weight(network, tensor, place, value):
    variable = next(one for one in network.weights if one.path.endswith(tensor))
    variable.assign(tf.tensor_scatter_nd_update(variable.value, [place], [value]))"""
