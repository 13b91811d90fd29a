"""Optuna's part: which combinations a sweep tries, and which of its runs are not worth finishing.

Optuna is imported when it is needed: that takes half a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import Bounded, Config
from core.jobs.sweep.axes import Axis, grid_size, rounded
from core.settings import Settings
from core.store import Run, Store
from core.store.records import ALIVE

if TYPE_CHECKING:
    import optuna

FIRST_EPOCH, KEEPS_ONE_OF = 1, 2  # successive halving: after epoch 1, 2, 4, 8 ... only the better half goes on
ATTEMPTS = 20  # draws for each different combination
YOUNG_S = 60.0


def draw_all(axes: Sequence[Axis], seed: int) -> list[dict[str, Any]]:
    """Return every combination of values, in random order."""
    optuna = _optuna()
    space = {axis.name: list(axis.values) for axis in axes}
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(space, seed=seed))
    choices = {name: optuna.distributions.CategoricalDistribution(values) for name, values in space.items()}
    return [study.ask(choices).params for _ in range(grid_size(axes))]


def draw_random(config: Config, axes: Sequence[Axis], count: int, seed: int) -> list[dict[str, Any]]:
    """Draw combinations from ranges, all different; fewer if the ranges hold no more.

    Args:
        config: Settings whose fields say which values are allowed.
        axes: The ranges; one without a range draws from its values.
        count: Number of combinations.
        seed: Seed of the draw.
    """
    optuna = _optuna()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    drawn_from = {axis.name: _distribution(config, axis) for axis in axes}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(ATTEMPTS * count):
        values = {axis.name: _allowed(config, axis, study.ask(drawn_from).params) for axis in axes}
        found.setdefault(tuple(values.values()), values)
        if len(found) == count:
            break
    return list(found.values())


def _distribution(config: Config, axis: Axis) -> Any:
    distributions, ends = _optuna().distributions, axis.range
    if ends is None:
        return distributions.CategoricalDistribution(axis.values)
    if config.field(axis.name).whole:  # type: ignore[attr-defined]
        return distributions.IntDistribution(int(ends.low), int(ends.high), log=ends.is_log)
    return distributions.FloatDistribution(ends.low, ends.high, log=ends.is_log)


def _allowed(config: Config, axis: Axis, drawn: dict[str, Any]) -> Any:
    field, value = config.field(axis.name), drawn[axis.name]
    return rounded(field, axis.range, value) if isinstance(field, Bounded) and axis.range else value


class Judge:
    """Decides, epoch after epoch, whether a run of a sweep is worth finishing.

    Args:
        study: The sweep's study.
        number: Number of the run's trial in it.
    """

    def __init__(self, study: optuna.Study, number: int) -> None:
        self._study, self._number = study, number

    def should_end(self, epoch: int, value: float) -> bool:
        """Record a validation result; return whether the run should end.

        Args:
            epoch: Epochs done.
            value: The result; the highest is the best.
        """
        optuna = _optuna()
        frozen = self._study.get_trials(deepcopy=False)[self._number]
        if frozen.state.is_finished() or epoch in frozen.intermediate_values:  # it was resumed
            return False
        trial = optuna.trial.Trial(self._study, frozen._trial_id)
        trial.report(value, epoch)
        if not trial.should_prune():
            return False
        self._study.tell(self._number, state=optuna.trial.TrialState.PRUNED)
        return True


def begin_study(settings: Settings, group: str) -> None:
    """Let the runs of a group be judged; without this, each is trained to its end."""
    _path(settings, group).parent.mkdir(exist_ok=True)
    _open(settings, group)


def open_judge(settings: Settings, run: Run) -> Judge | None:
    """Return the judge of a run; None if it belongs to no sweep, or to one that ends no run early."""
    if run.group is None or not _path(settings, run.group).exists():
        return None
    optuna, study = _optuna(), _open(settings, run.group)
    if run.id not in _numbers(study):
        running = optuna.trial.TrialState.RUNNING
        study.add_trial(optuna.trial.create_trial(state=running, user_attrs={"run": run.id}))
    return Judge(study, _numbers(study)[run.id])


def _numbers(study: optuna.Study) -> dict[str, int]:
    """Return the number of each run's trial, by the run's id."""
    return {trial.user_attrs["run"]: trial.number for trial in study.get_trials(deepcopy=False)}


def drops_runs(settings: Settings, group: str) -> bool:
    """Return whether the runs of a group are judged."""
    return _path(settings, group).exists()


def clear_studies(store: Store, now: float) -> None:
    """Remove the studies of groups in which no run waits or trains.

    Args:
        store: The home's store.
        now: Unix time in seconds.
    """
    for path in _path(store.settings, "").parent.glob("*.journal"):
        is_new = now - path.stat().st_mtime < YOUNG_S  # its runs may not be queued yet
        if not is_new and not store.runs.list(group=path.stem, status=ALIVE, limit=1):
            end_study(store.settings, path.stem)


def end_study(settings: Settings, group: str) -> None:
    """Remove a study; the runs of its group are judged no more."""
    with suppress(FileNotFoundError):
        _path(settings, group).unlink()


def _path(settings: Settings, group: str) -> Path:
    return settings.home / "sweeps" / f"{group}.journal"


def _open(settings: Settings, group: str) -> optuna.Study:
    library = _optuna()
    backend = library.storages.journal.JournalFileBackend(str(_path(settings, group)))
    study: optuna.Study = library.create_study(
        storage=library.storages.JournalStorage(backend),
        study_name=group,
        direction="maximize",
        load_if_exists=True,
        pruner=library.pruners.SuccessiveHalvingPruner(min_resource=FIRST_EPOCH, reduction_factor=KEEPS_ONE_OF),
    )
    return study


def _optuna() -> Any:
    """Import Optuna, which otherwise prints a line about each study."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
