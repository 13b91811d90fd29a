"""What a run's network forecasts of a series: of the test part at a snapshot, and of the time to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.number.forecast import PREFIX
from core.datasets import DataSpec, open_prepared
from core.datasets.access import Viewer, check_may_view
from core.datasets.series.known import Known
from core.datasets.series.long import LongSeries, long_series, steps_of
from core.errors import RunError
from core.families import config_of
from core.probe.client import Subject, ask
from core.runs.predict import answering_step
from core.store import Run, Store

PATIENCE_S = 120.0  # the probe may still be starting
MOST = 1_000  # steps


@dataclass(frozen=True)
class Ahead:
    """What is forecast of the steps after a series.

    Args:
        times: When, as texts.
        values: float32 (n,), in the target's unit.
    """

    times: list[str]
    values: np.ndarray

    def rows(self) -> list[dict[str, object]]:
        """Return a row for each step, for JSON."""
        pairs = zip(self.times, self.values.tolist(), strict=True)
        return [{"time": time, "value": float(f"{value:.6g}")} for time, value in pairs]

    def as_csv(self, series: LongSeries) -> str:
        """Return a table with a row for each step."""
        import csv
        import io

        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["step" if not series.clock.unit else "time", f"{series.target.name} (forecast)"])
        writer.writerows([row["time"], row["value"]] for row in self.rows())
        return text.getvalue()


def forecasts_seen(store: Store, run: Run, step: int, viewer: Viewer) -> dict[str, np.ndarray]:
    """Return what a run's network forecast of the test part at a snapshot, the arrays of `TestForecasts`.

    Raises:
        NotAllowedError: This viewer may not see the data.
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    return store.files(run.id).load_snapshot(step, PREFIX)


def series_of(store: Store, run: Run, spec: DataSpec) -> LongSeries:
    """Return the series that a run's network forecasts.

    Raises:
        RunError: It forecasts none, or has saved no network yet.
    """
    series = long_series(spec)
    if series is None or run.family is None:
        raise RunError(f"run {run.id} cannot forecast", expected="a run that learned the next step of one long series")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network yet", fix="Wait until it has begun to train.")
    return series


def known_of(store: Store, run: Run, series: LongSeries, viewer: Viewer) -> Known:
    """Return the series that a run learned from, to its end.

    Raises:
        NotAllowedError: This viewer may not see it.
        DatasetError: It is not here.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    data = open_prepared(store.settings, run.dataset)
    steps = steps_of(np.asarray(data.x_train), np.asarray(data.x_test))
    for value in np.asarray(data.y_test[-series.features.horizon :]):  # of other columns these steps are not kept
        row = steps[-series.back].copy()
        row[series.place] = value
        steps = np.concatenate([steps, row[None]])
    return Known(steps, series.clock)


def forecast_on(
    store: Store,
    run: Run,
    series: LongSeries,
    known: Known,
    steps: int,
    *,
    actor: Viewer,
    deadline_s: float = PATIENCE_S,
) -> Ahead:
    """Return what a run's best network, or else its last, forecasts after what is known, each step from those before.

    Raises:
        RunError: So many steps cannot be forecast.
        ProbeAwayError: The probe did not answer in time.
    """
    if not 1 <= steps <= MOST:
        raise RunError("this many steps cannot be forecast", expected=f"1 to {MOST:,}", received=f"{steps:,}")
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=answering_step(store, run))
    since = known.steps[-series.reach :]
    how = {"count": steps, "place": series.place, "back": series.back, "horizon": series.features.horizon}
    window = since[-series.features.length :]
    said = ask(store.settings, subject, "forecast", window, actor=actor, deadline_s=deadline_s, since=since, **how)
    return Ahead(known.clock.labels(len(known.steps), steps), said["free"])
