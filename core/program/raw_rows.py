"""The same network with one input for each column of the file: printed in programs, and saved beside the network.

It is printed as it is here, so that both cannot differ.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from core.datasets.features import Features, Vector
from core.datasets.tables.dates import MISSING

# Name, words, what an empty cell counts as, and the word that stands for all others.
RawColumn = tuple[str, list[str], float | str | None, str]


def raw_columns(features: Features) -> list[RawColumn]:
    """Return the columns for `from_raw_rows`; none if a row of the file is the row that the network takes."""
    if not isinstance(features, Vector) or features.is_point:
        return []
    if not any(column.values or column.fill is not None for column in features.columns):
        return []
    return [
        (
            column.name.replace("/", "_"),  # Keras allows no slash
            list(column.values),
            column.fill if column.fill is not None or MISSING not in column.values else MISSING,
            column.other,
        )
        for column in features.columns
    ]


def from_raw_rows(keras: Any, model: Any, columns: list[RawColumn]) -> Any:
    """Return a model with an input for each column: a number, NaN if it is empty, or a word, "" if it is empty.

    A word that the network has never seen, or an empty cell where none was, gives NaN.
    """
    given, parts = {}, []
    for name, words, empty, other in columns:
        cell = given[name] = keras.Input((1,), dtype="string" if words else "float32", name=name)
        if words:
            codes = np.full((len(words) + 2, len(words)), np.nan)  # first unknown words, last empty cells
            codes[1:-1] = np.eye(len(words))
            for place, word in ((0, other), (-1, empty)):
                if word:
                    codes[place] = codes[1 + words.index(str(word))]
            lookup = keras.layers.StringLookup(vocabulary=[*words, ""], num_oov_indices=1)
            table = keras.layers.Embedding(len(codes), len(words), trainable=False, dtype="float32")
            cell = keras.layers.Flatten(dtype="float32")(table(lookup(cell)))
            table.set_weights([codes])
        elif empty is not None:
            cell = keras.ops.nan_to_num(cell, nan=empty)
        parts.append(cell)
    row = keras.layers.Concatenate(dtype="float32")(parts) if len(parts) > 1 else parts[0]
    return keras.Model(given, model(row))


def print_raw_rows(features: Features) -> str:
    """Return the lines that make `raw_model` of `model`; empty if the network takes rows as they are in the file."""
    columns = raw_columns(features)
    if not columns:
        return ""
    source = inspect.getsource(from_raw_rows).rstrip()
    for typed, plain in ((": Any", ""), (": list[RawColumn]", ""), (" -> Any", "")):
        source = source.replace(typed, plain)
    listed = "\n".join(f"    {column!r}," for column in columns)
    asked = ", ".join(f"{name!r}: tf.constant([[...]])" for name, *_ in columns[:2])
    return f"{source}\n\n\nraw_model = from_raw_rows(keras, model, [\n{listed}\n])\n# raw_model({{{asked}, ...}})"
