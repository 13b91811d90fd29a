"""What a network writes at a snapshot, as text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.figures.pictures import Text
from core.figures.sequences import shown_text


def draw_writing(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Text]:
    """Return the prompt and what was written on from it.

    Args:
        arrays: `writing/prompt` and `writing/tokens`, tokens int (n,); or {}.
        spec: Data specification, for the vocabulary.
    """
    if not arrays or not isinstance(spec.features, Tokens):
        return []
    prompt = shown_text(arrays["writing/prompt"], spec.features)
    return [Text(f"{prompt}\u2503{spec.features.decode(arrays['writing/tokens'])}")]
