"""Layer specifications and their shape arithmetic, without TensorFlow."""

from core.layers.shapes import steps, trace
from core.layers.spec import LayerCost, LayerSpec, NetworkSpec, Shape, total_multiply_adds, total_parameters, written

__all__ = [
    "LayerCost",
    "LayerSpec",
    "NetworkSpec",
    "Shape",
    "steps",
    "total_multiply_adds",
    "total_parameters",
    "trace",
    "written",
]
