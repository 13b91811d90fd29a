"""The losses of supervised training by target: their names, and their code in printed programs.

Their TensorFlow functions are in `core.training.losses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_OF_CLASSES, DEFAULT_OF_NUMBER = "cross_entropy", "squared_error"


@dataclass(frozen=True)
class SupervisedLoss:
    """What supervised training makes small.

    Args:
        title: Name on the page.
        unit: Label of its axis.
        keras: Body of a function of `truth`, one-hot, or `error` in standard deviations, and of `answer`; empty for
            Keras' own loss.
        numpy: Lines that compute `delta`, its slope by the network's last sums `answer`, from `truth` and `shares`, or
            from `error`.
    """

    title: str
    unit: str
    keras: str
    numpy: str


CLASS_LOSSES: Mapping[str, SupervisedLoss] = {
    DEFAULT_OF_CLASSES: SupervisedLoss("Cross-entropy", "cross-entropy, nats", "", "delta = shares - truth"),
    "focal": SupervisedLoss(
        "Focal",
        "focal loss, nats",
        """\
right = keras.ops.sum(truth * answer, axis=-1)
return -((1 - right) ** 2) * keras.ops.log(keras.ops.maximum(right, 1e-37))""",
        """\
right = (truth * shares).sum(1, keepdims=True)
delta = (2 * right * (1 - right) * np.log(right) - (1 - right) ** 2) * (truth - shares)""",
    ),
    "hinge": SupervisedLoss(
        "Hinge",
        "hinge loss",
        """\
scores = keras.ops.log(keras.ops.maximum(answer, 1e-37))
other = keras.ops.max(scores - 1e9 * truth, axis=-1)
return keras.ops.relu(1 + other - keras.ops.sum(truth * scores, axis=-1))""",
        """\
others = answer - 1e9 * truth
first = (others == others.max(1, keepdims=True)).astype("float32")
short = 1 + others.max(1, keepdims=True) > (truth * answer).sum(1, keepdims=True)
delta = short * (first / first.sum(1, keepdims=True) - truth)""",
    ),
    "brier": SupervisedLoss(
        "Squared error",
        "squared error of the probabilities",
        "return keras.ops.sum((answer - truth) ** 2, axis=-1)",
        """\
apart = 2 * (shares - truth)
delta = shares * (apart - (apart * shares).sum(1, keepdims=True))""",
    ),
}
NUMBER_LOSSES: Mapping[str, SupervisedLoss] = {
    DEFAULT_OF_NUMBER: SupervisedLoss(
        "Squared error", "squared error, standardised", "return error**2", "delta = -2 * error"
    ),
    "absolute_error": SupervisedLoss(
        "Absolute error", "absolute error, standardised", "return keras.ops.abs(error)", "delta = -np.sign(error)"
    ),
    "huber": SupervisedLoss(
        "Huber",
        "Huber loss, standardised",
        """\
size = keras.ops.abs(error)
return keras.ops.where(size < 1, size**2 / 2, size - 0.5)""",
        "delta = -np.clip(error, -1, 1)",
    ),
}
