"""What every model family declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import Config, Preset
from core.datasets.spec import DataSpec
from core.figures.pictures import Picture
from core.layers import LayerSpec

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class View:
    """Something that can be looked at at every saved moment of a run.

    Args:
        title: Heading on the page.
        sentence: What there is to see, in one line.
        prefix: The snapshot's arrays it needs are those whose names begin so.
        draw: Those arrays and the data's shape -> pictures.
    """

    title: str
    sentence: str
    prefix: str
    draw: Callable[[Arrays, DataSpec], list[Picture]]


@dataclass(frozen=True)
class Chart:
    """A live chart: its title, unit, and the metrics it draws, training first."""

    title: str
    unit: str
    metrics: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """A kind of network that can be set up, trained and looked into.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        sentence: What it is, in one sentence.
        presets: Starting points by id.
        default_preset: Id of the one that a newcomer gets.
        layers: (config, data) -> the network, layer by layer.
        trainee: Heavy class that trains it, as `module:name`; resolved in the worker only.
        views: What every snapshot shows, by id.
        charts: What is plotted while it trains.
        controls: Names of the config's fields that the form shows, the open ones first.
        open_controls: How many of `controls` are not folded away.
    """

    id: str
    title: str
    sentence: str
    presets: Mapping[str, Preset[Any]]
    default_preset: str
    layers: Callable[[Any, DataSpec], Sequence[LayerSpec]]
    trainee: str
    views: Mapping[str, View]
    charts: tuple[Chart, ...]
    controls: tuple[str, ...]
    open_controls: int

    @property
    def config_type(self) -> type[Config]:
        """The class of the family's settings."""
        return type(self.presets[self.default_preset].config)
