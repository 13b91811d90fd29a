"""What units follow: a network made to count brackets must be found, and the measures are those of a hand count."""

import json

import numpy as np
import pytest

from core.analysis.tracking import auc, of_series, of_text, scores
from core.datasets import DataSpec, Prepared
from core.datasets.features import Tokens
from core.datasets.targets import Classes
from core.datasets.texts.generated import brackets
from core.explain.memory.tracks import Tracks
from core.families.sequence.config import SequenceConfig, build_layers
from core.layers.recurrent import Rnn
from core.models.network import build_network


def test_what_is_so_is_told_at_each_step() -> None:
    text = 'Hi (a [b]) "No"\nx'
    told = of_text(list(text))
    assert told["depth"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 1, 0, *[0] * 7]
    assert [sign for sign, is_so in zip(text, told["quoted"], strict=True) if is_so] == list("No")
    assert [sign for sign, is_so in zip(text, told["capital"], strict=True) if is_so] == ["H", "N"]
    assert "".join(sign for sign, ends in zip(text, told["word_end"], strict=True) if ends) == "iabox"
    assert told["line"].tolist() == [*range(1, 16), 0, 1]
    assert told["position"].tolist() == list(range(1, 18))
    merged = of_text(["", "Hi (", "a [b])", ' "No"\nx'])
    assert merged["depth"].tolist() == [0, 1, 0, 0]
    assert of_series(np.array([[1.0], [2.0]]), ["level"])["level, all so far"].tolist() == [1, 3]


def test_scores_are_those_of_a_hand_count() -> None:
    values = np.array([[0.1, 5.0], [0.4, 5.0], [0.2, 5.0], [0.9, 5.0]])
    is_so = np.array([False, True, False, True])
    found = scores(values, {"yes": is_so, "number": np.array([1.0, 2.0, 3.0, 4.0]), "never": np.zeros(4, bool)})
    assert found["yes"].tolist() == [1.0, 0.0]
    assert auc(found["yes"][0]) == 1.0
    assert found["number"][0] == pytest.approx(np.corrcoef(values[:, 0], [1, 2, 3, 4])[0, 1])
    assert found["number"][1] == 0
    assert np.isnan(found["never"]).all()


@pytest.mark.usefixtures("eager")
def test_the_unit_that_counts_brackets_is_found() -> None:
    x, y = brackets(np.random.default_rng(0), 40, 12)
    spec = DataSpec(Tokens(("", "(", ")"), 12), Classes(("no", "yes")), 20, 20)
    config = SequenceConfig(embedding=2, layers=(Rnn(units=4, activation="relu"),))
    network = build_network(build_layers(config, spec), spec)
    layer, unit = network.get_layer("rnn_1"), 2
    rng = np.random.default_rng(1)
    embedding = network.get_layer("embedding")
    embedding.set_weights([np.array([[0, 0], [1, 0], [-1, 0]], np.float32)])
    kernel, recurrent, bias = (0.3 * rng.normal(size=weight.shape) for weight in layer.get_weights())
    kernel[:, unit], recurrent[:, unit], bias[unit] = [1, 0], 0, 0
    recurrent[unit, unit] = 1  # it adds what comes in to what it has, and never falls below 0
    layer.set_weights([kernel, recurrent, bias])
    found = Tracks(network, Prepared("tiny", "1", spec, x[:20], y[:20], x[20:], y[20:]))(x[0], layer="rnn_1")
    names = json.loads(found["names"].tobytes())
    depth = names.index("depth")
    assert int(np.nanargmax(np.abs(found["found"][depth]))) == unit
    assert found["measured"][depth, unit] == pytest.approx(1.0)
    assert np.isnan(found["measured"][names.index("capital")]).all()
    assert found["is_bool"].tolist() == [False, True, False, True, True, False]
