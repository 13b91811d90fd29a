"""Runs that another program trains and logs: shown in lists and comparisons, not offered for training.

Their metrics have any names, so charts and results follow from those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from core.config import Config, Preset
from core.config.fields import wrong
from core.families.family import Chart, Family, Inspection, Result
from core.families.supervised.results import CHARTS
from core.names import points, signed

VALIDATION, LAST = "val_", "_last"
_ORDER = ("accuracy", "auc", "f1", "r2")  # parts of the names of metrics, the most telling first


@dataclass(frozen=True)
class Noted:
    """A setting as the program had it: a text or a number; None if it is not known."""

    label: str
    help: str

    def check(self, name: str, value: object) -> object:
        """Return `value` if it is a text, a number or None.

        Raises:
            ConfigError: It is something else.
        """
        if value is not None and not isinstance(value, str | int | float):
            raise wrong(name, self.expected(), value)
        return value

    def parse(self, name: str, text: str) -> object:
        """Return the text."""
        return text

    def format(self, value: Any) -> str:
        """Return the value as text."""
        return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)

    def say(self, value: Any) -> str:
        """Return the value as text."""
        return self.format(value) or "unknown"

    def expected(self) -> str:
        """Describe the allowed values."""
        return "a text or a number"


def noted(label: str, help: str) -> Any:
    """Declare a setting that is known only by what the program had."""
    return field(default=None, metadata={"field": Noted(label, help)})


@dataclass(frozen=True, kw_only=True)
class LoggedConfig(Config):
    """What is known of the settings of another program."""

    schema: ClassVar[int] = 1

    optimizer: str | None = noted("Optimiser", "The class of its optimiser.")
    learning_rate: float | str | None = noted("Learning rate", "At the beginning, or the class of its schedule.")
    batch_size: int | None = noted("Batch size", "Examples of an update.")
    epochs: int | None = noted("Epochs", "How often it wanted to see all its examples.")
    loss: str | None = noted("Loss", "What it minimises.")
    layers: str | None = noted("Layers", "The classes of its layers, in order.")


@dataclass(frozen=True)
class LoggedFamily(Family):
    """A kind of run whose charts and results follow from the names of its metrics."""

    def results_of(self, summary: Mapping[str, Any]) -> tuple[Result, ...]:
        """Return a result for each metric of the summary, the most telling first: validation before training."""
        names = [key.removesuffix(LAST) for key in summary if key.endswith(LAST)]
        return tuple(_result(name) for name in sorted(names, key=_rank)) or self.results

    def result(self, summary: Mapping[str, Any], spec: object = None) -> Result:
        """Return the main result of a run with this summary."""
        return self.results_of(summary)[0]

    def is_measured(self, summary: Mapping[str, Any]) -> bool:
        """Return whether a run with this summary has results."""
        return any(key.endswith(LAST) for key in summary)

    def charts_of(self, measured: Collection[str]) -> tuple[Chart, ...]:
        """Return a chart for each metric, with its validation beside it; the loss comes first."""
        names = {name.removeprefix(VALIDATION) for name in measured}
        return tuple(_chart(name, set(measured)) for name in sorted(names, key=lambda name: (name != "loss", name)))


def _rank(name: str) -> tuple[bool, bool, int, str]:
    bare = name.removeprefix(VALIDATION)
    told = [place for place, part in enumerate(_ORDER) if part in bare.lower()]
    return not name.startswith(VALIDATION), bare.endswith("loss"), min(told, default=len(_ORDER)), name


def _is_share(name: str) -> bool:
    return "accuracy" in name or name.removeprefix(VALIDATION) == "acc"


def _words(name: str) -> str:
    return name.removeprefix(VALIDATION).replace("_", " ")


def _result(name: str) -> Result:
    is_share = _is_share(name)
    return Result(
        name + LAST,
        f"{'Validation' if name.startswith(VALIDATION) else 'Training'} {_words(name)}",
        (lambda share: f"{100 * share:.1f} %") if is_share else lambda value: f"{value:.4g}",
        points if is_share else lambda apart: signed(apart, ".4g"),
        "The last metrics of the program appear here once it has ended.",
        (name.removeprefix(VALIDATION), f"Training {_words(name)}") if is_share else None,
        page="",
    )


def _chart(name: str, measured: set[str]) -> Chart:
    if alike := [chart for chart in CHARTS if chart.metrics[0] == name == "accuracy"]:  # it then shares its axes
        return alike[0]
    both = {name: "training", VALIDATION + name: "validation"}
    known = {metric: legend for metric, legend in both.items() if metric in measured}
    title = _words(name)
    unit, digits = ("share right", ".1%") if _is_share(name) else ("as Keras reports it", ".4~g")
    return Chart(title[0].upper() + title[1:], unit, tuple(known), tuple(known.values()), digits=digits)


def _unknown(config: LoggedConfig, spec: object) -> frozenset[str]:
    """Return the settings that are not known."""
    return frozenset(name for name in config.fields() if getattr(config, name) is None)


FAMILY = LoggedFamily(
    id="logged",
    title="Logged script",
    sentence="A network that another program on this machine trains with Keras.",
    invitation="",
    icon=":material/terminal:",
    presets={"logged": Preset("logged", "Logged script", "", LoggedConfig())},
    default_preset="logged",
    takes=lambda spec: False,
    networks=lambda config, spec: (),
    augmentation=lambda config: (),
    trainee="",
    script=lambda *given: [],
    views={},
    inspection=Inspection("", lambda config, data: data.x_train[0]),
    results=(_result("val_accuracy"),),
    charts=(),
    controls=(),
    sections=(),
    unused=_unknown,
)
