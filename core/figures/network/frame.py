"""What networks make of examples, small enough to be sent to a page several times a second."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.datasets.features import Series, Tokens
from core.datasets.points.points import LIMIT
from core.datasets.spec import DataSpec
from core.figures.sequences import CURVE_HEIGHT, curve, shown_text, text_tile

ANSWERS = ("probabilities", "number", "verdict")
PLANE = ("plane/real", "plane/fake", "plane/heat")  # points, and the ground they stand on
DEAD = "dead/"
# What the names of all arrays begin with that say something.
PREFIXES = ("maps/", "units/", "kernels/", "templates/", DEAD, "samples/", "plane/", *ANSWERS, "losses")
MOST_BYTES = 32_000  # of a frame's layers: 43 kB as base64
MOST_TEXT = 58_000  # characters of all that is sent: each byte takes 4/3
TEXT_A_LAYER = 320  # characters that say what a layer is, and its scale
TEXT_A_DEAD = 4  # characters of the index of a dead map
MOST_EXAMPLES = 18  # images of a kind
MOST_EXAMPLE_BYTES = 28_500  # of all of them; more than 18 of 28 x 28 pixels twice
MOST_TILES = 64  # a layer
TEXT = "text"  # name of the one array in a file
LEAST_SIDE = 4  # pixels; a map is never made smaller


@dataclass(frozen=True)
class Tiles:
    """The values of one layer, rounded to bytes.

    Args:
        values: uint8 (n, height, width): 0 is `low`, 255 is `high`.
        total: How many maps, units or kernels the layer has; n are sent.
        low, high: The layer's own scale.
        is_signed: The scale is centred at zero.
        dead: Indices of those sent that are 0 for every example looked at.
        total_dead: How many such maps or units the layer has.
    """

    values: np.ndarray
    total: int
    low: float
    high: float
    is_signed: bool
    dead: Sequence[int] = ()
    total_dead: int = 0


@dataclass(frozen=True)
class Frame:
    """Networks at work on examples, at one step of their training.

    Args:
        tiles: By `input`, stage name, or `kernels/<stage name>`; of several networks by `<network>/<stage name>`. Also
            images that are shown together, by `samples/<name>`, all channels of one after the other, and by `plane/...`
            points (n, 1, 2) and their ground (1, side, side), the first row at the bottom.
        answer: Probabilities (classes,), a number (1,), or a verdict on made and real examples (2,), all finite; None
            if the network has no such answer.
        losses: Of each of several networks, all finite; None if there is but one, or they are not known.
    """

    tiles: Mapping[str, Tiles]
    answer: np.ndarray | None
    losses: np.ndarray | None = None

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
                **({"dead": list(tiles.dead), "totalDead": tiles.total_dead} if tiles.total_dead else {}),
            }
            at += tiles.values.size
            parts.append(tiles.values.tobytes())
        said = base64.b64encode(b"".join(parts)).decode()
        return {"layers": layers, "bytes": said, "answer": _said(self.answer), "losses": _said(self.losses)}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return it as named arrays, for a file; one, as each takes as long to write as 10 kB."""
        return {TEXT: np.frombuffer(json.dumps(self.to_json()).encode(), np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Frame:
        """Return what `to_arrays` was called on, as exactly as `to_json` says it."""
        said = json.loads(arrays[TEXT].tobytes())
        values, tiles = np.frombuffer(base64.b64decode(said["bytes"]), np.uint8), {}
        for name, layer in said["layers"].items():
            begin, shape = layer["at"], layer["shape"]
            of_layer = values[begin : begin + math.prod(shape)].reshape(shape)
            scale = float(layer["low"]), float(layer["high"])
            dead = layer.get("dead", ()), layer.get("totalDead", 0)
            tiles[name] = Tiles(of_layer, layer["total"], *scale, layer["signed"], *dead)
        answer, losses = (None if said[name] is None else np.array(said[name]) for name in ("answer", "losses"))
        return cls(tiles, answer, losses)


def make_frame(arrays: Mapping[str, np.ndarray], example: np.ndarray | None, spec: DataSpec) -> Frame:
    """Make a frame of what the probe or a snapshot says about one example, or about several.

    Args:
        arrays: `maps/<stage>` (h, w, channels), `units/<stage>` (units,), `kernels/<stage>` (kh, kw, channels in,
            filters) or `templates/<stage>` (h, w, channels, units); `dead/<stage>` bool (1, 1, channels) or (units,);
            `samples/<name>` uint8 (n, h, w, c) and those of `PLANE`; one of `ANSWERS`, and `losses`. What else there
            is, such as the kernels of a layer inside a stage, is left out.
        example: What the network was given; None if that is no example of the data, or it must not be seen.
        spec: The data's shape.
    """
    found: dict[str, np.ndarray] = {} if example is None else {"input": _tiles_of_example(example, spec)}
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
    examples = _examples(arrays)
    kept = _within(MOST_EXAMPLE_BYTES, {name: _tiles_of_examples(values) for name, values in examples.items()})
    dead = {name: np.flatnonzero(arrays[f"{DEAD}{name}"]).tolist() for name in found if f"{DEAD}{name}" in arrays}
    text = TEXT_A_LAYER * len(found) + sum(TEXT_A_DEAD * min(len(indices), MOST_TILES) for indices in dead.values())
    left = (MOST_TEXT - text) * 3 // 4 - sum(values.size for values in kept.values())
    kept |= _within(min(MOST_BYTES, left), {name: values[:MOST_TILES] for name, values in found.items()})
    counts |= {name: len(values) for name, values in kept.items() if name not in counts}
    tiles = {name: _rounded(name, values, counts[name], spec) for name, values in kept.items()}
    for name, indices in dead.items():
        sent = [index for index in indices if index < len(tiles[name].values)]
        tiles[name] = replace(tiles[name], dead=sent, total_dead=len(indices))
    answer = next((arrays[name] for name in ANSWERS if name in arrays), None)
    return Frame(tiles, _finite(answer), _finite(arrays.get("losses")))


def _examples(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array for name, array in arrays.items() if name.startswith("samples/") or name in PLANE}


def _tiles_of_examples(examples: np.ndarray) -> np.ndarray:
    """Return images (n, h, w, c) as tiles (n c, h, w), points (n, 2) as (n, 1, 2), and ground (h, w) as (1, h, w)."""
    if examples.ndim == 4:
        shown = np.moveaxis(examples[:MOST_EXAMPLES], -1, 1)
        return shown.reshape(-1, *shown.shape[2:])
    return examples[:, None] if examples.shape[1] == 2 else examples[None]


def _finite(numbers: np.ndarray | None) -> np.ndarray | None:
    return None if numbers is None or not np.isfinite(numbers).all() else numbers


def _said(numbers: np.ndarray | None) -> list[float] | None:
    return None if numbers is None else [round(float(value), 4) for value in numbers]


def _tiles_of_example(example: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Return the channels of an image (c, h, w), a curve of each column, a text as a picture, or numbers (n, 1, 1)."""
    if isinstance(spec.features, Tokens):
        return text_tile(shown_text(example, spec.features))[None]
    if isinstance(spec.features, Series):
        return np.stack([curve(values, max(CURVE_HEIGHT, len(example))) for values in example.T])
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
    values = np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0)
    is_signed = name.startswith("kernels/") or values.shape[1:] == (1, 1)
    low, high = _scale(name, values, spec)
    if is_signed:
        high = max(abs(low), abs(high)) or 1.0  # if all are 0, they are in the middle
        low = -high
    span = (high - low) or 1.0
    levels = ((values - low) / span * 255).round().clip(0, 255)
    return Tiles(levels.astype(np.uint8), total, low, high, is_signed)


def _scale(name: str, values: np.ndarray, spec: DataSpec) -> tuple[float, float]:
    if name.startswith("samples/") or (name == "input" and values.shape[1:] != (1, 1)):
        return 0.0, 255.0
    if name in PLANE:
        return (-LIMIT, LIMIT) if values.shape[1:] == (1, 2) else (0.0, 1.0)
    return float(values.min(initial=0.0)), float(values.max(initial=0.0))
