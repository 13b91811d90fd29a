"""Which units of a chain are written out, and the numbers of those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.explain.backprop.chain import Chain, Passed
from core.explain.backprop.nudge import SIZE, nudged
from core.explain.backprop.parts import Linear, Part

SMALL = 2000  # weights of a network of which all is shown
MOST_UNITS = 32  # of a layer, even there
FEW = 8  # units of a layer of larger ones
ANSWERS = 12  # units of their last layer

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Column:
    """The units of a dense layer, or the inputs of the network.

    Args:
        place: The part of the chain with their sums; -1 for the inputs.
        first: Where their numbers begin in the `values` of a way through the chain.
        last: Where they are what the next dense layer takes.
        units: Which units are shown, ascending.
        total: How many there are.
    """

    place: int
    first: int
    last: int
    units: np.ndarray
    total: int


def columns_of(
    chain: Chain, passed: Passed, chosen: Mapping[int, Sequence[int]], right: int | None = None
) -> list[Column]:
    """Return the inputs and the dense layers, with the units of each that are shown.

    Args:
        chain: The chain.
        passed: A way through it; units count by what the first example's loss owes them.
        chosen: By column the units that somebody wants to see.
        right: The first example's class, which is always shown.
    """
    places = [k for k, part in enumerate(chain.parts) if isinstance(part, Linear)]
    starts = [-1, *places]
    ends = [*places, len(chain.parts)]
    is_small = chain.weights.size <= SMALL
    columns = []
    for number, (place, last) in enumerate(zip(starts, ends, strict=True)):
        back, is_end = passed.back[last][0], last == ends[-1]
        owed = back if is_end else passed.values[last][0] * back
        most = MOST_UNITS if is_small else ANSWERS if is_end else FEW
        units = _units(owed, passed.values[last][0], chosen.get(number, ()), most)
        if is_end and right is not None:
            units = np.union1d(units, [right])
        columns.append(Column(place, place + 1, last, units, back.size))
    return columns


def _units(owed: np.ndarray, values: np.ndarray, chosen: Sequence[int], most: int) -> np.ndarray:
    asked = [unit for unit in chosen if 0 <= unit < owed.size]
    if asked:
        return np.unique(asked)[:MOST_UNITS]
    if owed.size <= most:
        return np.arange(owed.size)
    return np.sort(np.lexsort((-np.abs(values), -np.abs(owed)))[:FEW])


def column_numbers(chain: Chain, passed: Passed, column: Column) -> Arrays:
    """Return what the shown units of a column hold.

    Returns:
        `values` and `back` (stages, n, units): the sum, and what each part after it makes of it, and the gradient with
        respect to each; `slopes` (stages - 1, n, units), what a part multiplies a gradient by, NaN if it mixes units.
    """
    stages, units = range(column.first, column.last + 1), column.units
    slopes = [chain.parts[k].slope(passed.values[k]) for k in range(column.first, column.last)]
    count = len(passed.losses)
    unknown = np.full((count, len(units)), np.nan)
    return {
        "values": np.stack([passed.values[k][:, units] for k in stages]),
        "back": np.stack([passed.back[k][:, units] for k in stages]),
        "slopes": np.array([unknown if one is None else one[:, units] for one in slopes]).reshape(-1, *unknown.shape),
    }


def edge_numbers(chain: Chain, passed: Passed, before: Column, column: Column) -> Arrays:
    """Return what the shown units of a column get from those of the column before, and bring back to them.

    Returns:
        `rest` (n, units): the part of each sum that comes from inputs that are not shown; `rest_back` (n, inputs): the
        part of each gradient that comes from units that are not shown.
    """
    kernel = chain.parts[column.place].weights["kernel"]
    units, inputs = column.units, before.units
    x, delta = passed.values[column.place], passed.back[column.first]
    rest = np.delete(x, inputs, 1) @ np.delete(kernel, inputs, 0)[:, units]
    rest_back = np.delete(delta, units, 1) @ np.delete(kernel, units, 1)[inputs].T
    return {"rest": rest, "rest_back": rest_back}


def picked(chain: Chain, values: np.ndarray, before: Column, column: Column) -> np.ndarray:
    """Return of numbers (weights,) those of the shown edges, the biases as last row: (inputs + 1, units)."""
    part: Part = chain.parts[column.place]
    kernel = values[chain.places[column.place, "kernel"]].reshape(part.weights["kernel"].shape)
    edges = kernel[np.ix_(before.units, column.units)]
    if "bias" not in part.weights:
        return np.concatenate([edges, np.full((1, len(column.units)), np.nan)])
    return np.concatenate([edges, values[chain.places[column.place, "bias"]][None, column.units]])


def nudges(chain: Chain, passed: Passed, wanted: np.ndarray, before: Column, column: Column) -> np.ndarray:
    """Return by how much a nudge of each shown weight, up and down, changes the loss: (2, inputs + 1, units)."""
    rows, units = np.meshgrid([*before.units, -1], column.units, indexing="ij")
    found = nudged(chain, passed, wanted, column.place, rows.ravel(), units.ravel()).reshape(2, *rows.shape)
    w = picked(chain, chain.weights, before, column)[:-1]
    penalty = chain.penalty_of(column.place)
    for way, sign in enumerate((1, -1)):
        found[way, :-1] += penalty.of(w + sign * SIZE) - penalty.of(w)
    return found
