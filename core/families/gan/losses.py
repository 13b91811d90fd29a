"""The losses of a GAN: each is one entry of `LOSSES`, and its two TensorFlow functions in `core.training.gan.losses`.

Scores are D's answers before any sigmoid, float (n,). `real` and `fake` are those of real and generated examples, and
`target` is what D should answer for real ones: 1 without label smoothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import ConfigError

DEFAULT_LOSS = "non_saturating"


def _sigmoid(scores: Any, numbers: Any) -> Any:
    return 0.5 * (1.0 + numbers.tanh(0.5 * scores))  # without overflow


def _clip(scores: Any, numbers: Any) -> Any:
    return numbers.minimum(numbers.maximum(scores, 0.0), 1.0)


@dataclass(frozen=True)
class Scores:
    """What D's scores mean.

    Args:
        boundary: The score between real and generated examples; None if only differences between scores count.
        share: Converts scores to the probability that examples are real, with NumPy or TensorFlow's NumPy; None if
            the loss does not make them probabilities.
    """

    boundary: float | None
    share: Callable[[Any, Any], Any] | None

    @property
    def reading(self) -> str:
        """Words on how a score is read."""
        if self.boundary is None:
            return "only differences between scores count"
        return f"above {self.boundary:g} means real"


LOGITS, SHARES, MARGIN, CRITIC = Scores(0.0, _sigmoid), Scores(0.5, _clip), Scores(0.0, None), Scores(None, None)


@dataclass(frozen=True, kw_only=True)
class GanLoss:
    """What D and G minimise, as TensorFlow code, as LaTeX formulas and with NumPy; penalties excluded.

    Args:
        title: Name on the page.
        d_code: Expression of `on_real`, `on_fake` and `TARGET` in the printed program.
        g_code: Expression of `fake` in the printed program.
        helpers: Functions that both expressions may call.
        d_formula: LaTeX formula of D's loss, from the target.
        g_formula: LaTeX formula of G's loss.
        d_parts: The terms of D's loss about real and about generated examples, from `real`, `fake` and `target`.
        g_value: G's loss, from `fake`.
        scores: What D's scores mean.
        has_target: Whether D's loss depends on the target, so that label smoothing has an effect.
        has_gradient_penalty: Whether D's gradient norm is held near 1 between real and generated examples.
    """

    title: str
    d_code: str
    g_code: str
    helpers: str = ""
    d_formula: Callable[[float], str]
    g_formula: str
    d_parts: Callable[[np.ndarray, np.ndarray, float], tuple[float, float]]
    g_value: Callable[[np.ndarray], float]
    scores: Scores = LOGITS
    has_target: bool = False
    has_gradient_penalty: bool = False

    def real_share(self, scores: Any, numbers: Any = np) -> Any:
        """Convert D's scores to the probability that examples are real, 0 to 1; None if they are no probabilities.

        Args:
            scores: An array or tensor of any shape.
            numbers: NumPy, or TensorFlow's NumPy for tensors.
        """
        return self.scores.share(scores, numbers) if self.scores.share else None

    def d_accuracy(self, real: np.ndarray, fake: np.ndarray) -> float:
        """Return the share of examples that D classifies correctly, real and generated ones counting equally."""
        boundary = self.scores.boundary
        if boundary is None:
            boundary = float(np.median([*real, *fake]))
        return 0.5 * (float((real > boundary).mean()) + float((fake < boundary).mean()))


def _softplus(scores: np.ndarray) -> np.ndarray:
    softened: np.ndarray = np.logaddexp(0.0, scores.astype(np.float64))
    return softened


def _cross_entropies(real: np.ndarray, fake: np.ndarray, target: float) -> tuple[float, float]:
    on_real = target * _softplus(-real) + (1 - target) * _softplus(real)
    return on_real.mean(), _softplus(fake).mean()


def _cross_entropy_formula(target: float) -> str:
    sure, doubt = (rf"{target:g}\,", rf" - {1 - target:g}\,\overline{{\ln(1-D(x))}}") if target < 1 else ("", "")
    return rf"-{sure}\overline{{\ln D(x)}}{doubt} - \overline{{\ln(1-D(G(z)))}}"


_CROSS_ENTROPIES = "cross_entropy(on_real, TARGET) + cross_entropy(on_fake, 0.0)"
_CROSS_ENTROPY = """\
def cross_entropy(score, target):
    return tf.reduce_mean(target * tf.nn.softplus(-score) + (1 - target) * tf.nn.softplus(score))


"""

LOSSES = {
    "non_saturating": GanLoss(  # Goodfellow et al., 2014; one-sided label smoothing: Salimans et al., 2016
        title="Non-saturating (classical)",
        d_code=_CROSS_ENTROPIES,
        g_code="tf.reduce_mean(tf.nn.softplus(-fake))",
        helpers=_CROSS_ENTROPY,
        d_formula=_cross_entropy_formula,
        g_formula=r"-\overline{\ln D(G(z))}",
        d_parts=_cross_entropies,
        g_value=lambda fake: _softplus(-fake).mean(),
        has_target=True,
    ),
    "minimax": GanLoss(  # Goodfellow et al., 2014
        title="Minimax (saturating)",
        d_code=_CROSS_ENTROPIES,
        g_code="-tf.reduce_mean(tf.nn.softplus(fake))",
        helpers=_CROSS_ENTROPY,
        d_formula=_cross_entropy_formula,
        g_formula=r"\overline{\ln(1-D(G(z)))}",
        d_parts=_cross_entropies,
        g_value=lambda fake: -_softplus(fake).mean(),
        has_target=True,
    ),
    "least_squares": GanLoss(  # Mao et al., 2017
        title="Least squares",
        d_code="0.5 * tf.reduce_mean((on_real - TARGET) ** 2) + 0.5 * tf.reduce_mean(on_fake**2)",
        g_code="0.5 * tf.reduce_mean((fake - 1) ** 2)",
        d_formula=lambda target: rf"\tfrac12\,\overline{{(D(x)-{target:g})^2}} + \tfrac12\,\overline{{D(G(z))^2}}",
        g_formula=r"\tfrac12\,\overline{(D(G(z))-1)^2}",
        d_parts=lambda real, fake, target: (0.5 * ((real - target) ** 2).mean(), 0.5 * (fake**2).mean()),
        g_value=lambda fake: 0.5 * ((fake - 1) ** 2).mean(),
        scores=SHARES,
        has_target=True,
    ),
    "hinge": GanLoss(  # Lim and Ye, 2017
        title="Hinge",
        d_code="tf.reduce_mean(tf.nn.relu(1 - on_real)) + tf.reduce_mean(tf.nn.relu(1 + on_fake))",
        g_code="-tf.reduce_mean(fake)",
        d_formula=lambda target: r"\overline{\max(0,\,1-D(x))} + \overline{\max(0,\,1+D(G(z)))}",
        g_formula=r"-\overline{D(G(z))}",
        d_parts=lambda real, fake, target: (np.maximum(0, 1 - real).mean(), np.maximum(0, 1 + fake).mean()),
        g_value=lambda fake: -fake.mean(),
        scores=MARGIN,
    ),
    "wasserstein": GanLoss(  # Arjovsky et al., 2017; gradient penalty: Gulrajani et al., 2017
        title="Wasserstein, gradient penalty",
        d_code="tf.reduce_mean(on_fake) - tf.reduce_mean(on_real)",
        g_code="-tf.reduce_mean(fake)",
        d_formula=lambda target: r"-\overline{D(x)} + \overline{D(G(z))}",
        g_formula=r"-\overline{D(G(z))}",
        d_parts=lambda real, fake, target: (-real.mean(), fake.mean()),
        g_value=lambda fake: -fake.mean(),
        scores=CRITIC,
        has_gradient_penalty=True,
    ),
}


def find_loss(loss_id: str) -> GanLoss:
    """Return a loss by id.

    Raises:
        ConfigError: There is no such loss; the message lists the known ones.
    """
    if loss_id not in LOSSES:
        raise ConfigError(f"there is no GAN loss {loss_id!r}", expected="one of " + ", ".join(LOSSES))
    return LOSSES[loss_id]
