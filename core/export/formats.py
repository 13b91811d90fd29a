"""The file formats of trained networks. A new format is an entry here with its two functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec

from core.errors import ConfigError

INSTALL = "pip install -r requirements-export.txt"


@dataclass(frozen=True)
class Format:
    """A file format of networks.

    Args:
        id: Stable name in commands and stored files.
        title: Name on the page.
        sentence: What it is for, in one line.
        model: Name of the model in the ZIP file; a folder in some formats.
        write: Heavy function as `module:name`: (network, path, calibration examples) writes the model.
        open: Function as `module:name`: path -> function from examples to answers, in the format's own runtime.
        installs: What pip installs for that runtime.
        imports, loads, answers: Lines of a program that import the runtime, load the `model`, and compute its answers
            `y` for examples `x`.
        needs: Modules that writing and checking need, beyond those of Glassbox.
        sparsity: Share of the kernel weights that are zero: the network is pruned before it is written.
    """

    id: str
    title: str
    sentence: str
    model: str
    write: str
    open: str
    installs: str
    imports: str
    loads: str
    answers: str
    needs: tuple[str, ...] = ()
    sparsity: float = 0.0

    @property
    def missing(self) -> str:
        """What to install first, in one sentence; empty if everything is there."""
        absent = [name for name in self.needs if find_spec(name) is None]
        return f"{self.title} needs {' and '.join(absent)} on this server: {INSTALL}." if absent else ""


_LITERT = "from ai_edge_litert.interpreter import Interpreter"
_LITERT_LOADS = """\
model = Interpreter("model.tflite")
model.allocate_tensors()"""
_LITERT_ANSWERS = """\
model.set_tensor(model.get_input_details()[0]["index"], x)
model.invoke()
y = model.get_tensor(model.get_output_details()[0]["index"])"""


def _litert(name: str, title: str, sentence: str) -> Format:
    return Format(
        name,
        title,
        sentence,
        "model.tflite",
        f"core.training.export.writers:write_{name}",
        "core.export.runtimes:open_litert",
        "ai-edge-litert",
        _LITERT,
        _LITERT_LOADS,
        _LITERT_ANSWERS,
        ("ai_edge_litert",),
    )


_KERAS = Format(
    "keras",
    "Keras",
    "To train further or change in Python.",
    "model.keras",
    "core.training.export.writers:write_keras",
    "core.training.export.runtimes:open_keras",
    "keras tensorflow",
    "import keras",
    'model = keras.saving.load_model("model.keras")',
    "y = model.predict(x, verbose=0)",
)
_INT8 = _litert("litert_int8", "LiteRT, int8", "Weights and arithmetic in whole numbers: a quarter of the bytes.")


def _pruned(form: Format, percent: int, suffix: str = "") -> Format:
    """Return a format whose network is pruned first."""
    sentence = f"{percent} % of its kernel weights are zero; the others learn for one more epoch."
    title = f"{form.title}, {percent} % pruned"
    return replace(form, id=f"pruned_{percent}{suffix}", title=title, sentence=sentence, sparsity=percent / 100)


FORMATS = {
    form.id: form
    for form in (
        _KERAS,
        Format(
            "saved_model",
            "SavedModel",
            "For TensorFlow Serving and other TensorFlow programs.",
            "saved_model",
            "core.training.export.writers:write_saved_model",
            "core.training.export.runtimes:open_saved_model",
            "tensorflow",
            "import tensorflow as tf",
            'model = tf.saved_model.load("saved_model")',
            "y = model.serve(x).numpy()",
        ),
        _litert("litert", "LiteRT, float32", "For phones and small computers, with all digits."),
        _litert("litert_f16", "LiteRT, float16", "Weights in half the bytes."),
        _INT8,
        Format(
            "onnx",
            "ONNX",
            "For browsers, C#, Java, C++ and most other runtimes.",
            "model.onnx",
            "core.training.export.writers:write_onnx",
            "core.export.runtimes:open_onnx",
            "onnxruntime",
            "import onnxruntime",
            'model = onnxruntime.InferenceSession("model.onnx")',
            "[y] = model.run(None, {model.get_inputs()[0].name: x})",
            ("onnx", "tf2onnx", "onnxruntime"),
        ),
        *(_pruned(_KERAS, percent) for percent in (50, 80, 90)),
        _pruned(_INT8, 80, "_int8"),
    )
}


def find_format(format_id: str) -> Format:
    """Return a format by its id.

    Raises:
        ConfigError: There is none.
    """
    if format_id not in FORMATS:
        raise ConfigError(f"there is no format {format_id!r}", expected=f"one of {', '.join(FORMATS)}", field="format")
    return FORMATS[format_id]
