"""Suggest settings when a GAN goes wrong, one change at a time to show what helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SATURATING, NON_SATURATING = "minimax", "non_saturating"  # values of the setting `loss`
GENTLER = 4  # factor for the learning rate of one network: enough to change which one is ahead
FAR_GENTLER = 10  # divisor of both rates after a divergence
LOWEST_RATE = 1e-5  # below this, a run of minutes learns nothing
HIGHEST_RATE = 2e-3  # above this, Adam is unstable on small GANs
SMOOTHING = 0.1  # for labels of real images (Salimans et al., Improved techniques for training GANs, 2016)
NOISE = 0.1  # on the images that the discriminator sees (Arjovsky and Bottou, Towards principled methods, 2017)
PENALTY = 1.0  # R1 (Mescheder et al., Which training methods for GANs do actually converge?, 2018)

_WORDS = {
    "d_learning_rate": "discriminator learning rate",
    "g_learning_rate": "generator learning rate",
    "d_updates": "discriminator updates",
    "g_updates": "generator updates",
    "label_smoothing": "label smoothing",
    "instance_noise": "instance noise",
    "r1": "R1 penalty",
    "loss": "loss",
}

ConfigDict = Mapping[str, Any]  # settings of a run, as in JSON
Change = Callable[[ConfigDict], ConfigDict]


@dataclass(frozen=True)
class Fix:
    """New values of settings and their description; both empty if nothing helps."""

    values: ConfigDict
    changes: str


def find_fix(kind: str, config: ConfigDict) -> Fix:
    """Return the first change that applies to this config.

    Args:
        kind: Kind of the finding; "d_fooled" if the generator stalls because the discriminator believes everything.
        config: The run's settings; missing settings are not changed.
    """
    for change in _CHANGES[kind]:
        values = change(config)
        if values:
            said = " and ".join(f"{_WORDS[name]} {_say(value)}" for name, value in values.items())
            return Fix(values, said)
    return Fix({}, "")


def _say(value: Any) -> str:
    return value.replace("_", "-") if isinstance(value, str) else f"{value:g}"


def _slower(*names: str, factor: float) -> Change:
    """Divide learning rates, if all exist and are above the lowest."""

    def change(config: ConfigDict) -> ConfigDict:
        if not all(config.get(name, 0) > LOWEST_RATE for name in names):
            return {}
        return {name: max(LOWEST_RATE, float(f"{config[name] / factor:.3g}")) for name in names}

    return change


def _faster(name: str, factor: float) -> Change:
    """Multiply a learning rate that is below the highest."""

    def change(config: ConfigDict) -> ConfigDict:
        rate = config.get(name, HIGHEST_RATE)
        return {name: min(HIGHEST_RATE, float(f"{rate * factor:.3g}"))} if rate < HIGHEST_RATE else {}

    return change


def _slower_if_ahead(name: str, other: str) -> Change:
    """Divide a learning rate that is at least a quarter of the other; otherwise the rate is not the cause."""

    def change(config: ConfigDict) -> ConfigDict:
        ahead = config.get(name, 0) * GENTLER >= config.get(other, 0)
        return _slower(name, factor=GENTLER)(config) if ahead else {}

    return change


def _as_few(name: str, other: str) -> Change:
    """Update one network no more often than the other."""

    def change(config: ConfigDict) -> ConfigDict:
        fewest = max(1, config.get(other, 1))  # at least one, or neither would learn
        return {name: fewest} if config.get(name, 0) > fewest else {}

    return change


def _even(config: ConfigDict) -> ConfigDict:
    """Update G no more often than D, and equalise the rates if G's is far higher."""
    values = dict(_as_few("g_updates", "d_updates")(config))
    g_rate, d_rate = config.get("g_learning_rate", 0.0), config.get("d_learning_rate", 0.0)
    if d_rate and g_rate > GENTLER * d_rate:
        values |= dict.fromkeys(("g_learning_rate", "d_learning_rate"), float(f"{(g_rate * d_rate) ** 0.5:.3g}"))
    return values


def _add(name: str, value: float) -> Change:
    """Enable a setting that is 0."""
    return lambda config: {name: value} if config.get(name) == 0 else {}


def _other_loss(config: ConfigDict) -> ConfigDict:
    return {"loss": NON_SATURATING} if config.get("loss") == SATURATING else {}


_NOISE, _SMOOTHING, _PENALTY = _add("instance_noise", NOISE), _add("label_smoothing", SMOOTHING), _add("r1", PENALTY)
_WEAKER_D = (
    _as_few("d_updates", "g_updates"),
    _slower_if_ahead("d_learning_rate", "g_learning_rate"),
    _NOISE,
    _SMOOTHING,
    _PENALTY,
    _slower("d_learning_rate", factor=GENTLER),
)
_CHANGES: Mapping[str, tuple[Change, ...]] = {
    "not_a_number": (_slower("d_learning_rate", "g_learning_rate", factor=FAR_GENTLER),),
    "mode_collapse": (
        _even,
        _slower_if_ahead("g_learning_rate", "d_learning_rate"),
        _NOISE,
        _PENALTY,
        _slower("g_learning_rate", factor=GENTLER),
    ),
    "g_stalled": (_other_loss, *_WEAKER_D),
    "d_fooled": (
        _as_few("g_updates", "d_updates"),
        _faster("d_learning_rate", GENTLER),
        _slower("g_learning_rate", factor=GENTLER),
    ),
    "d_too_strong": _WEAKER_D,
    "oscillation": (_PENALTY, _slower("d_learning_rate", "g_learning_rate", factor=GENTLER)),
}
