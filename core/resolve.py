"""Heavy parts are named as text, and imported where they are needed."""

from __future__ import annotations

import importlib
from typing import Any


def resolve(path: str) -> Any:
    """Return what `module:name` names.

    Raises:
        ImportError, AttributeError: There is no such module or name.
    """
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)
