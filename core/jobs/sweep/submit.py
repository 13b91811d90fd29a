"""Queue the runs of a sweep as one group."""

from __future__ import annotations

from collections.abc import Sequence

from core.config import Config, Preset
from core.datasets import find_dataset
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families import Family
from core.jobs.submit import submit_together
from core.jobs.sweep.plan import LEAST, MOST
from core.jobs.sweep.study import begin_study, end_study
from core.names import in_words
from core.store import Store
from core.store.records import NewRun, new_id


def submit_sweep(
    store: Store,
    family: Family,
    configs: Sequence[Config],
    dataset_id: str,
    owner: str,
    *,
    preset: Preset[Config],
    drops: bool = True,
    derived_from: str | None = None,
) -> str:
    """Queue runs that differ in some settings as one group, all of them or none; return the group's id.

    Args:
        store: Store to queue them in.
        family: The model family.
        configs: The settings of each run, 2 to 64, all different.
        dataset_id: The data set to learn from.
        owner: Owner of the runs.
        preset: The preset that the settings started from.
        drops: Whether runs whose validation result is not among the better half are ended early; none is where a run
            holds back no validation examples.
        derived_from: Id of the run whose settings these were, before any change.

    Raises:
        ConfigError: There are too few or too many runs, or one of them is impossible on this data.
        DatasetError: The data set does not exist, or its file is missing.
        NotAllowedError: The data is somebody else's and not published.
        LimitError: These are too many waiting runs, or too much training.
        StoreError: The home folder cannot be written.
    """
    if not LEAST <= len(configs) <= MOST:
        raise ConfigError("these runs make no group", expected=f"{LEAST} to {MOST}", received=str(len(configs)))
    group, names = new_id(), differing(configs)
    news = [
        NewRun(
            kind="train",
            dataset=dataset_id,
            owner=owner,
            name=_name(config, names, preset),
            family=family.id,
            preset=preset.id,
            config=config.to_dict(),
            derived_from=derived_from,
            group=group,
        )
        for config in configs
    ]
    if drops and can_drop(configs, find_dataset(store.settings, dataset_id).spec):
        begin_study(store.settings, group)
    try:
        submit_together(store, news, [(family, config) for config in configs])
    except BaseException:
        end_study(store.settings, group)
        raise
    return group


def can_drop(configs: Sequence[Config], spec: DataSpec) -> bool:
    """Return whether all these runs have validation results, by which weak ones can be ended early."""
    return all(config.holds_back(spec) for config in configs)


def differing(configs: Sequence[Config]) -> list[str]:
    """Return the names of the settings that are not the same in all of these."""
    return [name for name in configs[0].fields() if any(getattr(c, name) != getattr(configs[0], name) for c in configs)]


def _name(config: Config, names: Sequence[str], preset: Preset[Config]) -> str:
    values = [f"{in_words(config.field(n).label)} {config.field(n).format(getattr(config, n))}" for n in names]
    return ", ".join([preset.title, *values])
