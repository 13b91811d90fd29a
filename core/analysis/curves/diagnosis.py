"""Explain with the curves of a supervised run what kept it from learning, and suggest one change.

The limits come from 60 runs of the presets and of broken ones; a finding needs to be beyond them clearly, so that no
healthy run is blamed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analysis.classifier.diagnosis import LEAST_UPDATES
from core.analysis.classifier.generalisation import LEARNED
from core.analysis.curves.series import Series, series
from core.analysis.finding import Finding
from core.config import Config
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, NextToken, Number
from core.store.metrics import Point

STUCK = 0.95  # of the loss of a guess: sigmoid units in five layers stay at 1.00, an RNN on a long task at 0.96 to 1
RISEN = 1.5  # times the loss of a guess: the healthy preset with the highest rate rises to 1.4 times
SPIKE = 1000.0  # a gradient over the usual one
WORSE = 1.2  # loss of held-back examples over its least: small healthy runs reach 1.17
MUCH_WORSE = 1.4  # even if as many answers are right: it is surer of the wrong ones
MATTERS = 0.2  # of the loss of a guess: below, even a loss that has doubled is small
POINTS = 0.01  # of accuracy that is lost with it
FITTED = 0.5  # training loss over that of held-back examples
FALLING = 0.25  # of all that the loss fell fell in the last third
FLAT = 0.15
DEAD = 0.5  # share of a layer's units that give 0 for every example
FEWEST_EPOCHS = 5  # validated ones, to see a turn
SMALL_RATES = {"sgd": 2e-3}  # below these, slow learning is the rate's fault
SMALL_RATE = 2e-4
LARGE_RATE = 0.05
SQUASHING, DEEP = ("sigmoid", "tanh"), 3  # activations; layers of them that hold the error back


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of a run.

    Args:
        points: The stored metrics by step.
        config, spec: Settings and data.
        summary: Its summary.
        loss: Of training, by step.
    """

    points: Sequence[Point]
    config: Config
    spec: DataSpec
    summary: Mapping[str, Any]
    loss: Series

    @property
    def guess(self) -> float | None:
        """The loss of a guess."""
        return guess_of(self.config, self.spec)


Rule = Callable[[Told], Iterator[Finding]]


def diagnose_curves(
    points: Sequence[Point],
    config: Config,
    spec: DataSpec,
    summary: Mapping[str, Any],
    dead: Mapping[str, np.ndarray],
) -> Finding | None:
    """Return the worst problem that the curves of a finished run show; None if there is none.

    Args:
        points: The stored metrics by step.
        config, spec: Settings and data of the run.
        summary: Its summary.
        dead: By layer which units are dead at its end, bool (units,).
    """
    loss = series(points, "loss")
    if len(loss) < LEAST_UPDATES:
        return None
    told = Told(points, config, spec, summary, loss)
    for rule in RULES:
        if found := next(rule(told), None):
            return found
    return next(_dead(dead, config), None)


def guess_of(config: Config, spec: DataSpec) -> float | None:
    """Return the loss of the best answer that ignores the example, for the usual losses; None for others."""
    if getattr(config, "loss_on", None) is None:
        return None
    loss, target = config.loss_on(spec), spec.target  # type: ignore[attr-defined]
    if isinstance(target, Number):
        return 1.0 if loss in ("", "squared_error") else None  # the targets are standardised
    if isinstance(target, NextToken):
        return math.log(len(target.vocabulary)) / target.characters  # in nats a character, as the loss
    return math.log(spec.num_classes) if isinstance(target, Classes) and loss in ("", "cross_entropy") else None


def _exploded(run: Told) -> Iterator[Finding]:
    norm, loss = series(run.points, "gradient_norm"), run.loss
    if not len(norm) or bool(getattr(run.config, "gradient_clip", True)):
        return
    usual, at = float(np.median(norm.values)), int(np.argmax(norm.values))
    before, after = (
        np.median(part) if len(part) else np.nan
        for part in (loss.values[max(0, at - 20) : at], loss.values[at + 1 : at + 21])
    )
    if norm.values[at] > SPIKE * usual and after > 2 * before:
        yield Finding(
            "exploding_gradient",
            f"At step {norm.steps[at]:,} the gradient was {norm.values[at]:,.3g}, where {usual:.3g} is usual here, and "
            f"the loss went from {before:.3g} to {after:.3g}.",
            {"gradient_clip": 1.0},
            "the gradient clipped at 1",
            why="Through many layers or steps of time a gradient is multiplied again and again, so that it can grow "
            "without bound; one such step throws away what was learned. Clipping keeps its direction and bounds its "
            "length.",
            metric="gradient_norm",
            step=int(norm.steps[at]),
        )


def _too_large(run: Told) -> Iterator[Finding]:
    loss, guess, config = run.loss, run.guess, run.config
    start = max(float(loss.values[0]), guess or 0.0)
    top = int(np.argmax(loss.smooth))
    ends_badly = guess is not None and loss.level(0.9, 1.0) > STUCK * guess
    if (top > 0 and loss.smooth[top] > RISEN * start) or (ends_badly and loss.level(0.9, 1.0) > 1.1 * start):
        yield from _rate(
            config,
            0.1,
            "rate_too_large",
            f"The loss rose from {loss.values[0]:.3g} to {loss.smooth[top]:.3g} by step {loss.steps[top]:,}: "
            f"a learning rate of {_rate_of(config):g} is too large here.",
            "Each step goes down by the slope at its place, but it goes so far that it lands higher on the other side.",
            int(loss.steps[top]),
        )


def _stuck(run: Told) -> Iterator[Finding]:
    loss, guess, config = run.loss, run.guess, run.config
    level = loss.level(0.8, 1.0)
    if guess is None or level < STUCK * guess or level > RISEN * guess:
        return
    steps = f"{loss.steps[-1]:,} updates"
    what = f"It learned nothing: after {steps} the loss is {level:.3g}; a guess without the example has {guess:.3g}."
    yield next(_cause(config, what), Finding("stuck", what, {}, "", why=_LONG_WAY, metric="loss", step=0))


_LONG_WAY = """The error has a long way back (many steps of time, or many layers), or the examples do not tell the
answer."""


def _cause(config: Config, what: str) -> Iterator[Finding]:
    """Yield what may have kept a network at the loss of a guess, the surest first."""
    usual = type(config)()
    if getattr(config, "layers", None) == ():
        why = "Without a layer in between, a network draws one straight line, and no straight line divides these."
        fix = {"layers": getattr(usual, "layers", ())}
        yield Finding("no_hidden_layer", what, fix, "hidden layers", why=why, metric="loss", step=0)
    first = getattr(config, "initializer", None)
    if first != getattr(usual, "initializer", None):
        why = "With such first weights the signals of all units vanish, saturate or stay alike on their way through."
        fix = {"initializer": getattr(usual, "initializer", None)}
        yield Finding("first_weights", what, fix, "usual first weights", why=why, metric="loss", step=0)
    if len(_squashing(config)) >= DEEP:
        yield _with_relu(config, what)
    if _is_small(config):
        yield from _rate(config, 10.0, "rate_too_small", what, "Its steps are too short to get anywhere.", 0)
    elif _rate_of(config) > LARGE_RATE:
        yield from _rate(config, 0.1, "rate_too_large", what, "Its steps may be so long that it lands anywhere.", 0)


def _squashing(config: Config) -> list[Any]:
    """Return the layers whose activation is nearly flat for large sums."""
    return [block for block in getattr(config, "layers", ()) if getattr(block, "activation", "") in SQUASHING]


def _with_relu(config: Config, what: str) -> Finding:
    flat = _squashing(config)
    layers = tuple(
        replace(block, activation="relu") if block in flat else block for block in getattr(config, "layers", ())
    )
    why = (
        f"The error passes {len(flat)} layers of {flat[0].activation} on its way back, and each makes it smaller: a "
        "sigmoid's slope is at most a quarter. So the first layers hardly learn. ReLU lets it through."
    )
    changes = "ReLU as activation"
    return Finding("vanishing_gradient", what, {"layers": layers}, changes, why=why, metric="gradient_norm", step=0)


def _learned_by_heart(run: Told) -> Iterator[Finding]:
    held_back, loss, points, config = series(run.points, "val_loss"), run.loss, run.points, run.config
    if len(held_back) < FEWEST_EPOCHS:
        return
    best, end = int(np.argmin(held_back.values)), held_back.level(0.8, 1.0)
    matters = end > MATTERS * (run.guess or 0.0)
    is_worse = matters and end > WORSE * held_back.values[best] and best < 0.7 * len(held_back)
    if (
        not is_worse
        or loss.level(0.9, 1.0) > FITTED * end
        or not (_lost(points, best) or end > MUCH_WORSE * held_back.values[best])
    ):
        return
    epoch = next(point.epoch for point in points if point.step == held_back.steps[best] and "val_loss" in point.values)
    yield Finding(
        "overfitting",
        f"From epoch {epoch} on it got worse on examples it does not train on: their loss rose from "
        f"{held_back.values[best]:.3g} to {end:.3g}, while that of training fell to {loss.level(0.9, 1.0):.3g}.",
        {"epochs": max(1, epoch)} if "epochs" in config.fields() else {},
        f"{max(1, epoch)} epoch{'s' if epoch > 1 else ''}",
        why="It began to learn single training examples by heart instead of what they have in common. Fewer epochs, "
        "more or augmented examples, dropout and weight decay help.",
        metric="val_loss",
        step=int(held_back.steps[best]),
    )


def _lost(points: Sequence[Point], best: int) -> bool:
    """Return whether the held-back examples are also answered worse than at an earlier validation, in the metric."""
    accuracy = series(points, "val_accuracy")
    if len(accuracy):
        return bool(accuracy.values[: best + 1].max() - accuracy.level(0.8, 1.0) > POINTS)
    r2 = series(points, "val_r2")
    return not len(r2) or bool(r2.values[best] - r2.level(0.8, 1.0) > POINTS)


def _too_slow(run: Told) -> Iterator[Finding]:
    loss, config = run.loss, run.config
    start, late, end = loss.level(0.0, 0.02), loss.level(0.6, 0.7), loss.level(0.95, 1.0)
    is_falling = start > end and late - end > FALLING * (start - end)
    if not is_falling or _is_good(run.summary):
        return
    what = f"The loss was still falling when it ended: {late:.3g} at two thirds, {end:.3g} at step {loss.steps[-1]:,}."
    if _is_small(config):
        why = f"With a learning rate of {_rate_of(config):g} each step is too short to get there in this time."
        yield from _rate(config, 10.0, "rate_too_small", what, why, int(loss.steps[-1]))
        return
    field = config.fields().get("epochs")
    epochs = min(3 * int(getattr(config, "epochs", 0)), int(getattr(field, "high", 0)))
    more = {"epochs": epochs} if field is not None and epochs > int(getattr(config, "epochs", 0)) else {}
    why = "It had not finished learning. It may go on from here, or begin again with more epochs."
    changed = f"{epochs} epochs"
    yield Finding("ended_early", what, more, changed, why=why, metric="loss", step=int(loss.steps[-1]))


def _too_small(run: Told) -> Iterator[Finding]:
    loss, config, accuracy = run.loss, run.config, run.summary.get("train_accuracy_last")
    start, late, end = loss.level(0.0, 0.02), loss.level(0.6, 0.7), loss.level(0.95, 1.0)
    is_flat = abs(late - end) < FLAT * abs(start - end)
    has_wrong_labels = bool(getattr(config, "label_noise", 0.0)) or getattr(config, "shuffle_labels", "off") == "on"
    if accuracy is None or accuracy >= LEARNED or not is_flat or has_wrong_labels:
        return
    if getattr(config, "schedule", "constant") != "constant":
        return  # a rate that falls to zero makes every curve flat
    wider = config.widened(2.0)
    fix = {name: mine for name, (mine, _) in wider.differences(config).items()}
    yield Finding(
        "underfitting",
        f"It answers {accuracy:.1%} of its own training examples, and its loss stays at {end:.3g}.".replace(
            "%", " %", 1
        ),
        {name: getattr(wider, name) for name in fix},
        "layers twice as wide",
        why="The network is too small, or bound too tightly (dropout, weight decay), for what there is to learn.",
        metric="loss",
        step=int(loss.steps[-1]),
    )


def _dead(dead: Mapping[str, np.ndarray], config: Config) -> Iterator[Finding]:
    shares = {layer: float(np.mean(units)) for layer, units in dead.items() if np.size(units)}
    layer = max(shares, key=lambda name: shares[name], default="")
    if layer and shares[layer] > DEAD:
        count, total = int(np.sum(dead[layer])), int(np.size(dead[layer]))
        what = f"{count:,} of {total:,} units of {layer} are dead: they give 0 for every example looked at."
        why = (
            "A ReLU whose sum is negative for every example has no gradient, so it never learns again. Large steps and "
            "large first weights push units there; leaky ReLU, ELU and GELU let a gradient through."
        )
        yield from _rate(config, 0.1, "dead_units", what, why, None)


def _rate(config: Config, times: float, kind: str, what: str, why: str, step: int | None) -> Iterator[Finding]:
    """Yield a finding whose fix is another learning rate, within bounds."""
    field, rate = config.fields().get("learning_rate"), _rate_of(config)
    low, high = (float(getattr(field, end, rate)) for end in ("low", "high"))
    wanted = min(max(float(f"{rate * times:.3g}"), low), high)
    fix = {"learning_rate": wanted} if field is not None and wanted != rate else {}
    yield Finding(kind, what, fix, f"learning rate {wanted:g}", why=why, metric="loss", step=step)


def _rate_of(config: Config) -> float:
    return float(getattr(config, "learning_rate", 0.0))


def _is_small(config: Config) -> bool:
    return _rate_of(config) <= SMALL_RATES.get(getattr(config, "optimizer", ""), SMALL_RATE)


def _is_good(summary: Mapping[str, Any]) -> bool:
    """Return whether a run learned enough for its end not to matter; unknown counts as good."""
    accuracy, r2 = summary.get("train_accuracy_last"), summary.get("test_r2_last")
    if accuracy is not None:
        return bool(accuracy >= LEARNED)
    return r2 is None or bool(r2 >= 0.5)


RULES: tuple[Rule, ...] = (_too_large, _exploded, _stuck, _learned_by_heart, _too_slow, _too_small)
