"""How large a network from elsewhere may be."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.errors import ConfigError, NetworkError
from core.layers import LayerSpec, total_multiply_adds, total_parameters, trace
from core.layers.spec import Shape

MOST_PARAMETERS, MOST_ADDS, MOST_VALUES = 50_000_000, 5_000_000_000, 20_000_000  # the last two of one example


def check_size(specs: Sequence[LayerSpec], input_shape: Shape) -> Shape:
    """Return the shape of the answer to an example.

    Raises:
        NetworkError: The layers do not fit together on this data, or it is too large.
    """
    try:
        costs = trace(specs, input_shape)
        answers = costs[-1].output_shape
    except (ConfigError, AttributeError, IndexError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise NetworkError(f"this network cannot be built for this data: {error}".rstrip(".")) from error
    if not all(isinstance(side, int) and side > 0 for cost in costs for side in cost.output_shape):
        raise NetworkError("this network has a layer that gives nothing for this data")
    for what, most, found in (
        ("weights", MOST_PARAMETERS, total_parameters(costs)),
        ("multiply-adds for one example", MOST_ADDS, total_multiply_adds(costs)),
        ("values in its largest layer", MOST_VALUES, max(math.prod(cost.output_shape) for cost in costs)),
    ):
        if found > most:
            raise NetworkError("this network is too large", expected=f"at most {most:,} {what}", received=f"{found:,}")
    return answers
