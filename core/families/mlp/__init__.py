"""The multilayer perceptron, for tables, points and images."""

from core.families.mlp.config import MLP_BLOCKS, MlpConfig
from core.families.mlp.family import FAMILY
from core.families.mlp.presets import PRESETS

__all__ = ["FAMILY", "MLP_BLOCKS", "PRESETS", "MlpConfig"]
