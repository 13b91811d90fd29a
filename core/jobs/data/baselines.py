"""The `baselines` task: what simple methods reach on a data set. No TensorFlow."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from core.analysis.answers import answer_baselines
from core.analysis.boosting import boosted
from core.analysis.classifier.baselines import classifier_baselines
from core.analysis.classifier.texts import text_baselines
from core.analysis.next_token import next_token_baselines
from core.analysis.number.baselines import baseline_numbers
from core.analysis.number.errors import error_numbers
from core.datasets import Prepared, open_whole
from core.datasets.dataset import prepared_folder
from core.datasets.features import Tokens
from core.datasets.prepared import is_prepared
from core.datasets.targets import NextToken, Number, TokenSequence
from core.datasets.texts.tokens import CHARACTER, PIECE, WORD
from core.jobs.work import Outcome, Work
from core.runs.comparison.baselines import NAMES, Baselines
from core.store import Status

GRAMS = {CHARACTER: 4, PIECE: 2, WORD: 2}  # longest n-gram that naive Bayes counts


def measure_baselines(work: Work) -> Outcome:
    """Measure the baselines of the task's data set, and save them beside its arrays."""
    data = open_whole(work.settings, work.run.dataset)
    measures = {Number: _of_numbers, NextToken: _of_next_token, TokenSequence: _of_answers}
    measure = measures.get(type(data.spec.target), _of_classes)
    with threadpool_limits(1):  # the other processors train
        found = measure(data, work)
    if is_prepared(work.settings, data.id):  # otherwise it was deleted meanwhile
        found.save(prepared_folder(work.settings, data.id))
    return Outcome(Status.SUCCEEDED, {"dataset_version": data.version})


def _of_classes(data: Prepared, work: Work) -> Baselines:
    if isinstance(data.spec.features, Tokens):
        return _of_texts(data, data.spec.features, work)
    found = classifier_baselines(
        data.x_train, data.y_train, data.x_test, data.y_test, lambda name, share: work.tell(NAMES[name], share)
    )
    results = {name: {"test_accuracy_last": share} for name, share in found.accuracy.items()}
    size, numbers = len(data.x_train), int(np.prod(data.x_train.shape[1:]))
    return Baselines(data.version, results, found.rows, size, found.numbers, numbers, found.skipped)


def _of_texts(data: Prepared, features: Tokens, work: Work) -> Baselines:
    work.tell(NAMES["bayes"], 0.1)
    rows = [np.asarray(rows) for rows in (data.x_train, data.y_train, data.x_test, data.y_test)]
    results = text_baselines(*rows, most=GRAMS[features.unit])
    found = {name: {f"test_{which}_last": value for which, value in one.items()} for name, one in results.items()}
    size, numbers = len(data.x_train), features.length
    return Baselines(data.version, found, size, size, numbers, numbers)


def _of_next_token(data: Prepared, work: Work) -> Baselines:
    target, size = data.spec.target, len(data.y_train)
    assert isinstance(target, NextToken)
    work.tell(NAMES["5gram"], 0.0)
    found = next_token_baselines(np.asarray(data.y_train), np.asarray(data.y_test), target)
    results = {which: {f"test_{name}_last": value for name, value in one.items()} for which, one in found.items()}
    return Baselines(data.version, results, size, size, target.length, target.length)


def _of_answers(data: Prepared, work: Work) -> Baselines:
    target, size = data.spec.target, len(data.y_train)
    assert isinstance(target, TokenSequence)
    work.tell(NAMES["copy"], 0.0)
    found = answer_baselines(np.asarray(data.y_train), np.asarray(data.x_test), np.asarray(data.y_test), target.end)
    results = {which: {f"test_{name}_last": value for name, value in one.items()} for which, one in found.items()}
    return Baselines(data.version, results, size, size, target.length, target.length)


def _of_numbers(data: Prepared, work: Work) -> Baselines:
    size, numbers = len(data.x_train), int(np.prod(data.x_train.shape[1:]))
    work.tell(NAMES["linear"], 0.0)
    found = baseline_numbers(data.x_train, data.y_train, data.x_test, data.y_test, np.arange(size), data.spec)
    if data.x_train.ndim == 2:
        work.tell(NAMES["boosting"], 0.3)
        model = boosted(data.x_train, data.y_train, is_class=False)
        found["boosting"] = error_numbers(data.y_test, model.predict(data.x_test))
    results = {which: {f"test_{name}_last": value for name, value in one.items()} for which, one in found.items()}
    skipped = tuple({"mean", "linear"} - set(found))
    return Baselines(data.version, results, size, size, numbers, numbers, skipped)
