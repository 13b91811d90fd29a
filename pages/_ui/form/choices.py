"""The settings in a form and the networks they give, even if the chosen data is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.config import Config, Preset
from core.datasets import DATASETS, DEFAULT_DATASET, Dataset, DataSpec, find_dataset, why_not
from core.errors import ConfigError, DatasetError
from core.families import Family, find_family
from core.figures.network.architecture import NetworkStages, Stage, network_stages
from pages._ui.shell import owner, shell

OTHER_KIND = "These networks cannot learn from this data. Choose other data."


@dataclass(frozen=True)
class Choices:
    """The settings in a form and the networks they give.

    Args:
        config, preset, data: The choices.
        problem: Why the settings are invalid; None if they are valid.
        refusal: Why the requested data or preset is not available; empty if it is. The page then draws the network
            on data of that shape, if the shape is known.
        networks: The stages of each network, layer by layer.
    """

    config: Config
    preset: Preset[Config]
    data: Dataset
    problem: ConfigError | None
    refusal: str
    networks: Sequence[NetworkStages]

    @property
    def dataset(self) -> str:
        """Id of the data set."""
        return self.data.id

    @property
    def spec(self) -> DataSpec:
        """The shape of the data."""
        return self.data.spec

    @property
    def trouble(self) -> str:
        """Why the choices cannot be trained; empty if they can."""
        return " ".join(filter(None, [self.refusal, str(self.problem or "")]))

    def stages_of(self, blocks: str) -> Sequence[Stage]:
        """Return the network stages of the layers that a setting lists."""
        return next(network.stages for network in self.networks if network.spec.blocks == blocks)


@lru_cache(maxsize=64)  # each part of the form asks
def problem_of(config: Config, spec: DataSpec) -> ConfigError | None:
    """Return why settings are invalid on such data; None if they are valid."""
    try:
        config.validate(spec)
    except ConfigError as error:
        return error.with_traceback(None)
    return None


@lru_cache(maxsize=64)
def networks_of(family_id: str, config: Config, spec: DataSpec) -> Sequence[NetworkStages]:
    """Return the stages of each network that settings give on such data."""
    return [network_stages(network) for network in find_family(family_id).networks(config, spec)]


def data_of(family: Family, dataset_id: str, preset: Preset[Config]) -> tuple[Dataset, str]:
    """Return the chosen data, even if it is gone, and why this visitor cannot train on it.

    Data of unknown or unsuitable shape takes the shape of the preset's data.
    """
    settings, blank = shell.store().settings, DATASETS[preset.dataset or DEFAULT_DATASET]
    why = why_not(settings, dataset_id, owner.actor())
    try:
        found = find_dataset(settings, dataset_id)
    except DatasetError:
        found = None
    if found is not None and family.takes(found.spec) and found.program:
        return found, why
    unknown = replace(blank, id=dataset_id, title="none", split="", program="")
    return unknown, why or OTHER_KIND
