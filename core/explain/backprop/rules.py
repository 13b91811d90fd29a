"""What each optimiser makes of a gradient, line by line, as Keras computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

EPSILON = 1e-7  # Keras' of all optimisers
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
RATE, DECAYED = "\N{GREEK SMALL LETTER ETA}", "w\N{PRIME}"
STARTS = {"a": 0.1}  # of moving averages; all others start from 0

Averages = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Line:
    """One line of arithmetic, for all weights at once.

    Args:
        name: What it gives: a moving average by its name, or `w` for the new weights.
        words: How, in symbols.
        numbers: How, in numbers: `{g}` stands for a weight's gradient, `{w}` for the weight, `{old m}` for a moving
            average before, and `{m}` for what an earlier line gave.
        value: What comes of it (weights,).
    """

    name: str
    words: str
    numbers: str
    value: np.ndarray


@dataclass(frozen=True)
class Settings:
    """Settings of an optimiser.

    Args:
        rate: Learning rate.
        decay: Weight decay.
        momentum: Of SGD and RMSprop.
        nesterov: Whether SGD's momentum looks ahead.
        clip: Largest norm of the gradient; 0 for none.
    """

    rate: float
    decay: float = 0.0
    momentum: float = 0.0
    nesterov: bool = False
    clip: float = 0.0


@dataclass(frozen=True, eq=False)
class Given:
    """What a rule works on: the `w` and `g` of all weights, averages before, which update it is, and settings."""

    w: np.ndarray
    g: np.ndarray
    old: Averages
    t: int
    settings: Settings
    names: tuple[str, str] = ("w", "g")  # what `w` and `g` are called after decay and clipping

    def average(self, name: str) -> np.ndarray:
        """Return a moving average before this update."""
        return self.old.get(name, np.full_like(self.w, STARTS.get(name, 0.0)))

    def line(self, name: str, words: str, value: np.ndarray, **numbers: float) -> Line:
        """Return a line whose words hold each `numbers` as `[name]`, and what else has numbers as `{name}`."""
        w, g = self.names
        said, put = words, words
        for key, number in {"rate": self.settings.rate, **numbers}.items():
            said = said.replace(f"[{key}]", RATE if key == "rate" else f"{number:.4g}")
            put = put.replace(f"[{key}]", f"{number:.4g}")
        for short, full in (("{w}", w), ("{g}", g)):
            put = put.replace(short, f"{{{full}}}")
            said = said.replace(short, full)
        plain = said.replace("{old ", "").replace("{", "").replace("}", "")
        return Line(name, plain, put, value)


def _sgd(given: Given) -> list[Line]:
    s = given.settings
    if not s.momentum:
        return [given.line("w", f"{{w}} {MINUS} [rate] {TIMES} {{g}}", given.w - s.rate * given.g)]
    m = s.momentum * given.average("m") - s.rate * given.g
    words = f"[momentum] {TIMES} {{old m}} {MINUS} [rate] {TIMES} {{g}}"
    first = given.line("m", words, m, momentum=s.momentum)
    if not s.nesterov:
        return [first, given.line("w", "{w} + {m}", given.w + m)]
    ahead = f"{{w}} + [momentum] {TIMES} {{m}} {MINUS} [rate] {TIMES} {{g}}"
    return [first, given.line("w", ahead, given.w + s.momentum * m - s.rate * given.g, momentum=s.momentum)]


def _mean(given: Given, name: str, of: str, new: np.ndarray, keep: float) -> Line:
    """Return the line of a moving average."""
    words = f"[keep] {TIMES} {{old {name}}} + [rest] {TIMES} {of}"
    return given.line(name, words, keep * given.average(name) + (1 - keep) * new, keep=keep, rest=1 - keep)


def _rmsprop(given: Given) -> list[Line]:
    s = given.settings
    v = _mean(given, "v", "{g}\N{SUPERSCRIPT TWO}", given.g**2, 0.9)
    step = s.rate * given.g / np.sqrt(v.value + EPSILON)
    way = f"[rate] {TIMES} {{g}} / \N{SQUARE ROOT}({{v}} + 1e-7)"
    if not s.momentum:
        return [v, given.line("w", f"{{w}} {MINUS} {way}", given.w - step)]
    m = s.momentum * given.average("m") + step
    carried = given.line("m", f"[momentum] {TIMES} {{old m}} + {way}", m, momentum=s.momentum)
    return [v, carried, given.line("w", f"{{w}} {MINUS} {{m}}", given.w - m)]


def _adam(given: Given) -> list[Line]:
    first, second = 0.9, 0.999
    m, v = _mean(given, "m", "{g}", given.g, first), _mean(given, "v", "{g}\N{SUPERSCRIPT TWO}", given.g**2, second)
    shares = [1 - keep**given.t for keep in (first, second)]
    m_hat = given.line("m\N{COMBINING CIRCUMFLEX ACCENT}", "{m} / [share]", m.value / shares[0], share=shares[0])
    v_hat = given.line("v\N{COMBINING CIRCUMFLEX ACCENT}", "{v} / [share]", v.value / shares[1], share=shares[1])
    epsilon = EPSILON / np.sqrt(shares[1])  # Keras adds it before it corrects v
    words = f"{{w}} {MINUS} [rate] {TIMES} {{{m_hat.name}}} / (\N{SQUARE ROOT}{{{v_hat.name}}} + [epsilon])"
    step = given.settings.rate * m_hat.value / (np.sqrt(v_hat.value) + epsilon)
    return [m, v, m_hat, v_hat, given.line("w", words, given.w - step, epsilon=epsilon)]


def _adagrad(given: Given) -> list[Line]:
    a = given.line("a", "{old a} + {g}\N{SUPERSCRIPT TWO}", given.average("a") + given.g**2)
    words = f"{{w}} {MINUS} [rate] {TIMES} {{g}} / \N{SQUARE ROOT}({{a}} + 1e-7)"
    step = given.settings.rate * given.g / np.sqrt(a.value + EPSILON)
    return [a, given.line("w", words, given.w - step)]


def _adadelta(given: Given) -> list[Line]:
    v = _mean(given, "v", "{g}\N{SUPERSCRIPT TWO}", given.g**2, 0.95)
    step = np.sqrt(given.average("u") + EPSILON) / np.sqrt(v.value + EPSILON) * given.g
    root = "\N{SQUARE ROOT}"
    d = given.line("d", f"{root}({{old u}} + 1e-7) / {root}({{v}} + 1e-7) {TIMES} {{g}}", step)
    u = _mean(given, "u", "{d}\N{SUPERSCRIPT TWO}", step**2, 0.95)
    return [v, d, u, given.line("w", f"{{w}} {MINUS} [rate] {TIMES} {{d}}", given.w - given.settings.rate * step)]


def _lion(given: Given) -> list[Line]:
    way = 0.9 * given.average("m") + 0.1 * given.g
    c = given.line("c", f"0.9 {TIMES} {{old m}} + 0.1 {TIMES} {{g}}", way)
    m = _mean(given, "m", "{g}", given.g, 0.99)
    w = given.w - given.settings.rate * np.sign(way)
    return [c, m, given.line("w", f"{{w}} {MINUS} [rate] {TIMES} sign({{c}})", w)]


# Keras' optimisers by the ids of `core.schedule.optimizers`; Muon is none of them: it steps whole matrices at once.
RULES: dict[str, Callable[[Given], list[Line]]] = {
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adam,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
    "lion": _lion,
}


def lines_of(rule: str, given: Given) -> list[Line]:
    """Return the lines of one update; clipping of the gradient and weight decay come first, as in Keras."""
    s, first, w, g = given.settings, list[Line](), given.w, given.g
    names = list(given.names)
    norm = float(np.linalg.norm(g))
    if s.clip and norm > s.clip:
        g = g * s.clip / norm
        names[1] = "g\N{PRIME}"
        first.append(given.line(names[1], f"{{g}} {TIMES} [clip] / [norm]", g, clip=s.clip, norm=norm))
    if s.decay:
        w = w - s.rate * s.decay * w
        names[0] = DECAYED
        words = f"{{w}} {MINUS} [rate] {TIMES} [decay] {TIMES} {{w}}"
        first.append(given.line(DECAYED, words, w, decay=s.decay))
    return [*first, *RULES[rule](Given(w, g, given.old, given.t, s, (names[0], names[1])))]


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Return settings from JSON."""
    return Settings(**values)
