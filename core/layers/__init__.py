"""What networks are made of, and the arithmetic of layers; no TensorFlow."""

from core.layers.spec import (
    LayerCost,
    LayerSpec,
    NetworkSpec,
    Shape,
    steps,
    total_multiply_adds,
    total_parameters,
    trace,
    written,
)

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
