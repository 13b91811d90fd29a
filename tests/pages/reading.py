"""What a visitor reads."""

import re
from typing import Any


def said(element: Any) -> str:
    """Return the text of a message without the signs that keep its parts from being markup."""
    return re.sub(r"\\(\W|_)", r"\1", element.value)
