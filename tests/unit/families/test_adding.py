"""The adding problem: what a gated memory can learn and a plain one cannot."""

import keras
import numpy as np

from core.datasets import DataSpec, Prepared
from core.datasets.features import Column, Series
from core.datasets.series.generated import adding
from core.datasets.targets import Number
from core.families.sequence.config import SequenceConfig
from core.families.sequence.family import FAMILY
from core.layers.recurrent import Lstm, Rnn
from core.training.supervised import Supervised


def test_an_lstm_adds_two_numbers_across_thirty_steps_and_a_simple_rnn_does_no_better_than_the_mean() -> None:
    x, y = adding(np.random.default_rng(0), 5_000, 30)
    spec = DataSpec(Series((Column("number"), Column("mark")), 30), Number("sum", "", 1.0, 0.408248), 4_500, 500)
    data, found = Prepared("adding", "version-1", spec, x[:4500], y[:4500], x[4500:], y[4500:]), []
    for layer in (Lstm(units=16), Rnn(units=16)):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(0)
        config = SequenceConfig(layers=(layer,), learning_rate=0.03, gradient_clip=1.0)
        trainee = Supervised(FAMILY, config, data, "float32")
        trainee.advance(0, 100)
        trainee.advance(100, 200)
        found.append(trainee.test(trainee.network).numbers["rmse"] ** 2)
    assert found[0] < 0.02  # of a variance of 1/6
    assert found[1] > 0.14
