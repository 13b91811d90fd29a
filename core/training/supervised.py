"""Train a network on labelled examples."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.analysis.answers import answer_baselines
from core.analysis.next_token import next_token_baselines
from core.analysis.number.baselines import baseline_numbers
from core.datasets import Prepared
from core.datasets.corruptions import shifted_images, shifted_rows
from core.datasets.dataset import Progress
from core.datasets.series.long import long_series
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, NextToken, Number, TokenSequence, count_labels
from core.explain.translate import Translate
from core.explain.write import Write
from core.families import Family
from core.families.supervised.config import SupervisedConfig
from core.figures.network.dense import dense_layers, flat
from core.figures.network.frame import DEAD, Frame, make_frame
from core.jobs.work import Work
from core.layers import total_multiply_adds, trace
from core.layers.frozen import cached_part
from core.models.augmentation import Augmentation
from core.models.network import build_network, freeze, steer_dropout
from core.probe.methods import find_method
from core.schedule.split import evenly_spread, first_of_each, training_rows
from core.training import evaluate, snapshots
from core.training.batches import Batches
from core.training.features import FrozenLayers
from core.training.forecasts import TestForecasts
from core.training.measure import MOST_SAMPLED, TestResult, at_once, measure
from core.training.objectives import objective_of
from core.training.optimizers import Table, build_optimizer, steer_optimizer
from core.training.step import Trainee

ANSWERED = 8  # test texts answered at every snapshot
GALLERY = 12  # test images classified at every snapshot
WRITTEN, TEMPERATURE = 300, 0.8  # what is written at every snapshot


class Supervised(Trainee):
    """A classifier or regressor with its data; stores loss, metric and gradient norm.

    Args:
        family: Defines the layers and the inspection.
        config: The run's settings.
        data: The prepared arrays.
        policy: Keras dtype policy.
        tell: Progress callback for work before training; its exceptions end the run.
        frozen: Layers that are not trained, as users see them.
    """

    config: SupervisedConfig
    _sample: np.ndarray  # the first training example, or its features, which the views show

    def __init__(
        self,
        family: Family,
        config: SupervisedConfig,
        data: Prepared,
        policy: str,
        tell: Progress = lambda words, share: None,
        frozen: Collection[str] = (),
    ) -> None:
        objective = objective_of(data.spec.target, config.loss_on(data.spec), config.label_smoothing)
        super().__init__(("loss", objective.metric, "gradient_norm"))  # the loss without L1 and L2 penalties
        self.config, self.objective, self.best_metric, self._family = config, objective, objective.best, family
        self.data_spec = data.spec
        self.specs = tuple(family.layers(config, data.spec))
        self._network = build_network(self.specs, data.spec, policy=policy, fast=True)
        freeze(self._network, self.specs, frozen)
        self.networks = {"network": self._network}
        self._reader = self.objective.reader(self._network)
        self._data, self._policy = data, policy
        augmentation = family.augmentation(config)
        examples = config.used_size(_counted(data)) + data.spec.test_size
        self._cached = cached_part(self.specs, data.spec.input_shape, examples, augments=bool(augmentation))
        self._frozen = FrozenLayers(self._network, self._cached, policy) if self._cached else None
        self._load(config, data, tell)
        self._augmentation = Augmentation(build_network(augmentation, data.spec)) if augmentation else None
        look = find_method(family.inspection.method).load()
        self._inspect, self._fixed = look(self._network), dict[str, np.ndarray]()
        if self._frozen:
            self._reader = self._frozen.rest(self._reader)
            self._fixed = self._inspect(self._sample)  # what the frozen layers show stays as it is
            self._inspect = look(self._network, self._frozen.end)
            [self._sample] = self._frozen.features(self._sample[None])
        self._dead, self._looked_at = dict[str, np.ndarray](), self._sample[None]
        if self._inspect.can_die:
            self._looked_at = np.concatenate([self._sample[None], self._others()])
        self._is_sent = dense_layers(family.networks(config, data.spec)) is not None
        self._beside = dict(family.inspection.beside(data))
        self._write = Write(self._network) if isinstance(data.spec.target, NextToken) else None
        series = long_series(data.spec)
        self._forecasts = TestForecasts(self._network, data, series, self.learned) if series else None
        self._translate = Translate(self._network) if isinstance(data.spec.target, TokenSequence) else None
        self._gallery = self._gallery_of(data) if data.spec.is_image and data.spec.classes else None
        given = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in self._validation]
        self._measure = tf.function(self._measure_batch, input_signature=given, autograph=False)
        self.compile(optimizer=build_optimizer(config, self.plan.total_steps), jit_compile=False)
        self.optimizer.build(self._network.trainable_variables)

    def _load(self, config: SupervisedConfig, data: Prepared, tell: Progress) -> None:
        """Divide what is learned, examples or their features, into what is trained on and what is held back."""
        rows = training_rows(config, np.asarray(data.y_train), *data.spec.drawn)
        used = rows.used if self._frozen else np.arange(len(data.y_train))
        x = self._frozen.training_features(data, used, tell) if self._frozen else np.asarray(data.x_train)
        y = rows.labels[used].astype(self.objective.label_type)
        learn, held_back = (np.searchsorted(used, part) for part in (rows.learn, rows.validation))
        self.learned, self._held_back, self._sample = rows.learn, rows.validation, np.asarray(data.x_train[0])
        self._validation = (x[held_back], y[held_back])
        self.plan = config.plan(_counted(data))
        arrays = (x, y) if len(learn) == len(x) else (x[learn], y[learn])
        self.batches = Batches(arrays, self.plan, config.seed)

    def _gallery_of(self, data: Prepared) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the gallery's test images, shifted as in the test, their classes, and the network's input for them.

        That input is the features of the frozen layers, or the images themselves.
        """
        y = np.asarray(data.y_test)
        rows = first_of_each(y, GALLERY)
        shown = shifted_rows(data.x_test, rows, self.config.test_shift)
        return shown, y[rows].astype(np.int32), self._frozen.features(shown) if self._frozen else shown

    def count_from(self, step: int) -> None:
        """Count updates and rates on from `step`, whatever the optimiser has counted."""
        super().count_from(step)
        if isinstance(table := self.optimizer._learning_rate, Table):
            table.first = self._first

    def steer(self, config: Any) -> None:
        """Let these settings hold from the next update on; only those of `dials_of` may differ from the run's own."""
        steer_dropout(self._network, self._family.layers(config, self._data.spec))
        if steer_optimizer(self.optimizer, config, self.plan.total_steps):
            self._trace()

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Run one update on a batch of examples (n, ...) and targets (n,)."""
        x, y = data
        if self._augmentation is not None:
            x = self._augmentation(x)
        with tf.GradientTape() as tape:
            read = tf.cast(self._reader(x, training=True), tf.float32)
            loss = tf.reduce_mean(self.objective.train_loss(y, read))
            total = tf.add_n([loss, *self._reader.losses])
        weights = self._network.trainable_variables
        gradients = tape.gradient(total, weights)
        self.optimizer.apply(gradients, weights)
        metric = tf.reduce_mean(self.objective.measured(y, read)[1])
        self.remember(loss, metric, tf.linalg.global_norm(gradients))
        return {"loss": loss}

    def first_numbers(self) -> dict[str, float]:
        """Return the untrained network's metrics on the first batch."""
        loss, metric, _ = self._measure(*self.batches.batch(tf.constant(0, tf.int64)))
        return {"loss": float(np.mean(loss)), self.objective.metric: float(np.mean(metric))}

    def levels(self) -> dict[str, float]:
        """Return where gradients are clipped, if they are, and the surprise of methods that count, `nats_5gram`..."""
        clip = {"gradient_clip": self.config.gradient_clip} if self.config.gradient_clip else {}
        return clip | {f"nats_{which}": numbers["nats"] for which, numbers in self._counted.items()}

    @cached_property
    def _counted(self) -> dict[str, dict[str, float]]:
        target, rows = self._data.spec.target, np.sort(self.learned)
        if not isinstance(target, NextToken):
            return {}
        y_train, y_test = np.asarray(self._data.y_train)[rows], np.asarray(self._data.y_test)
        return next_token_baselines(y_train, y_test, target)

    def baselines(self) -> dict[str, dict[str, float]]:
        """Return the test results of simple methods that learned from the same examples; {} for classes."""
        (x_test, y_test), data, target = self._tested(), self._data, self._data.spec.target
        if isinstance(target, TokenSequence):
            return answer_baselines(np.asarray(data.y_train)[np.sort(self.learned)], x_test, y_test, target.end)
        if not isinstance(target, Number):
            return self._counted
        return baseline_numbers(data.x_train, data.y_train, x_test, y_test, self.learned, data.spec)

    def validate(self) -> dict[str, float]:
        """Return the metrics on the validation examples; {} without any."""
        x, y = self._validation
        if not len(y):
            return {}
        size = at_once(self._reader)
        cuts = range(0, len(y), size)
        parts = [self._measure(tf.constant(x[i : i + size]), tf.constant(y[i : i + size])) for i in cuts]
        loss, metric, answers = (np.concatenate([part[k] for part in parts]) for k in range(3))
        found = {"val_loss": float(loss.mean()), f"val_{self.objective.metric}": float(metric.mean())}
        return {**found, **self.objective.validated(y, answers)}

    def _measure_batch(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's loss and metric, float32 (n,), and the answers."""
        return self.objective.measured(y, tf.cast(self._reader(x, training=False), tf.float32))

    def _others(self) -> np.ndarray:
        """Return the training examples, or their features, that tell which units are 0 for all of them."""
        adds = total_multiply_adds(trace(self.specs, self._data.spec.input_shape))
        count = snapshots.examples_looked_at(self.plan, adds)
        return self.batches.take(evenly_spread(np.arange(len(self.learned)), count))[0]

    def frame(self) -> Frame:
        """Return what the network makes of the first training example, and what was dead at the last snapshot."""
        seen = {**self._dead, **self._look(self._sample[None])}
        return make_frame(seen, np.asarray(self._data.x_train[0]), self._data.spec)

    def shown(self) -> Mapping[str, np.ndarray]:
        """Return the weights of a network that the browser computes itself, else a frame."""
        if self._is_sent:
            return {snapshots.WEIGHTS: flat(snapshots.weights_of(self._network))}
        return self.frame().to_arrays()

    def _look(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = self._inspect.look(examples)
        dead = {name: array for name, array in found.items() if name.startswith(DEAD)}
        return {**{name: found.get(name, array) for name, array in (self._fixed or found).items()}, **dead}

    def views(self) -> dict[str, np.ndarray]:
        """Return the inspection of the first training example, and the gallery's answers, forecasts, or what it writes.

        It always goes on from the first test text, or answers the first ones. Those and the gallery's images are only
        shown: no setting, stop or best snapshot depends on them.
        """
        seen = {**self._look(self._looked_at), **self._beside}
        self._dead = {name: array for name, array in seen.items() if name.startswith(DEAD)}
        if self._write is not None:
            prompt = np.asarray(self._data.x_test[0])
            written = self._write(prompt, count=WRITTEN, temperature=TEMPERATURE, seed=self.config.seed)
            return {**seen, "writing/prompt": prompt, "writing/tokens": written["tokens"]}
        if self._forecasts is not None:
            return {**seen, **self._forecasts()}
        if self._translate is not None:
            shown = {
                "rows": np.asarray(self._data.x_test[:ANSWERED]),
                "truth": np.asarray(self._data.y_test[:ANSWERED]),
            }
            answers = {**shown, **self._translate(shown["rows"])}
            return {**seen, **{f"answers/{name}": array for name, array in answers.items()}}
        if self._gallery is None:
            return seen
        images, labels, given = self._gallery
        _, _, probabilities = self._measure(tf.constant(given), tf.constant(labels))
        answers = {"images": images, "labels": labels, "probabilities": probabilities.numpy()}
        return {**seen, **{f"gallery/{name}": array for name, array in answers.items()}}

    def finish(self, work: Work) -> dict[str, object]:
        """Save the network in float32 and evaluate it on the test data."""
        return evaluate.finish(work, self, self._data)

    def test(self, network: keras.Model) -> TestResult:
        """Return metrics and answers of a whole network on the test examples, shifted if configured."""
        return measure(network, self.objective, *self._tested())

    def _tested(self) -> tuple[np.ndarray, np.ndarray]:
        return shifted_images(self._data.x_test, self.config.test_shift), np.asarray(self._data.y_test)

    def evaluate_on(self, network: keras.Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return examples, or their features, with targets: what the `reader_of` a network is measured on.

        Args:
            network: A copy of this one in float32.

        Returns:
            `test`: all test examples, shifted if configured. `train`: at most `MOST_SAMPLED` training examples, not
            augmented, with their training labels; they depend on the training rows alone. `val`: those held back.
        """
        sampled = evenly_spread(np.arange(len(self.learned)), MOST_SAMPLED)
        (x_test, y_test), (x_train, y_train), (x_val, y_val) = (
            self._tested(),
            self.batches.take(sampled),
            self._validation,
        )
        if self._cached:
            frozen = FrozenLayers(network, self._cached, "float32")
            x_test = frozen.features(x_test)
            if self._policy != "float32":  # the kept features are too coarse
                x_train = frozen.features(self._data.x_train, self.learned[sampled])
                x_val = frozen.features(self._data.x_train, self._held_back)
        return {"test": (x_test, y_test), "train": (x_train, y_train), "val": (x_val, y_val)}

    def reader_of(self, network: keras.Model) -> keras.Model:
        """Return the part of a copy of this network that takes what `evaluate_on` returns."""
        return FrozenLayers(network, self._cached, "float32").rest(network) if self._cached else network


def _counted(data: Prepared) -> DataSpec:
    """Return the data's spec with class counts, which old prepared data lacks."""
    spec = data.spec
    if not spec.classes:
        return spec
    return replace(spec, target=Classes(spec.classes, count_labels(data.y_train, spec.num_classes)))
