"""Explain with a run's own numbers what goes wrong in a GAN, and suggest a fix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from core.analysis.finding import Finding
from core.analysis.gan.fixes import ConfigDict, find_fix
from core.analysis.gan.quality import Coverage
from core.families.gan.losses import DEFAULT_LOSS, find_loss
from core.store.metrics import Point

Kind = Literal["not_a_number", "mode_collapse", "g_stalled", "d_too_strong", "oscillation"]

# A finding needs a window whose median is beyond the first limit and most values beyond the second, milder one, so that
# one noisy step neither starts nor ends it. The limits come from ten runs of a small DCGAN on 4,000 digits.
WINDOW_SHARE = 0.2  # of the rows: the last fifth shows the current state
FEWEST_ROWS = 20  # in a window: with fewer, noise looks like a trend
FEWEST_VALUES = 3  # in a window, of occasional metrics
HELD = 0.8  # share of the values in a window beyond the milder limit
_SMOOTH = 5  # values per running median, to find the step at which a problem began

# Healthy runs are at 0.75 to 1.1; slow ones stay at 0.34 before they improve; identical images give 0.
DIVERSITY, DIVERSITY_LEFT = 0.25, 0.4
DIVERSE = 0.6  # a run that was above and fell has collapsed, however early
WARM_UP_STEPS = 500  # untrained networks give similar samples too: 0.1, for up to 100 steps at usual rates
RISING = 1.1  # second half of the window over the first: still recovering
FEW_CLASSES, SOME_CLASSES = 0.5, 0.8  # share of classes covered: a healthy run of 800 steps covers all
# Mistakes on unseen images: healthy runs make 20 to 50 %, slow ones down to 2 %, but then believe in fakes.
MISTAKES, MISTAKES_LEFT = 0.03, 0.1
BELIEF, BELIEF_LEFT = 0.1, 0.25  # mean D(fake): healthy runs are at 0.35 to 0.5
FOOLED = 0.8  # mean D(fake): a discriminator that hardly learned was at 0.98, and the generator's gradient fell too
# 1 minus the gap between D(real) and D(fake), relative to what label smoothing allows: healthy runs have 0.6 to 1.
UNSURE, UNSURE_LEFT = 0.2, 0.4
# Relative to its largest: healthy runs go down to 0.04, the minimax loss with a confident D to 0.001.
GRADIENT, GRADIENT_LEFT = 0.01, 0.03
SWING = 0.3  # of smoothed D(fake) between the 10th and the 90th percentile: healthy runs have up to 0.15
TURNS = 4  # up or down: two full waves; fewer are a change of course
_PARTS, _LEAST_AVERAGED = 100, 3  # the running mean covers a hundredth of the window, at least 3 values


class Words(NamedTuple):
    """Plural nouns for a run's examples and for the modes it may miss."""

    examples: str
    modes: str


IMAGES, POINTS = Words("images", "classes"), Words("points", "clouds")


@dataclass(frozen=True, eq=False)
class _Series:
    """A metric's finite values and their steps, (n,) each; the window starts at index `recent`."""

    steps: np.ndarray
    values: np.ndarray
    recent: int

    @property
    def window(self) -> np.ndarray:
        return self.values[self.recent :]

    @property
    def smooth(self) -> np.ndarray:
        """The running median of 5 values, (n,)."""
        padded = np.pad(self.values, _SMOOTH // 2, mode="edge")
        medians: np.ndarray = np.median(np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH), axis=1)
        return medians

    @property
    def level(self) -> float:
        return float(np.median(self.window))

    def low_since(self, limit: float, milder: float) -> int | None:
        """Return the step since which the values are low, 0 if always; None if they are not low."""
        if len(self.window) < FEWEST_VALUES or self.level > limit or (self.window <= milder).mean() < HELD:
            return None
        high = np.flatnonzero(self.smooth > milder)
        return int(self.steps[min(high[-1] + 1, len(self.steps) - 1)]) if len(high) else 0


def mend_numbers(error: str, config: ConfigDict) -> Finding:
    """Return the finding for a diverged run, whose error describes the problem."""
    return _finding("not_a_number", error, config)


def diagnose(
    points: Sequence[Point], config: ConfigDict, coverage: Coverage | None = None, *, of: Words = IMAGES
) -> list[Finding]:
    """Return the problems of a GAN's run, the worst first.

    Args:
        points: Stored metrics by step: `g_loss`, `d_loss`, `d_real` and `d_fake` (the discriminator's mean belief, or
            its mean score), `g_gradient_norm`, `d_gradient_norm`, and occasionally `val_d_accuracy` (accuracy on unseen
            real images and as many generated ones) and `val_diversity` (mean distance between samples, relative to
            real images). Missing metrics are skipped.
        config: The run's settings, to suggest better ones.
        coverage: Classes, or clouds of points, in the latest samples.
        of: Nouns for the run's examples.

    Raises:
        ConfigError: There is no such loss.
    """
    broken = list(_not_a_number(points, config, of))
    if broken or len(points) < FEWEST_ROWS:
        return broken
    has_beliefs = find_loss(config.get("loss", DEFAULT_LOSS)).scores.share is not None
    found = [*_mode_collapse(points, config, coverage, of), *_g_stalled(points, config, of, has_beliefs)]
    if not has_beliefs:
        return found  # scores may have any size
    strong, circles = list(_d_too_strong(points, config, of)), list(_oscillation(points, config, of))
    diversity = _series(points, "val_diversity")
    fell = len(diversity.values) > 0 and bool((diversity.smooth >= DIVERSE).any())
    return [*found, *strong, *circles] if fell else [*strong, *found, *circles]  # never diverse: no collapse


_NAMES = {
    "g_loss": "generator's loss",
    "d_loss": "discriminator's loss",
    "g_gradient_norm": "generator's gradient",
    "d_gradient_norm": "discriminator's gradient",
    "d_real": "discriminator's belief in real {examples}",
    "d_fake": "discriminator's belief in generated {examples}",
}


def _not_a_number(points: Sequence[Point], config: ConfigDict, of: Words) -> Iterator[Finding]:
    for point in points:
        name = next((name for name in _NAMES if not math.isfinite(point.values.get(name, 0.0))), None)
        if name:
            became = "NaN" if math.isnan(point.values[name]) else "infinite"
            text = f"The {_NAMES[name].format(examples=of.examples)} became {became} at step {point.step:,}"
            rates = [f"{config[key]:g}" for key in ("g_learning_rate", "d_learning_rate") if key in config]
            why = (
                f"; the learning rates are {' (generator) and '.join(rates)} (discriminator)" if len(rates) == 2 else ""
            )
            yield _finding("not_a_number", f"{text}{why}.", config)
            return


def _mode_collapse(
    points: Sequence[Point], config: ConfigDict, coverage: Coverage | None, of: Words
) -> Iterator[Finding]:
    warm = points[-1].step >= WARM_UP_STEPS
    diversity = _series(points, "val_diversity")
    since = diversity.low_since(DIVERSITY, DIVERSITY_LEFT)
    fell = since is not None and bool((diversity.smooth[diversity.steps < since] >= DIVERSE).any())
    settled = f"mode collapse. The generator repeats a few {of.examples} that fool the discriminator."
    if since is not None and (warm or fell) and not _is_rising(diversity.window):
        amount = f"{diversity.level:.2f} times as much as real {of.examples} do"
        yield _finding(
            "mode_collapse", f"The samples differ from each other only {amount}, {_from(since)}: {settled}", config
        )
    elif coverage is not None and warm and coverage.covered <= SOME_CLASSES * len(coverage.shares):
        text = f"The samples show only {coverage.covered} of {len(coverage.shares)} {of.modes}"
        if coverage.covered <= FEW_CLASSES * len(coverage.shares):
            text += f", and {100 * max(coverage.shares):.0f} % of them show a single one: {settled}"
        else:
            text += ": partial mode collapse. The generator avoids what is harder to generate."
        yield _finding("mode_collapse", text, config)


def _g_stalled(points: Sequence[Point], config: ConfigDict, of: Words, has_beliefs: bool) -> Iterator[Finding]:
    norms = _series(points, "g_gradient_norm")
    if not len(norms.values):
        return
    peak = int(norms.smooth.argmax())
    largest = float(norms.smooth[peak])
    since = norms.low_since(GRADIENT * largest, GRADIENT_LEFT * largest)
    if since is not None and since > norms.steps[peak]:
        share = f"{100 * norms.level / largest:.2g} %"
        text = f"The generator's gradient is {share} of what it was at step {norms.steps[peak]:,}, {_from(since)}"
        belief = _series(points, "d_fake")
        if has_beliefs and len(belief.window) and belief.level >= FOOLED:
            why = f"the discriminator believes its {of.examples} ({belief.level:.2f}) and teaches it nothing"
            yield _finding("g_stalled", f"{text}: {why}.", config, "d_fooled")
        else:
            yield _finding("g_stalled", f"{text}: it has almost stopped learning.", config)


def _d_too_strong(points: Sequence[Point], config: ConfigDict, of: Words) -> Iterator[Finding]:
    real, fake = _series(points, "d_real"), _series(points, "d_fake")
    right = _series(points, "val_d_accuracy")
    room = 1 - float(config.get("label_smoothing") or 0)
    unsure = _series(points, "d_real", "d_fake", combine=lambda on_real, on_fake: 1 - (on_real - on_fake) / room)
    mistakes = _Series(right.steps, 1 - right.values, right.recent)
    began = [fake.low_since(BELIEF, BELIEF_LEFT), unsure.low_since(UNSURE, UNSURE_LEFT)]
    if len(right.window):
        began.append(mistakes.low_since(MISTAKES, MISTAKES_LEFT))
    steps = [step for step in began if step is not None]
    if len(steps) < len(began):
        return
    belief = f"rates real {of.examples} {real.level:.2f} and generated ones {fake.level:.2f} (1: surely real)"
    sure = f"classifies {_percent(right.level)} of unseen {of.examples} correctly, " if len(right.window) else ""
    text = f"The discriminator {sure}{belief}, {_from(max(steps))}"
    yield _finding("d_too_strong", f"{text}: it is too strong for the generator to keep up.", config)


def _oscillation(points: Sequence[Point], config: ConfigDict, of: Words) -> Iterator[Finding]:
    belief = _series(points, "d_fake")
    if len(belief.window) < FEWEST_ROWS:
        return
    width = max(_LEAST_AVERAGED, len(belief.window) // _PARTS)
    means = np.convolve(belief.window, np.full(width, 1 / width), mode="valid")
    low, high = np.quantile(means, [0.1, 0.9])
    turns = _turns(means, low + (high - low) / 4, high - (high - low) / 4)
    if high - low >= SWING and turns >= TURNS:
        span = f"{turns} times between {low:.2f} and {high:.2f}"
        start = int(belief.steps[belief.recent])
        text = f"The discriminator's belief in generated {of.examples} swung {span} {_from(start)}"
        yield _finding("oscillation", f"{text}: the two chase each other in circles.", config)


def _turns(values: np.ndarray, low: float, high: float) -> int:
    """Count the crossings from below `low` to above `high` and back; ignore values in between."""
    sides = np.where(values > high, 1, np.where(values < low, -1, 0))
    sides = sides[sides != 0]
    return int((np.diff(sides) != 0).sum())


def _is_rising(values: np.ndarray) -> bool:
    half = len(values) // 2
    return bool(np.median(values[half:]) > RISING * np.median(values[:half]))


def _series(points: Sequence[Point], *names: str, combine: Callable[..., np.ndarray] | None = None) -> _Series:
    """Return a metric, or several combined, at the steps that have all of them."""
    has = [point for point in points if all(math.isfinite(point.values.get(name, math.nan)) for name in names)]
    steps = np.array([point.step for point in has], np.int64)
    columns = [np.array([point.values[name] for point in has], float) for name in names]
    start = points[-max(FEWEST_ROWS, math.ceil(WINDOW_SHARE * len(points)))].step
    recent = min(int(np.searchsorted(steps, start)), max(len(steps) - FEWEST_VALUES, 0))
    return _Series(steps, combine(*columns) if combine else columns[0], recent)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def _from(step: int) -> str:
    return f"since step {step:,}" if step else "from the start"


def _finding(kind: Kind, sentence: str, config: ConfigDict, cause: str = "") -> Finding:
    fix = find_fix(cause or kind, config)
    return Finding(kind, sentence, fix.values, fix.changes)
