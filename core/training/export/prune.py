"""Prune a trained network: its smallest kernel weights become zero, and the others learn for one more epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from core.config import Config
from core.datasets import Prepared
from core.families import Family
from core.jobs.work import Work
from core.models.network import plain_copy
from core.resolve import resolve
from core.training.process.device import dtype_policy
from core.training.step import Trainee


def prune(
    work: Work, family: Family, config: Config, data: Prepared, network: keras.Model, sparsity: float
) -> keras.Model:
    """Return a pruned copy of a network, whose other weights have learned for one more epoch.

    It learns as the run did: the same training examples, optimiser, schedule and augmentation. The last weights are
    kept, whatever they answer.

    Args:
        work: Told how far it is.
        family, config, data: Of the run.
        network: Its main network in float32, as its layers describe it; it is left as it is.
        sparsity: Share of the trained kernel weights to set to zero, the smallest of all layers together.
    """
    keras.utils.set_random_seed(config.seed)
    policy = dtype_policy(config.precision)
    trainee: Trainee = resolve(family.trainee)(family, config.one_epoch(), data, policy, work.tell)
    trainee.network.set_weights(network.get_weights())
    _hold_zeros(kernels_of(trainee.network), sparsity)
    _learn(trainee, work)
    described = family.networks(config, data.spec)[0]
    return plain_copy(trainee.network, described.specs, described)


def kernels_of(network: keras.Model) -> list[keras.Variable]:
    """Return the kernels that training changes; biases and normalisation have one axis only."""
    return [variable for variable in network.trainable_variables if len(variable.shape) > 1]


def share_of_zeros(network: keras.Model) -> float:
    """Return the share of the trained kernel weights that are zero."""
    return float(np.mean(np.concatenate([kernel.numpy().ravel() for kernel in kernels_of(network)]) == 0))


def masks_of(weights: Sequence[np.ndarray], sparsity: float) -> list[np.ndarray]:
    """Return which weights to keep, bool in the shape of each array: all but the smallest of all arrays together.

    Args:
        weights: The arrays.
        sparsity: Share of all weights that are not kept.
    """
    sizes = np.abs(np.concatenate([array.ravel() for array in weights]))
    kept = np.ones(len(sizes), bool)
    kept[np.argsort(sizes, kind="stable")[: round(sparsity * len(sizes))]] = False
    ends = np.cumsum([array.size for array in weights])
    return [part.reshape(array.shape) for part, array in zip(np.split(kept, ends[:-1]), weights, strict=True)]


def _hold_zeros(kernels: Sequence[keras.Variable], sparsity: float) -> None:
    """Set the smallest weights to zero, now and after every update."""
    for kernel, mask in zip(kernels, masks_of([one.numpy() for one in kernels], sparsity), strict=True):
        kernel.constraint = _masking(mask)
        kernel.assign(kernel.constraint(kernel))


def _masking(mask: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return what an optimiser of Keras does to a kernel after each update."""
    kept = tf.constant(mask, tf.float32)
    return lambda weights: tf.convert_to_tensor(weights) * kept


def _learn(trainee: Trainee, work: Work) -> None:
    """Train for an epoch; a stop ends it between two executions."""
    done, steps = 0, trainee.plan.total_steps
    while done < steps:
        begun, done = done, min(done + trainee.steps_at_once(), steps)
        trainee.advance(begun, done)
        work.tell(f"fine-tuning the pruned network, {done:,} of {steps:,} updates", done / steps)
