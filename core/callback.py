"""Log any Keras training on this machine into Glassbox while it runs.

    from core.callback import GlassboxCallback

    model.fit(x, y, callbacks=[GlassboxCallback("my network")])

The run then stands beside all others on Home and on Compare.
"""

from __future__ import annotations

import inspect
import math
import platform
import time
import warnings
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import keras

from core.errors import SettingsError
from core.families.logged import FAMILY, LAST, LoggedConfig
from core.settings import Settings
from core.store import Status
from core.store.metrics import FIRST_STEPS, Point
from core.store.run_log import Ending, RunLog

LEAST_S = 0.05  # between two points within an epoch
MOST_NAMED = 60  # layers
LONGEST_ERROR = 500  # characters
Logs = Mapping[str, Any] | None  # as Keras passes them

_logging: weakref.WeakSet[GlassboxCallback] = weakref.WeakSet()


class GlassboxCallback(keras.callbacks.Callback):
    """Logs the settings, the metrics and the end of a `model.fit` into the store of Glassbox.

    Metrics are those that Keras reports: within an epoch, means since its beginning. Trouble with the store is one
    warning and never ends the training. `python -m core stop RUN` ends it after the next batch.

    Args:
        name: Name of the run.
        home: Home folder of Glassbox; by default `GLASSBOX_HOME`, or else `~/.glassbox`.
    """

    async_safe = True  # Keras need not wait for it

    def __init__(self, name: str = "", home: str | Path | None = None) -> None:
        super().__init__()
        self._name, self._home = name, home
        self._log: RunLog | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Record the run and its settings."""
        self._step = self._base = self._epochs_done = self._first_epoch = 0
        self._stride, self._noted_s, self._began = 1, -math.inf, time.perf_counter()
        self._is_asked, self._results = False, dict[str, float]()
        self._batch_size, self._names = _batch_size(), dict[str, None]()
        versions = {"python": platform.python_version(), "keras": keras.__version__, "backend": keras.backend.backend()}
        config = _settings_of(self.model, self.params, self._batch_size).to_dict()
        try:
            settings = Settings.from_environment()
        except SettingsError as error:
            warnings.warn(f"Glassbox cannot log this run; training goes on. {error}", stacklevel=2)
            return
        if self._home is not None:
            settings = replace(settings, home=Path(self._home).expanduser().absolute())
        self._log = RunLog(settings, self._name, FAMILY.id, config, versions, self._stop)
        _logging.add(self)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Count on from the end of the epoch before."""
        if not self._step:
            self._first_epoch = epoch
        self._base = self._step

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Log the metrics so far, at most every `LEAST_S`, at steps of which charts may leave out every other one."""
        self._step, now = self._base + batch + 1, time.perf_counter()
        if self._log is None or self._step % max(self._stride, self._log.stride):
            return
        if self._step > FIRST_STEPS and now - self._noted_s < LEAST_S:
            self._stride *= 2
        else:
            self._noted_s = now
            self._note(self._log, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Log the metrics of the epoch, with those of validation."""
        self._epochs_done += 1
        self._results = _numbers(logs)
        if self._log is not None:
            self._note(self._log, logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Log the results and the end."""
        loss = self._results.get("loss", 0.0)
        if not math.isfinite(loss):
            self._end(Status.DIVERGED, f"Its loss was {loss} after {self._step:,} updates.")
        else:
            self._end(Status.STOPPED if self._is_asked else Status.SUCCEEDED)

    def broken_by(self, error: BaseException) -> None:
        """Log that an exception ended `fit`."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self._end(Status.STOPPED, "It was interrupted.")
        else:
            self._end(Status.FAILED, f"{type(error).__name__}: {error}"[:LONGEST_ERROR])

    def _note(self, log: RunLog, logs: Logs) -> None:
        values = _numbers(logs)
        self._names |= dict.fromkeys(values)
        passed = time.perf_counter() - self._began
        log.add(Point(self._step, self._epochs_done, passed, values), **self._progress(passed))

    def _progress(self, passed: float) -> dict[str, object]:
        epochs = int(self.params.get("epochs") or 1) - self._first_epoch
        per_epoch = self.params.get("steps") or (self._base // self._epochs_done if self._epochs_done else None)
        total = per_epoch * epochs if per_epoch else None
        speed = self._step / passed if passed else 0.0
        values: dict[str, object] = {
            "phase": "training",
            "step": self._step,
            "total_steps": total,
            "epoch": self._epochs_done,
            "epochs": epochs,
            "steps_per_epoch": per_epoch,
            "images_per_s": round(speed * self._batch_size) if self._batch_size else None,
            "left_s": round((total - self._step) / speed, 1) if total and speed else None,
            "metrics": list(self._names),
        }
        return {name: value for name, value in values.items() if value is not None}

    def _end(self, status: Status, error: str = "") -> None:
        """Log the end, with the metrics of the last complete epoch."""
        _logging.discard(self)
        if self._log is None:
            return
        passed = time.perf_counter() - self._began
        summary: dict[str, object] = {
            "steps_done": self._step,
            "epochs_done": self._epochs_done,
            "fit_s": round(passed, 3),
            "images_per_s": round(self._step * self._batch_size / passed) if self._batch_size else None,
            **{name + LAST: value for name, value in self._results.items() if math.isfinite(value)},
        }
        with suppress(ValueError):  # the network was never built
            summary["parameters"] = int(self.model.count_params())
        self._log.end(Ending(status, summary, error))

    def _stop(self) -> None:
        self._is_asked = True
        self.model.stop_training = True


def _watch_fit() -> None:
    """Let `fit` tell its callbacks of an exception: Keras tells them nothing."""
    fit = keras.Model.fit
    if hasattr(fit, "tells_glassbox"):
        return

    @wraps(fit)
    def watched(model: Any, *given: Any, **named: Any) -> Any:
        try:
            return fit(model, *given, **named)
        except BaseException as error:
            for callback in list(_logging):
                if callback.model is model:
                    callback.broken_by(error)
            raise

    watched.tells_glassbox = True  # type: ignore[attr-defined]
    keras.Model.fit = watched


def _numbers(logs: Logs) -> dict[str, float]:
    """Return the metrics that are single numbers."""
    found = {}
    for name, value in (logs or {}).items():
        with suppress(TypeError, ValueError):  # a metric of each class, for example
            found[name.replace('"', "'")] = float(value)
    return found


def _settings_of(model: Any, params: Mapping[str, Any], batch_size: int | None) -> LoggedConfig:
    optimizer = getattr(model, "optimizer", None)
    rate = optimizer.get_config().get("learning_rate") if optimizer is not None else None
    layers = [_layer(layer) for layer in model.layers]
    more = [f"and {len(layers) - MOST_NAMED} more"] if len(layers) > MOST_NAMED else []
    return LoggedConfig(
        optimizer=type(optimizer).__name__ if optimizer is not None else None,
        learning_rate=rate.get("class_name") if isinstance(rate, dict) else None if rate is None else float(rate),
        batch_size=batch_size,
        epochs=params.get("epochs"),
        loss=_loss(getattr(model, "loss", None)),
        layers=", ".join([*layers[:MOST_NAMED], *more]),
    )


def _layer(layer: Any) -> str:
    size = getattr(layer, "filters", None) or getattr(layer, "units", None)
    return type(layer).__name__ + (f" {size}" if isinstance(size, int) else "")


def _loss(loss: Any) -> str | None:
    """Return the name of a loss, or of several."""
    if isinstance(loss, Mapping | list | tuple):
        parts = loss.values() if isinstance(loss, Mapping) else loss
        return ", ".join(_loss(part) or "none" for part in parts)
    if loss is None or isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__))


def _batch_size() -> int | None:
    """Return the batch size that `fit` found in its data, of whatever kind; None if it cannot be known."""
    frame = inspect.currentframe()
    while frame is not None:
        adapter = getattr(frame.f_locals.get("epoch_iterator"), "data_adapter", None)
        if adapter is not None:
            size = getattr(adapter, "batch_size", None)
            return int(size) if size else None
        frame = frame.f_back
    return None


_watch_fit()  # now: in `model.fit(callbacks=[GlassboxCallback()])` fit is looked up before the callback is made
