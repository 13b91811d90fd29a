"""Settings that can be changed while a run trains, and the settings of a run at a step."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any, TypeVar

from core.config import Blocks, Bounded, Config
from core.config.fields import Fields, wrong
from core.errors import ConfigError
from core.layers.blocks import Dropout
from core.steering.record import Change

DROPOUT = "dropout"  # the rate of all dropout layers that have one
C = TypeVar("C", bound=Config)
_RATE = Dropout.field("rate")
assert isinstance(_RATE, Bounded)
_DROPOUT = dataclasses.replace(_RATE, label="Dropout rate", help=f"Of every dropout layer. {_RATE.help}")


def dials_of(config: Config) -> dict[str, Bounded]:
    """Return the settings of a run that can be changed while it trains, by name."""
    dials = {name: config.field(name) for name in config.steerable}
    if _dropouts(config):
        dials[DROPOUT] = _DROPOUT
    return {name: field for name, field in dials.items() if isinstance(field, Bounded)}


def find_dial(config: Config, name: str) -> Bounded:
    """Return such a setting.

    Raises:
        ConfigError: It cannot be changed while the run trains.
    """
    dials = dials_of(config)
    if name not in dials:
        raise ConfigError(
            f"{name} cannot be changed while the run trains",
            field=name,
            expected=f"one of {', '.join(dials)}",
            fix="Branch the run instead: that starts another one from here with other settings.",
        )
    return dials[name]


def values_at(config: Config, changes: Iterable[Change], step: float = math.inf) -> dict[str, float]:
    """Return the values of these settings that hold from the update after `step` on; of dropout, the first layer's.

    Args:
        config: The settings that the run began with.
        changes: What was changed since.
        step: Updates done; by default, after all changes.
    """
    values = {name: float(getattr(config, name)) for name in config.steerable}
    if drops := _dropouts(config):
        values[DROPOUT] = drops[0].rate
    return values | {one.name: one.value for one in changes if one.step <= step}


def settings_at(config: C, changes: Iterable[Change], step: float = math.inf) -> C:
    """Return the settings that hold from the update after `step` on; see `values_at`."""
    values = {one.name: one.value for one in changes if one.step <= step}
    for name, value in values.items():
        find_dial(config, name).check(name, value)
    rate = values.pop(DROPOUT, None)
    changed: dict[str, Any] = dict(values)
    if rate is not None:
        lists = {name: getattr(config, name) for name, about in config.fields().items() if isinstance(about, Blocks)}
        for name, blocks in lists.items():
            changed[name] = tuple(dataclasses.replace(one, rate=rate) if _drops(one) else one for one in blocks)
    return dataclasses.replace(config, **changed)


def parse_dial(config: Config, text: str) -> tuple[str, float]:
    """Return the name and the value of a text such as `learning_rate=0.001`.

    Raises:
        ConfigError: It is none, or that setting cannot be changed or have that value.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise wrong("a setting", "name=value", text)
    return name, float(find_dial(config, name).parse(name, value))


def _dropouts(config: Config) -> list[Dropout]:
    lists = (getattr(config, name) for name, field in config.fields().items() if isinstance(field, Blocks))
    return [block for blocks in lists for block in blocks if _drops(block)]


def _drops(block: Fields) -> bool:
    return isinstance(block, Dropout) and block.rate > 0
