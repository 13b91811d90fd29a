"""Changes of settings while a run trains, and the updates after which it pauses."""

from __future__ import annotations

import math

from core.steering.dials import settings_at
from core.steering.record import Change
from core.store.records import Control
from core.training.callbacks import Callback, Session


class Steer(Callback):
    """Applies changes at their steps, where executions end.

    A change is recorded with the run, so that it comes again at the same step if the run is resumed from before it.
    """

    def __init__(self, session: Session) -> None:
        self._session, self._pause_at = session, math.inf

    @property
    def until(self) -> float:
        """The step that the next execution must not pass."""
        coming = [one.step for one in self._changes() if one.step > self._session.step]
        return min([self._pause_at, *coming])

    def on_execution_end(self) -> None:
        """Apply what is due after this step."""
        session = self._session
        if any(one.step == session.step for one in self._changes()):
            self._apply()
        session.paused = session.paused or session.step >= self._pause_at

    def take(self, control: Control) -> str:
        """Carry out a request to pause, to make some updates, or to change a setting; return what it did."""
        session, asked = self._session, control.payload
        if control.kind == "pause":
            session.paused = True
        elif control.kind == "step":
            per = session.plan.steps_per_epoch
            epochs = int(asked.get("epochs", 0))
            self._pause_at = (session.epoch + epochs) * per if epochs else session.step + int(asked["updates"])
        elif control.kind == "set":
            return self._change(str(asked["name"]), float(asked["value"]))
        return ""

    def _change(self, name: str, value: float) -> str:
        work = self._session.work
        work.set(steering=work.run.steered.changed(self._session.step, name, value).to_dict())
        self._apply()
        return f"{name}={value:g}"

    def _apply(self) -> None:
        trainee = self._session.trainee
        trainee.steer(settings_at(trainee.config, self._changes(), self._session.step))

    def _changes(self) -> tuple[Change, ...]:
        return self._session.work.run.steered.changes
