"""What a form holds, and what becomes of it; also when the data that was chosen is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.config import Config, Preset
from core.datasets import DATASETS, DEFAULT_DATASET, Dataset, DataSpec, find_dataset, why_not
from core.errors import ConfigError, DatasetError
from core.families import Family
from core.figures.architecture import NetworkStages, Stage
from pages._ui.shell import owner, shell

OTHER_KIND = "These networks cannot learn from this data. Choose other data."


@dataclass(frozen=True)
class Choices:
    """What the form holds, and what becomes of it.

    Args:
        config, preset, data: What is set.
        problem: What is impossible about it, if anything.
        refusal: Why the data or the preset that was asked for cannot be had; empty if they are here. What is drawn
            then is the network on data of that shape, if it is known.
        networks: What becomes of each layer of each network.
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
        """Why it cannot be trained; empty if it can."""
        return " ".join(filter(None, [self.refusal, str(self.problem or "")]))

    def stages_of(self, blocks: str) -> Sequence[Stage]:
        """Return what becomes of the layers that a setting lists."""
        return next(network.stages for network in self.networks if network.spec.blocks == blocks)


def data_of(family: Family, dataset_id: str, preset: Preset[Config]) -> tuple[Dataset, str]:
    """Return the data that is chosen, whatever became of it, and why this visitor cannot train on it.

    Of data whose shape is not known, or that does not fit, the shape is that of the preset's.
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
