"""Settings of a run: declared once, used for widgets, links, JSON, `--set` and tests.

A family's `Config` is a frozen dataclass. Each dataclass field carries a `Field`: the allowed values, how text becomes
a value, and the label and help for users.
"""

from core.config.blocks import Block, Blocks, blocks
from core.config.config import Config, Preset, Reference
from core.config.fields import Bounded, Choice, Field, bounded, choice
from core.config.links import IGNORED, from_query, to_query

__all__ = [
    "IGNORED",
    "Block",
    "Blocks",
    "Bounded",
    "Choice",
    "Config",
    "Field",
    "Preset",
    "Reference",
    "blocks",
    "bounded",
    "choice",
    "from_query",
    "to_query",
]
