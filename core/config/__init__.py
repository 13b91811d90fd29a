"""Settings of a run: declared once, used for widgets, links, JSON, `--set` and tests.

A family's `Config` is a frozen dataclass. Each dataclass field carries a `Field`: the allowed values, how text becomes
a value, and the label and help for users.
"""

from core.config.blocks import Block, Blocks, blocks
from core.config.config import Config, Preset, Reference
from core.config.corrections import Correction, Corrections, corrections, read_corrections, write_corrections
from core.config.fields import Bounded, Choice, Field, Several, bounded, choice, several
from core.config.links import IGNORED, from_query, to_query

__all__ = [
    "IGNORED",
    "Block",
    "Blocks",
    "Bounded",
    "Choice",
    "Config",
    "Correction",
    "Corrections",
    "Field",
    "Preset",
    "Reference",
    "Several",
    "blocks",
    "bounded",
    "choice",
    "corrections",
    "from_query",
    "read_corrections",
    "several",
    "to_query",
    "write_corrections",
]
