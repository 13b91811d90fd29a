"""One step of training, number by number: forward, backward, the check by a nudge, and what each optimiser does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.backprop.chain import Chain, Passed
from core.explain.backprop.nudge import SIZE
from core.explain.backprop.objective import CrossEntropy, Objective, SquaredError, softmax
from core.explain.backprop.parts import Part
from core.explain.backprop.read import chain_of, inputs_of
from core.explain.backprop.rules import STARTS, Given, Line, Settings, lines_of, settings_from
from core.explain.backprop.shown import Arrays, Column, column_numbers, columns_of, edge_numbers, nudges, picked

MOST_TAKEN = 50  # steps, one after another


@dataclass(frozen=True, eq=False)
class Rule:
    """An optimiser, and what it remembers.

    Args:
        id: A key of `core.explain.backprop.rules.RULES`.
        settings: Its settings.
        old: Its moving averages before the step (weights,).
        t: Which update it makes, from 1.
        is_saved: Whether its averages are those of the run.
    """

    id: str
    settings: Settings
    old: Mapping[str, np.ndarray]
    t: int
    is_saved: bool

    def lines(self, w: np.ndarray, g: np.ndarray) -> list[Line]:
        """Return what it makes of a gradient."""
        return lines_of(self.id, Given(w, g, self.old, self.t, self.settings))

    def after(self, lines: Sequence[Line]) -> Rule:
        """Return it as it is at the next update."""
        values = {line.name: line.value for line in lines}
        return replace(self, old={name: values[name] for name in _averages(lines)}, t=self.t + 1)


class OneStep:
    """Computes one step of a chain of dense layers with a few examples.

    Args:
        network: One that `core.layers.chain.is_chain` accepts.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network

    def __call__(self, given: np.ndarray, *, wanted: np.ndarray, asked: str, averages: np.ndarray) -> Arrays:
        """Go forward and backward, and let each optimiser make its step.

        Args:
            given: The examples, as the network takes them.
            wanted: Class or number of each, float64 (n,).
            asked: JSON: the `loss` (`cross_entropy` with `smoothing`, or `squared_error` with `spread`); the `rules`,
                each with `id`, `settings`, names of saved `averages` and the update `t` that it makes; how many steps
                of rule number `by` were `taken` before; and by column the units that are `shown`.
            averages: The saved moving averages of the first rule, float64 (names, weights); none if of another size.

        Returns:
            `about`, JSON as uint8; and the numbers, by `<what>/<column>`, see `core.explain.backprop.shown`; and of
            each rule `rule/<rule>/<line>/<column>`, `old/<rule>/<name>/<column>`.

        Raises:
            ProbeError: The examples and what they should give do not fit each other, or the network is no such chain.
        """
        question = json.loads(asked)
        chain = chain_of(self._network, _objective(question["loss"]))
        return answer_of(chain, inputs_of(self._network, given), wanted, question, averages)


def answer_of(
    chain: Chain, x: np.ndarray, wanted: np.ndarray, asked: Mapping[str, Any], averages: np.ndarray
) -> Arrays:
    """Return what `OneStep` answers about a chain.

    Raises:
        ProbeError: The examples and what they should give do not fit each other.
    """
    _check_wanted(chain, wanted, len(x))
    rules = list(_rules(asked["rules"], averages, chain.weights.size))
    with np.errstate(all="ignore"):  # a step may be so long that the loss is no number: that is what it shows
        chain, rules = _walked(chain, rules, x, wanted, asked["by"], min(int(asked["taken"]), MOST_TAKEN))
        return _written(chain, rules, x, wanted, {int(key): units for key, units in asked["shown"].items()})


def _objective(loss: Mapping[str, Any]) -> Objective:
    if loss["kind"] == "cross_entropy":
        return CrossEntropy(loss["smoothing"])
    return SquaredError(loss["spread"])


def _check_wanted(chain: Chain, wanted: np.ndarray, count: int) -> None:
    last = next(part for part in reversed(chain.parts) if "kernel" in part.weights).weights["kernel"].shape[1]
    is_class = not isinstance(chain.objective, CrossEntropy) or bool(((wanted >= 0) & (wanted < last)).all())
    if wanted.shape != (count,) or not np.isfinite(wanted).all() or not is_class:
        raise ProbeError("what the examples should give does not fit them", received=f"{wanted.shape}")


def _rules(asked: Sequence[Mapping[str, Any]], averages: np.ndarray, weights: int) -> Iterator[Rule]:
    for number, one in enumerate(asked):
        is_saved = number == 0 and one["averages"] and averages.shape == (len(one["averages"]), weights)
        old = dict(zip(one["averages"], averages, strict=True)) if is_saved else {}
        yield Rule(one["id"], settings_from(one["settings"]), old, int(one["t"]) if is_saved else 1, bool(is_saved))


def _walked(
    chain: Chain, rules: list[Rule], x: np.ndarray, wanted: np.ndarray, by: int, taken: int
) -> tuple[Chain, list[Rule]]:
    """Return the chain and the rules after some steps of one of the rules."""
    for _ in range(taken):
        lines = rules[by].lines(chain.weights, chain.gradient(chain.run(x, wanted)))
        rules[by] = rules[by].after(lines)
        chain = chain.with_weights(_end(lines))
    return chain, rules


def _averages(lines: Sequence[Line]) -> list[str]:
    """Return the names of the moving averages that a rule reads."""
    return [line.name for line in lines if any(f"{{old {line.name}}}" in one.numbers for one in lines)]


def _end(lines: Sequence[Line]) -> np.ndarray:
    return lines[-1].value


def _written(
    chain: Chain, rules: Sequence[Rule], x: np.ndarray, wanted: np.ndarray, chosen: Mapping[int, Sequence[int]]
) -> Arrays:
    """Return all that is shown of a step: the numbers, and what there is to say."""
    passed = chain.run(x, wanted)
    gradient, is_class = chain.gradient(passed), isinstance(chain.objective, CrossEntropy)
    columns = columns_of(chain, passed, chosen, int(wanted[0]) if is_class else None)
    found = {**_answers(chain, passed, wanted), **_numbers(chain, passed, wanted, gradient, columns)}
    said = []
    for number, rule in enumerate(rules):
        lines = rule.lines(chain.weights, gradient)
        shown = {f"rule/{number}/{k}": line.value for k, line in enumerate(lines)}
        shown |= {f"old/{number}/{name}": value for name, value in rule.old.items()}
        found |= {
            f"{name}/{c}": picked(chain, value, before, column)
            for name, value in shown.items()
            for c, (before, column) in enumerate(pairwise(columns), start=1)
        }
        said.append(_rule_said(chain, rule, lines, gradient, x, wanted))
    about = {
        "columns": [_column_said(chain, column) for column in columns],
        "objective": {"kind": "classes" if is_class else "number", **vars(chain.objective)},
        "loss": _finite(float(passed.losses.mean()) + chain.penalty()),
        "penalty": _finite(chain.penalty()),
        "square": _finite(gradient @ gradient),
        "weights": int(chain.weights.size),
        "nudge": SIZE,
        "rules": said,
    }
    return {**found, "about": np.frombuffer(json.dumps(about).encode(), np.uint8)}


def _finite(value: float) -> float | None:
    """Return a number as JSON can hold it."""
    return float(value) if np.isfinite(value) else None


def _answers(chain: Chain, passed: Passed, wanted: np.ndarray) -> Arrays:
    out = passed.values[-1]
    found: Arrays = {"losses": passed.losses, "wanted": wanted, "out": out}
    if isinstance(chain.objective, CrossEntropy):
        found |= {"probabilities": softmax(out), "targets": chain.objective.targets(out, wanted)}
    return found


def _numbers(
    chain: Chain, passed: Passed, wanted: np.ndarray, gradient: np.ndarray, columns: Sequence[Column]
) -> Arrays:
    """Return the numbers of each column, and of the weights between two of them."""
    found: Arrays = {}
    for c, column in enumerate(columns):
        found |= {f"{name}/{c}": array for name, array in column_numbers(chain, passed, column).items()}
    for c, (before, column) in enumerate(pairwise(columns), start=1):
        found |= {f"{name}/{c}": array for name, array in edge_numbers(chain, passed, before, column).items()}
        for name, values in (("weights", chain.weights), ("gradients", gradient), ("pulls", chain.pulls())):
            found[f"{name}/{c}"] = picked(chain, values, before, column)
        found[f"nudges/{c}"] = nudges(chain, passed, wanted, before, column)
    return found


def _rule_said(
    chain: Chain, rule: Rule, lines: Sequence[Line], gradient: np.ndarray, x: np.ndarray, wanted: np.ndarray
) -> dict[str, Any]:
    """Return an optimiser's step in words, with the loss after it, and after the same step with a plus."""
    change = _end(lines) - chain.weights
    down, up = (chain.with_weights(chain.weights + way * change).loss(x, wanted) for way in (1, -1))
    return {
        "id": rule.id,
        "rate": rule.settings.rate,
        "t": rule.t,
        "isSaved": rule.is_saved,
        "lines": [{"name": line.name, "words": line.words, "numbers": line.numbers} for line in lines],
        "old": {name: STARTS.get(name, 0.0) for name in _averages(lines)},
        "after": _finite(down),
        "plus": _finite(up),
        "promised": _finite(-gradient @ change),
    }


def _column_said(chain: Chain, column: Column) -> dict[str, Any]:
    parts: Sequence[Part] = chain.parts[column.first : column.last]
    name = chain.parts[column.place].name if column.place >= 0 else "input"
    kinds = [getattr(part, "function", "") or type(part).__name__ for part in parts]
    layers = [part.name for part in parts]
    return {
        "name": name,
        "units": column.units.tolist(),
        "total": column.total,
        "parts": kinds,
        "layers": layers,
    }
