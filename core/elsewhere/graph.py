"""What a `.keras` file says of its network, as our descriptions of layers: nested models are unfolded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from core.arrays import DAMAGE
from core.bundle.networks import classes_in
from core.datasets.archives.zips import short
from core.elsewhere.file import as_inference
from core.errors import NetworkError
from core.layers import LayerSpec
from core.layers.attention.positions import PLACING
from core.layers.kinds import KINDS

INPUT = "input"
MOST_LAYERS = 1_000
MOST_CALLS = 5 * MOST_LAYERS  # of layers and models, those included of which nothing is left
TOO_MANY = NetworkError("this network has too many layers", expected=f"at most {MOST_LAYERS:,}")
# Of these nothing is left once a network has been trained.
TRAINING_ONLY = {
    *("ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise", "Identity", "RandomBrightness"),
    *("RandomContrast", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "SpatialDropout1D"),
    "SpatialDropout2D",
}
_MODELS = {"Functional", "Sequential", "Model"}
_OPS = {
    **{name: name for name in ("Add", "Subtract", "Multiply", "Maximum", "Minimum")},  # of two outputs: layers
    **dict.fromkeys(("TrueDivide", "Divide"), ""),
}
# What a file may name besides layers; all others could run code of their own.
_PARTS = {
    "keras.initializers": {
        "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal",
        "LecunUniform", "Ones", "Orthogonal", "OrthogonalInitializer", "RandomNormal", "RandomUniform",
        "TruncatedNormal", "VarianceScaling", "Zeros",
    },
    "keras.regularizers": {"L1", "L2", "L1L2", "OrthogonalRegularizer"},
    "keras.constraints": {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"},
    "keras": _MODELS,
    "keras.models": _MODELS,
    "keras.src.models.functional": _MODELS,
    "keras.src.models.sequential": _MODELS,
    "keras.src.ops.numpy": set(_OPS),
    "None": {"__keras_tensor__"},
}  # fmt: skip
_LAYERS = {
    *(name for name, kind in KINDS.items() if not kind.attends and name != PLACING),
    *TRAINING_ONLY,
    "InputLayer",
}
# Arguments that say how a layer learns, or what is known otherwise.
_LEARNING = re.compile(
    r"name|trainable|dtype|autocast|seed|.*_(initializer|regularizer|constraint)|quantization_config|lora_.*"
    r"|batch_(input_)?shape|input_shape|momentum|synchronized|renorm.*|rate_.*|noise_shape|implementation|stateful"
    r"|go_backwards|unroll|zero_output_for_mask|return_state|reset_after|data_format|ragged|sparse|optional"
)
_USUAL = {
    "data_format": (None, "channels_last"), "go_backwards": (None, False), "stateful": (None, False, True),
    "return_state": (None, False), "reset_after": (None, True), "invert": (None, False),
}  # fmt: skip
_PAIRS = ("kernel_size", "strides", "pool_size", "dilation_rate", "size")


@dataclass(frozen=True)
class Placed:
    """A layer, and where the file has it.

    Args:
        spec: The layer, with the names of the layers that it reads.
        name: Its name in the file.
        path: Names of the nested models that it is in, and its own; empty of an operation, such as `x / 255`.
    """

    spec: LayerSpec
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """A network with one input and one output.

    Args:
        input_shape: Shape of one example; None for a side that may be of any length.
        placed: Its layers in the order in which they are computed; those that read the input read `INPUT`.
        output: Name of the layer whose output is the answer.
        declared: Of each model inside it the name of the layer that it reads, and a shape that it says it takes.
    """

    input_shape: tuple[int | None, ...]
    placed: tuple[Placed, ...]
    output: str
    declared: tuple[tuple[str, tuple[int | None, ...]], ...] = ()


def read_graph(described: Mapping[str, Any]) -> Graph:
    """Read the description of a network.

    Raises:
        NetworkError: It has layers that are not known here, several inputs or outputs, or is damaged.
    """
    try:
        for module, name in classes_in(as_inference(described)):
            if name not in (_LAYERS if module == "keras.layers" else _PARTS.get(str(module), ())):
                _refuse_class(module, name)
        reader = _Reader()
        output = reader.model(described, [INPUT], ())
        return Graph(_input_shape(described), tuple(reader.placed), output, tuple(reader.declared))
    except DAMAGE as error:
        raise NetworkError("the description of this network is damaged", received=str(error)[:200]) from error


def _refuse_class(module: str | None, name: str) -> NoReturn:
    if name in ("Lambda", "__lambda__"):
        raise NetworkError(
            "this network has a Lambda layer, which is code of its own, and none is run here",
            fix="Replace it with stock layers, such as Rescaling, and save the network again.",
        )
    if module == "keras.layers":
        raise NetworkError(
            f"this network has a layer that cannot be opened here, {short(name)}",
            expected="layers for images, vectors and sequences without code of their own",
        )
    what = name if module in (None, "registered", "builtins") else f"{module}.{name}"
    raise NetworkError(
        f"this network has a part that is not Keras' own, {short(what)}, and code of others is not run here",
        fix="Build it of stock layers, and save it again.",
    )


def _input_shape(described: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Return the shape of one example, as the input layer or what was built says."""
    layers = described["config"]["layers"]
    first = next((one for one in layers if one["class_name"] == "InputLayer"), None)
    if first is not None:
        said = first["config"].get("batch_shape") or first["config"].get("batch_input_shape")
    elif layers and layers[0]["class_name"] in _MODELS:
        return _input_shape(layers[0])
    else:
        said = described["config"].get("build_input_shape") or described.get("build_config", {}).get("input_shape")
    if not said:
        raise NetworkError("this network does not say what it takes", fix="Give it an Input, and save it.")
    shape = tuple(said[1:])
    if not all(side is None or (isinstance(side, int) and side > 0) for side in shape):
        raise NetworkError("this network takes several inputs", expected="one input")
    return shape


@dataclass
class _Reader:
    """Collects the layers of a model and of those in it."""

    placed: list[Placed] = field(default_factory=list)
    declared: list[tuple[str, tuple[int | None, ...]]] = field(default_factory=list)
    calls: int = 0

    def model(self, described: Mapping[str, Any], sources: Sequence[str], path: tuple[str, ...]) -> str:
        """Add the layers of a model that is called with the outputs of these layers; return the name of its last."""
        if len(sources) != 1:
            raise NetworkError("this network has a part with several inputs", expected="one input")
        config = described["config"]
        self.declared += [(sources[0], shape) for shape in _declared(config)] if path else []
        if described["class_name"] == "Sequential":
            source = sources[0]
            for layer in config["layers"]:
                source = self.call(layer, [source], [], path)
            return source
        return self._functional(config, sources[0], path)

    def _functional(self, config: Mapping[str, Any], source: str, path: tuple[str, ...]) -> str:
        inputs, outputs = _ends(config["input_layers"]), _ends(config["output_layers"])
        if len(inputs) != 1 or len(outputs) != 1:
            received = f"{len(inputs)} inputs and {len(outputs)} outputs"
            raise NetworkError("this network has several inputs or outputs", expected="one of each", received=received)
        made = {inputs[0]: source}
        waiting = [
            ((str(layer["name"]), number), layer, node, _read_by(node))
            for layer in config["layers"]
            for number, node in enumerate(layer["inbound_nodes"])
        ]
        if len(waiting) > MOST_CALLS:
            raise TOO_MANY
        while waiting:  # Keras would make all layers, also those that lead nowhere
            late = []
            for one in waiting:
                key, layer, node, read = one
                if any(source not in made for source in read):
                    late.append(one)
                    continue
                tensors, others = _arguments(layer, node)
                made[key] = self.call(layer, [made[source] for source in tensors], others, path)
            if len(late) == len(waiting):
                raise ValueError("its layers do not lead to its output")
            waiting = late
        if outputs[0] not in made:
            raise ValueError("its output is no layer's")
        return made[outputs[0]]

    def call(
        self, layer: Mapping[str, Any], sources: Sequence[str], numbers: Sequence[Any], path: tuple[str, ...]
    ) -> str:
        """Add a layer that is called with these outputs, and numbers; return the name by which others read it."""
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise TOO_MANY
        kind, config = str(layer["class_name"]), layer["config"]
        name = str(layer.get("name") or config["name"])
        if kind == "InputLayer" or kind in TRAINING_ONLY:
            return sources[0]
        if kind in _MODELS:
            return self.model(layer, sources, (*path, name))
        is_operation = str(layer.get("module", "")).startswith("keras.src.ops")
        spec = _operation(kind, numbers) if is_operation else LayerSpec(kind, _arguments_of(kind, config, name), "")
        if len(self.placed) >= MOST_LAYERS:
            raise TOO_MANY
        spec = replace(spec, name=f"{len(self.placed)} {name}", inputs=tuple(sources))
        self.placed.append(Placed(spec, name, () if is_operation else (*path, name)))
        return spec.name


def _declared(config: Mapping[str, Any]) -> list[tuple[int | None, ...]]:
    """Return the shapes of one example that a model says it takes: Keras makes weights for them before it is called."""
    inputs = [one["config"] for one in config["layers"] if one["class_name"] == "InputLayer"]
    said = [one.get("batch_shape") or one.get("batch_input_shape") for one in inputs]
    return [tuple(shape[1:]) for shape in (*said, config.get("build_input_shape")) if shape]


def _ends(said: Any) -> list[tuple[str, int]]:
    """Return name and node of each end of a model; a single one may stand without a list."""
    if isinstance(said, dict):
        said = list(said.values())
    ends = [said] if said and not isinstance(said[0], list) else said
    return [(str(end[0]), int(end[1])) for end in ends]


def _tensors(part: Any) -> Iterator[tuple[str, int]]:
    """Yield what a call reads, in order."""
    if isinstance(part, list):
        for one in part:
            yield from _tensors(one)
    elif isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
        name, node, output = part["config"]["keras_history"]
        if output:
            raise NetworkError("this network has a layer with several outputs", expected="one output")
        yield str(name), int(node)
    elif isinstance(part, dict):
        for one in part.values():
            yield from _tensors(one)


def _read_by(node: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [*_tensors(node["args"]), *_tensors(node["kwargs"])]


def _arguments(layer: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[list[tuple[str, int]], list[Any]]:
    """Return the outputs and the numbers with which a layer is called; None marks the place of an output."""
    if node["kwargs"].get("training"):
        fix = "Call its layers without training=True."
        raise NetworkError("this network answers as in training, by chance", fix=fix)
    given = [value for key, value in node["kwargs"].items() if key not in ("training", "mask") and value is not None]
    args = [*node["args"], *given]
    numbers = [None if list(_tensors(one)) else one for one in args]
    return _read_by(node), numbers


def _operation(kind: str, given: Sequence[Any]) -> LayerSpec:
    """Return the layer that does what an operator such as `x / 255` does."""
    if all(one is None for one in given) and _OPS[kind]:
        return LayerSpec(_OPS[kind], {}, "")
    numbers = [one for one in given if isinstance(one, int | float)]
    if len(given) != 2 or len(numbers) != 1:
        raise NetworkError(f"this network has an operation that cannot be read, {kind}", fix="Use a layer instead.")
    number, is_first = float(numbers[0]), given[0] is not None
    known = {
        ("Add", False): (1.0, number), ("Add", True): (1.0, number), ("Multiply", False): (number, 0.0),
        ("Multiply", True): (number, 0.0), ("Subtract", False): (1.0, -number), ("Subtract", True): (-1.0, number),
    }  # fmt: skip
    if kind in ("TrueDivide", "Divide") and number and not is_first:
        scale, offset = 1 / number, 0.0
    elif (kind, is_first) in known:
        scale, offset = known[kind, is_first]
    else:
        raise NetworkError(f"this network has an operation that cannot be read, {kind}", fix="Use a layer instead.")
    return LayerSpec("Rescaling", {"scale": scale, "offset": offset}, "")


def _arguments_of(kind: str, config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the arguments of a layer that say what it computes."""
    for key, usual in _USUAL.items():
        if config.get(key) not in usual:
            raise NetworkError(f"the layer {short(name)} has {key} {config[key]!r}, which cannot be opened here")
    kept = {key: value for key, value in config.items() if not _LEARNING.fullmatch(key) and key not in _USUAL}
    if kind == "Normalization":  # its numbers may be among the weights
        kept = {"mean": None, "variance": None} | {key: kept[key] for key in ("axis",) if key in kept}
    for key, value in kept.items():
        if isinstance(value, dict) or not is_plain(value):
            raise NetworkError(f"the layer {short(name)} has a {key} that cannot be opened here, {short(str(value))}")
        if key in _PAIRS and isinstance(value, list) and kind.endswith("2D") and len(set(value)) == 1:
            kept[key] = value[0]
    return kept


def is_plain(value: object) -> bool:
    """Return whether a value is a number, a short text, or a list of such."""
    if isinstance(value, list | tuple):
        return len(value) <= 10_000 and all(map(is_plain, value))
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= 40)
