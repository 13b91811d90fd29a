"""Recurrent layers step by step: in NumPy as in Keras, and every number of a step adds up to what the network says."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from core.errors import ProbeError
from core.explain.memory.cells import Clamp, cell_of
from core.explain.memory.gradients import SequenceGradients
from core.explain.memory.reading import Reading
from core.explain.memory.states import States
from core.explain.memory.step import MemoryStep
from core.families.sequence.config import build_layers, build_networks
from core.layers.blocks import LayerNorm
from core.layers.memory import PARTS, goes_on, memories, reads_any_length, stepwise
from core.layers.recurrent import Gru, Lstm, Rnn, TimeConv, TimePool
from core.models.network import build_network
from tests.support.tiny_sequences import CONFIG, WRITING, arrays, spec_of

BLOCKS = {"LSTM": Lstm(units=5), "GRU": Gru(units=5), "SimpleRNN": Rnn(units=5, activation="relu")}
TEXT = np.array([1, 2, 3, 1, 1, 2, 3], np.int32)  # longer than what the network was built for


def network_of(*blocks: Any, kind: str = WRITING) -> keras.Model:
    spec = spec_of(kind)
    network = build_network(build_layers(replace(CONFIG, layers=blocks), spec), spec)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.7, weight.shape) for weight in network.get_weights()])
    return network


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("kind", BLOCKS)
def test_every_number_of_a_step_adds_up_to_what_the_network_says(kind: str) -> None:
    network = network_of(BLOCKS[kind])
    name = BLOCKS[kind].kind + "_1"
    found = MemoryStep(network)(TEXT[:4], layer=name, unit=3, place=2, text=None)
    layer, embedded = network.get_layer(name), network.get_layer("embedding")(TEXT[None, :4])
    theirs = layer(embedded)[0, :, 3].numpy()
    assert found["said"] == pytest.approx(theirs[2], abs=1e-6)
    assert found["value/hidden"] == pytest.approx(theirs[2], abs=1e-5)
    np.testing.assert_allclose(found["x"], embedded[0, 2], atol=1e-6)
    sums = {gate: found["x"] @ found[f"kernel/{gate}"] + found[f"bias/{gate}"] for gate in cell_of(layer).kernel}
    for gate, given in sums.items():
        state = found["before"] @ found[f"recurrent/{gate}"] + found[f"recurrent_bias/{gate}"]
        state = found["value/reset"] * state if gate == "candidate" and kind == "GRU" else state
        assert found[f"sum/{gate}"] == pytest.approx(given + state, abs=1e-9)
    if kind == "LSTM":  # the candidate comes in once, and the output gate reads what comes in
        cell = found["value/forget"] * found["cell_before"] + found["value/input"] * found["value/candidate"]
        assert found["value/hidden"] == pytest.approx(found["value/output"] * np.tanh(cell), abs=1e-9)
        assert np.abs(found["kernel/output"]).min() > 0
    if kind == "GRU":
        kept = found["value/update"] * found["before"][3]
        assert found["value/hidden"] == pytest.approx(kept + (1 - found["value/update"]) * found["value/candidate"])


def test_all_states_are_those_of_keras_at_any_length() -> None:
    network = network_of(Lstm(units=5), LayerNorm())
    theirs = network.get_layer("lstm_1")(network.get_layer("embedding")(TEXT[None]))
    states = States(network)
    np.testing.assert_allclose(states(TEXT[:4], layer="lstm_1", text=TEXT)["values"], theirs[0], atol=1e-5)
    normed = network.get_layer("layer_norm_1")(theirs)[0]
    np.testing.assert_allclose(states(TEXT[:4], layer="layer_norm_1", text=TEXT)["values"], normed, atol=1e-5)


@pytest.mark.usefixtures("eager")
def test_both_ways_have_states_of_their_own_and_skipped_steps_leave_them_as_they_are() -> None:
    spec, text = spec_of("texts of classes"), np.array([0, 0, 2, 3], np.int32)
    config = replace(CONFIG, layers=(Gru(units=5, direction="both"), Lstm(units=4)), padding="skip")
    network = build_network(build_layers(config, spec), spec)
    outputs = keras.Model(network.input, [network.get_layer(name).output for name in ("gru_1", "lstm_1")])
    every, last = (np.asarray(value)[0] for value in outputs(text[None]))
    states = States(network)
    mine = [states(text, layer=layer)["values"] for layer in ("gru_1", "gru_1/backward")]
    np.testing.assert_allclose(np.concatenate(mine, 1)[2:], every[2:], atol=1e-5)
    np.testing.assert_allclose(states(text, layer="lstm_1")["values"][-1], last, atol=1e-5)
    why = SequenceGradients(network)(text, points=8)
    np.testing.assert_allclose(why["answers"], network(text[None])[0], atol=1e-5)
    assert not why["attribution"][:2].any()
    step = MemoryStep(network)(text, layer="gru_1/backward", unit=1, place=2)
    assert step["said"] == pytest.approx(float(step["value/hidden"]), abs=1e-5)
    with pytest.raises(ProbeError, match="skips this step"):
        MemoryStep(network)(text, layer="gru_1", unit=0, place=1)


@pytest.mark.usefixtures("eager")
def test_images_are_read_row_by_row_and_series_number_by_number() -> None:
    for kind in ("series of a number", "images of classes"):
        network = network_of(Gru(units=5), kind=kind)
        example = arrays(kind)["x_test"][0]
        values = States(network)(example, layer="gru_1")["values"]
        before = keras.Model(network.input, network.get_layer("gru_1").output)(example[None])
        np.testing.assert_allclose(values[-1], before[0], atol=1e-5)
        assert len(values) == len(example)


def test_a_clamped_part_stays_at_its_value_and_what_follows_from_it_changes() -> None:
    cell = cell_of(network_of(Lstm(units=5)).get_layer("lstm_1"))
    xs = np.random.default_rng(1).normal(size=(6, 3))
    free, held = cell.run(xs), cell.run(xs, Clamp("cell", 2, 3.0))
    assert (held["cell"][:, 2] == 3.0).all()
    np.testing.assert_allclose(held["hidden"][:, 2], held["output"][:, 2] * np.tanh(3.0))
    np.testing.assert_array_equal(held["cell"][0, :2], free["cell"][0, :2])
    assert (held["cell"][1:, :2] != free["cell"][1:, :2]).all()


@pytest.mark.usefixtures("eager")
def test_what_is_not_there_is_one_sentence() -> None:
    network = network_of(Lstm(units=5))
    with pytest.raises(ProbeError, match="no recurrent layer 'dense_1', expected one of lstm_1"):
        MemoryStep(network)(TEXT[:4], layer="dense_1", unit=0, place=0)
    with pytest.raises(ProbeError, match="no such unit or step, expected unit 0 to 4, step 0 to 3"):
        MemoryStep(network)(TEXT[:4], layer="lstm_1", unit=5, place=0)
    with pytest.raises(ProbeError, match="has no 'reset', expected one of input"):
        States(network)(TEXT[:4], layer="lstm_1", what="reset")
    with pytest.raises(ProbeError, match="wrong length, expected 1 to 2,000"):
        Reading(network).read(np.zeros((1, 0), np.int32))


def test_layers_say_what_they_can_be_asked_for() -> None:
    spec, blocks = spec_of("texts of classes"), (TimeConv(filters=3), Lstm(units=4, direction="both"), Gru(units=3))
    [network] = build_networks(replace(CONFIG, layers=blocks), spec)
    assert memories(network) == {"lstm_1": "LSTM", "lstm_1/backward": "LSTM", "gru_1": "GRU"}
    assert stepwise(network)["lstm_1/backward"] == PARTS["LSTM"]
    assert list(stepwise(network)) == ["embedding", "time_conv_1", "lstm_1", "lstm_1/backward", "gru_1"]
    assert reads_any_length(network)
    assert not goes_on(network)
    [other] = build_networks(replace(CONFIG, layers=(Lstm(units=4),)), spec_of(WRITING))
    assert goes_on(other)
    [pooled] = build_networks(replace(CONFIG, layers=(TimePool(), Rnn())), spec)
    assert reads_any_length(pooled)
