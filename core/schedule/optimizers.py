"""The Keras optimiser of a config, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.families.supervised.config import SupervisedConfig

OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "lion": "Lion",
    "muon": "Muon",
}
WITH_MOMENTUM = ("sgd", "rmsprop")
OUTPUT_LAYERS = ["logits", "value"]  # Muon is for hidden layers, says its author; Keras steps these with AdamW


@dataclass(frozen=True)
class OptimizerSpec:
    """An optimiser: its Keras class and its arguments without the learning rate."""

    keras_class: str
    kwargs: dict[str, object]


def describe_optimizer(config: SupervisedConfig) -> OptimizerSpec:
    """Describe the optimiser of a config."""
    kwargs: dict[str, object] = {}
    if config.optimizer in WITH_MOMENTUM:
        kwargs["momentum"] = config.momentum
    if config.optimizer == "sgd" and config.nesterov == "on":
        kwargs["nesterov"] = True
    if config.optimizer == "muon":  # its steps are for matrices; biases and kernels of convolutions take AdamW's
        kwargs |= {"exclude_layers": OUTPUT_LAYERS, "adam_weight_decay": config.weight_decay}
    if config.weight_decay or config.optimizer in ("adamw", "muon"):  # whose default is not 0
        kwargs["weight_decay"] = config.weight_decay
    if config.gradient_clip:
        kwargs["global_clipnorm"] = config.gradient_clip
    return OptimizerSpec(OPTIMIZERS[config.optimizer], kwargs)


def is_constant(config: SupervisedConfig) -> bool:
    """Return whether the learning rate is the same at every update."""
    return config.schedule == "constant" and not config.warmup
