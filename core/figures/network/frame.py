"""What a network makes of one example, small enough to be sent to a page several times a second."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets.spec import DataSpec
from core.datasets.targets import Classes

PREFIXES = ("maps/", "units/", "kernels/", "templates/", "probabilities", "number")  # of the arrays that say it
MOST_BYTES = 32_000  # of a frame's values: 43 kB as base64
MOST_TILES = 64  # a layer
VALUES, SCALE = "values/", "scale/"  # prefixes of a layer's two arrays in a file
LEAST_SIDE = 4  # pixels; a map is never made smaller


@dataclass(frozen=True)
class Tiles:
    """The values of one layer, rounded to bytes.

    Args:
        values: uint8 (n, height, width): 0 is `low`, 255 is `high`.
        total: How many maps, units or kernels the layer has; n are sent.
        low, high: The layer's own scale.
        is_signed: The scale is centred at zero.
    """

    values: np.ndarray
    total: int
    low: float
    high: float
    is_signed: bool


@dataclass(frozen=True)
class Frame:
    """A network at work on one example, at one step of its training.

    Args:
        tiles: By `input`, stage name, or `kernels/<stage name>`.
        answer: Probabilities (classes,) or a number (1,), all finite; None if the network has no such answer.
    """

    tiles: Mapping[str, Tiles]
    answer: np.ndarray | None

    def to_json(self) -> dict[str, object]:
        """Return JSON's view: where each layer's bytes begin, and all bytes as one base64 text."""
        at, layers, parts = 0, {}, []
        for name, tiles in self.tiles.items():
            layers[name] = {
                "at": at,
                "shape": tiles.values.shape,
                "total": tiles.total,
                "low": f"{tiles.low:.3g}",
                "high": f"{tiles.high:.3g}",
                "signed": tiles.is_signed,
            }
            at += tiles.values.size
            parts.append(tiles.values.tobytes())
        answer = None if self.answer is None else [round(float(value), 4) for value in self.answer]
        return {"layers": layers, "bytes": base64.b64encode(b"".join(parts)).decode(), "answer": answer}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return it as named arrays, for a file."""
        arrays = {} if self.answer is None else {"answer": self.answer}
        for name, tiles in self.tiles.items():
            arrays[f"{VALUES}{name}"] = tiles.values
            arrays[f"{SCALE}{name}"] = np.array([tiles.total, tiles.low, tiles.high, tiles.is_signed], np.float64)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Frame:
        """Return what `to_arrays` was called on."""
        tiles = {}
        for name in (name.removeprefix(VALUES) for name in arrays if name.startswith(VALUES)):
            total, low, high, is_signed = arrays[f"{SCALE}{name}"].tolist()
            tiles[name] = Tiles(arrays[f"{VALUES}{name}"], int(total), low, high, bool(is_signed))
        return cls(tiles, arrays.get("answer"))


def make_frame(arrays: Mapping[str, np.ndarray], example: np.ndarray | None, spec: DataSpec) -> Frame:
    """Make a frame of what the probe or a snapshot says about one example.

    Args:
        arrays: `maps/<stage>` (h, w, channels), `units/<stage>` (units,), `kernels/<stage>` (kh, kw, channels in,
            filters) or `templates/<stage>` (h, w, channels, units), and `probabilities` or `number`; what else there
            is, such as the kernels of a layer inside a stage, is left out.
        example: What the network was given, uint8 (h, w, c) or float32 (n,); None if it must not be seen.
        spec: The data's shape.
    """
    found: dict[str, np.ndarray] = {} if example is None else {"input": _tiles_of_example(example)}
    for name, array in arrays.items():
        kind, _, stage = name.partition("/")
        if kind == "maps":
            found[stage] = np.moveaxis(array, -1, 0)
        elif kind == "units":
            found[stage] = array[:, None, None]
        elif kind in ("kernels", "templates"):
            found[f"kernels/{stage}"] = np.moveaxis(array.mean(axis=2), -1, 0)
    found = {name: values for name, values in found.items() if name.removeprefix("kernels/") in found}
    counts = {name: len(values) for name, values in found.items()}
    kept = _within(MOST_BYTES, {name: values[:MOST_TILES] for name, values in found.items()})
    answer = arrays.get("probabilities" if isinstance(spec.target, Classes) else "number")
    if answer is not None and not np.isfinite(answer).all():
        answer = None
    return Frame({name: _rounded(name, values, counts[name], spec) for name, values in kept.items()}, answer)


def _tiles_of_example(example: np.ndarray) -> np.ndarray:
    return np.moveaxis(example, -1, 0) if example.ndim == 3 else example[:, None, None]


def _within(most: int, layers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Halve the side, and below `LEAST_SIDE` the number, of the largest layer's tiles until all fit."""
    while sum(values.size for values in layers.values()) > most:
        largest = max(layers, key=lambda name: layers[name].size)
        layers[largest] = _smaller(layers[largest])
    return layers


def _smaller(tiles: np.ndarray) -> np.ndarray:
    count, height, width = tiles.shape
    rows, columns = (2 if side >= 2 * LEAST_SIDE else 1 for side in (height, width))
    if rows == columns == 1:
        return tiles[: -(-count // 2)]
    even = tiles[:, : height // rows * rows, : width // columns * columns].astype(np.float32)
    means: np.ndarray = even.reshape(count, height // rows, rows, width // columns, columns).mean(axis=(2, 4))
    return means


def _rounded(name: str, values: np.ndarray, total: int, spec: DataSpec) -> Tiles:
    is_image, is_kernel = name == "input" and spec.is_image, name.startswith("kernels/")
    values = np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0)
    low, high = (0.0, 255.0) if is_image else (float(values.min(initial=0.0)), float(values.max(initial=0.0)))
    is_signed = is_kernel or values.shape[1:] == (1, 1)
    if is_signed:
        high = max(abs(low), abs(high))
        low = -high
    span = (high - low) or 1.0
    return Tiles(((values - low) / span * 255).round().astype(np.uint8), total, low, high, is_signed)
