"""Exported networks at work in runtimes that need no TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

Answer = Callable[[np.ndarray], np.ndarray]  # examples (n, ...) -> answers (n, ...)


def open_onnx(path: Path) -> Answer:
    """Open an ONNX file in ONNX Runtime, on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: np.asarray(session.run(None, {name: x})[0])


def open_litert(path: Path) -> Answer:
    """Open a LiteRT file in its interpreter, on one thread of the CPU."""
    from ai_edge_litert.interpreter import Interpreter

    model = Interpreter(model_path=str(path))
    [given], [made] = model.get_input_details(), model.get_output_details()
    shape: tuple[int, ...] = ()

    def answer(x: np.ndarray) -> np.ndarray:
        nonlocal shape
        if x.shape != shape:
            model.resize_tensor_input(given["index"], x.shape)
            model.allocate_tensors()
            shape = x.shape
        model.set_tensor(given["index"], x)
        model.invoke()
        return np.asarray(model.get_tensor(made["index"]))

    return answer
