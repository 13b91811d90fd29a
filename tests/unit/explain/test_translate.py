"""What a network answers to texts, and what it attends to."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from core.errors import ProbeError
from core.explain.attention import Attention
from core.explain.translate import Translate
from core.families.sequence.config import build_layers
from core.layers.attention.blocks import Decoder, SelfAttention
from core.layers.attention.positions import Positions
from core.layers.recurrent import Gru, Lstm, TimeConv
from core.models.network import build_network
from core.training.objectives import OfTokenSequence
from tests.support import tiny_sequences
from tests.support.tiny_sequences import ANSWER, ANSWERING, CONFIG, WRITING, spec_of


def network_of(kind: str, *layers: Any) -> keras.Model:
    spec = spec_of(kind)
    network = build_network(build_layers(replace(CONFIG, layers=layers, embedding=4), spec), spec)
    rng = np.random.default_rng(1)
    network.set_weights([2 * rng.normal(size=weight.shape) for weight in network.get_weights()])
    return network


@pytest.mark.parametrize("layers", [(TimeConv(filters=4), Decoder(units=5)), (Lstm(units=5),)], ids=["decoder", "none"])
def test_it_answers_token_by_token_and_is_right_exactly_where_the_test_says_so(layers: Any) -> None:
    network = network_of(ANSWERING, *layers)
    x, truth = (tiny_sequences.arrays(ANSWERING)[name][:4] for name in ("x_test", "y_test"))
    said = Translate(network)(x)["tokens"]
    for row, tokens in zip(x, said, strict=True):
        given = row.copy()
        given[3:] = 0
        for step in range(3):  # an oracle that asks for one token after another
            token = int(network(given[None]).numpy()[0, step].argmax())
            assert tokens[step] == token
            if token == ANSWER.end:
                break
            if step < 2:
                given[3 + step] = token
    whole = (said == ANSWER.end).any(1) & (said[:, 0] > 0)  # what it says can be the truth
    y = np.where(whole[:, None], said, truth)
    given = x.copy()
    given[:, 3:] = y[:, :-1]
    objective = OfTokenSequence()
    outputs = objective.outputs(y, network(given).numpy())
    right = [tokens[mask].tolist() == true[mask].tolist() for tokens, true, mask in zip(said, y, y > 0, strict=True)]
    assert objective.numbers(y, outputs)["exact"] == pytest.approx(np.mean(right))


@pytest.mark.parametrize("attention", ["dot", "additive"])
def test_the_map_is_what_the_layer_weighs_with(attention: str) -> None:
    network = network_of(ANSWERING, Gru(units=4), Decoder(units=5, attention=attention))
    x = tiny_sequences.arrays(ANSWERING)["x_test"][1:2]
    said = Translate(network)(x)
    assert said["attention"].shape == (1, 3, 2)
    np.testing.assert_allclose(said["attention"].sum(-1), 1, atol=1e-5)
    np.testing.assert_array_equal(said["attention"][0, :, 0], 0)  # it does not look at what stands before the question
    row = x[0].copy()
    row[3:] = said["tokens"][0, :-1]
    stages = Attention(network)(row)
    np.testing.assert_allclose(stages["decoder_1_context/softmax"], said["attention"], atol=1e-5)


@pytest.mark.parametrize("mask", ["causal", "full"])
def test_heads_score_mask_and_weigh_as_keras_does(mask: str) -> None:
    kind = WRITING if mask == "causal" else ANSWERING
    layers = [Positions(), SelfAttention(heads=2, mask=mask), *([] if mask == "causal" else [Decoder(units=3)])]
    network = network_of(kind, *layers)
    row = tiny_sequences.arrays(kind)["x_test"][0]
    found = Attention(network)(row)
    layer = network.get_layer("attention_1_heads")
    norm = keras.Model(network.input, layer.input[0])(row[None])
    _, scores = layer(norm, norm, return_attention_scores=True, use_causal_mask=mask == "causal")
    np.testing.assert_allclose(found["attention_1_heads/softmax"], scores[0], atol=1e-5)
    masked, raw = found["attention_1_heads/masked"], found["attention_1_heads/scores"]
    assert np.isinf(masked).any() == (mask == "causal")
    np.testing.assert_array_equal(masked[np.isfinite(masked)], raw[np.isfinite(masked)])


def test_other_networks_are_refused_in_a_sentence() -> None:
    with pytest.raises(ProbeError, match="answers no texts"):
        Translate(network_of(WRITING, Lstm()))
    with pytest.raises(ProbeError, match="has no attention"):
        Attention(network_of(WRITING, Lstm()))
