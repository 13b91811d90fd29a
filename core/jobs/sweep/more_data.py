"""Does more data help? The same settings on fewer and on all training examples."""

from __future__ import annotations

from dataclasses import replace

from core.analysis.compare.learning_curve import FEWEST
from core.config import Config
from core.datasets.spec import DataSpec
from core.errors import ConfigError

SIZES = (100, 1000, 4000)  # examples, besides all of them
APART = 0.75  # of the next larger number, at most


def plan_more_data(config: Config, spec: DataSpec) -> list[Config]:
    """Return the settings of runs that differ in the number of training examples, fewest first.

    Args:
        config: The settings; their own limit is the largest number.
        spec: The shape of the data.

    Raises:
        ConfigError: These settings cannot limit the number of examples, or there are too few examples.
    """
    name = config.limits_examples
    if not name:
        raise ConfigError("the number of training examples of this network cannot be limited")
    sizes = sizes_of(config.used_size(spec))
    if len(sizes) < FEWEST:
        received = f"{config.used_size(spec)}"
        raise ConfigError("there are too few training examples for a learning curve", received=received)
    return [*(replace(config, **{name: size}) for size in sizes[:-1]), config]


def sizes_of(used: int) -> list[int]:
    """Return numbers of examples to train on, ascending: 100, 1,000, 4,000 and all; of fewer, halves instead.

    Args:
        used: All of them.
    """
    found = [used]
    for size in (*reversed(SIZES), used // 2, used // 4, used // 8):
        if len(found) < FEWEST and 1 < size <= APART * used and size not in found:
            found.append(size)
    return sorted(found)
