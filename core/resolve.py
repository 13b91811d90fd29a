"""Import heavy code by name, where it is needed."""

from __future__ import annotations

import importlib
from typing import Any


def resolve(path: str) -> Any:
    """Return the object that `module:name` refers to.

    Raises:
        ImportError: There is no such module.
        AttributeError: The module has no such name.
    """
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)
