"""Naive Bayes on n-grams of tokens, against a count by hand."""

import math

import numpy as np
import pytest

from core.analysis.classifier.texts import balanced_accuracy, n_grams, text_baselines


def test_n_grams_begin_after_the_padding_and_keep_unknown_tokens() -> None:
    assert n_grams([0, 0, 3, 0, 5], 2) == [(3,), (0,), (5,), (3, 0), (0, 5)]
    assert n_grams([0, 0], 2) == []


def test_naive_bayes_is_that_of_a_count_by_hand() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(1, 4, (60, 3)), rng.integers(0, 2, 60)
    x[y == 1, 0] = 1
    found = text_baselines(x[:40], y[:40], x[40:], y[40:], most=1)
    by_hand = []
    for smoothing in (1.0, 0.3, 0.1, 0.03):
        shares = {
            label: [(np.sum(x[:40][y[:40] == label] == token) + smoothing) for token in (1, 2, 3)] for label in (0, 1)
        }
        said = [
            max((0, 1), key=lambda label: sum(math.log(shares[label][t - 1] / sum(shares[label])) for t in row))
            for row in x[40:]
        ]
        by_hand.append(float(np.mean(np.array(said) == y[40:])))
    assert found["bayes"]["accuracy"] in by_hand
    assert found["majority"]["balanced_accuracy"] == 0.5


def test_balanced_accuracy_counts_each_class_alike() -> None:
    assert balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])) == pytest.approx(0.5)
