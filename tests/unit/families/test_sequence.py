"""Networks that read step by step, on texts, series and images."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.errors import ConfigError
from core.families import FAMILIES
from core.families.sequence.config import SequenceConfig, build_layers, unused
from core.families.sequence.family import FAMILY
from core.figures.network.frame import make_frame
from core.figures.network.states import draw_states
from core.jobs.work import Work
from core.layers import total_parameters, trace
from core.layers.blocks import Dense
from core.layers.recurrent import SEQUENCE_BLOCKS, Gru, Lstm, OverTime, Rnn, TimeConv
from core.models.network import build_network
from core.program.writer import print_layers, to_script
from core.runs.estimate import TURN_US, load_of
from core.training import checkpoint, evaluate
from core.training.export.writers import write_onnx
from tests.support import tiny_sequences
from tests.support.printed import untraced
from tests.support.tiny_sequences import ATTENTION, CONFIG, CONVOLUTION, EVERY_LAYER, KINDS, spec_of

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


def test_every_kind_of_layer_is_tried_here() -> None:
    assert {type(block) for block in (*EVERY_LAYER, *CONVOLUTION, *ATTENTION)} == set(SEQUENCE_BLOCKS)


@pytest.mark.parametrize("layers", [EVERY_LAYER, CONVOLUTION], ids=["recurrent", "convolution"])
@EVERY_KIND
def test_arithmetic_and_printed_layers_are_what_keras_builds(kind: str, layers: Any) -> None:
    spec, config = spec_of(kind), replace(CONFIG, layers=layers, l2=1e-3, initializer="he_normal")
    specs = build_layers(config, spec)
    built, costs = build_network(specs, spec), trace(specs, spec.input_shape)
    assert total_parameters(costs) == built.count_params()
    assert [cost.output_shape for cost in costs] == [layer.output.shape[1:] for layer in built.layers[1:]]
    inputs = keras.Input(spec.input_shape, dtype=spec.dtype)
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "x": inputs}
    exec(print_layers(specs), names)
    printed = keras.Model(inputs, names["x"])
    assert printed.count_params() == built.count_params()
    for mine, theirs in zip(printed.layers[1:], built.layers[1:], strict=True):
        said, wanted = mine.get_config(), theirs.get_config()
        for inner in (part for part in ("layer", "backward_layer") if part in wanted):  # these have names by chance
            said[inner]["config"]["name"] = wanted[inner]["config"]["name"]
        assert said == wanted


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_an_lstm_a_gru_and_an_rnn_compute_what_numpy_does() -> None:
    """Source: Hochreiter and Schmidhuber 1997 with Gers' forget gate; Cho et al. 2014, reset after the product."""
    spec = spec_of("series of a number")
    x = tiny_sequences.arrays("series of a number")["x_test"]
    scaled = (x - [5, 0]) / [2, 1]
    for block in (Lstm(units=3), Gru(units=3), Rnn(units=3)):
        network = build_network(build_layers(replace(CONFIG, layers=(block,)), spec), spec)
        *weights, last, last_bias = network.get_weights()
        rng = np.random.default_rng(0)
        weights = [rng.normal(size=one.shape).astype(np.float32) for one in weights]
        network.set_weights([*weights, last, last_bias])
        kernel, recurrent, bias = weights
        h, c = np.zeros((len(x), 3)), np.zeros((len(x), 3))
        for step in np.moveaxis(scaled, 1, 0):
            if isinstance(block, Lstm):
                i, f, candidate, o = np.split(step @ kernel + h @ recurrent + bias, 4, axis=1)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
                h = sigmoid(o) * np.tanh(c)
            elif isinstance(block, Gru):
                given, kept = (np.split(part, 3, axis=1) for part in (step @ kernel + bias[0], h @ recurrent + bias[1]))
                z, r = sigmoid(given[0] + kept[0]), sigmoid(given[1] + kept[1])
                h = z * h + (1 - z) * np.tanh(given[2] + r * kept[2])
            else:
                h = np.tanh(step @ kernel + h @ recurrent + bias)
        np.testing.assert_allclose(network(x), (h @ last + last_bias) * 2 + 5, atol=1e-4)


def test_recurrent_layers_return_every_step_only_where_it_is_read() -> None:
    spec = spec_of("series of a number")
    specs = build_layers(replace(CONFIG, layers=(Lstm(), Gru(), Dense(units=3))), spec)
    assert [one.kwargs.get("return_sequences", False) for one in specs if one.kwargs.get("units") == 64] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("layers", "field", "words"),
    [
        ((TimeConv(),), "layers", "still gives an answer at every step.*pooling over all time"),
        ((Gru(), Dense(), Gru()), "gru_2", ""),
        ((), "layers", "still gives an answer at every step"),
    ],
)
def test_an_impossible_network_is_one_sentence_at_its_setting(layers: Any, field: str, words: str) -> None:
    config = replace(CONFIG, layers=layers)
    if not words:  # a dense layer works at every step
        return config.validate(spec_of("series of a number"))
    with pytest.raises(ConfigError, match=words) as caught:
        config.validate(spec_of("series of a number"))
    assert caught.value.field == field
    return None


def test_a_sequence_layer_after_the_last_step_is_refused_with_what_to_do() -> None:
    config = SequenceConfig(layers=(TimeConv(), *CONVOLUTION, Lstm()))
    with pytest.raises(ConfigError, match=r"lstm_1 needs a sequence.*Move it before over_time_1") as caught:
        config.validate(spec_of("texts of classes"))
    assert caught.value.field == "lstm_1"


@EVERY_KIND
def test_the_default_is_possible_on_any_data_and_an_embedding_is_for_texts(kind: str) -> None:
    SequenceConfig().validate(spec_of(kind))
    assert FAMILY.takes(spec_of(kind))
    assert ("embedding" in unused(CONFIG, spec_of(kind))) is (kind != "texts of classes")
    assert FAMILIES["mlp"].takes(spec_of(kind)) is (kind == "images of classes")


def test_the_printed_program_trains_the_very_weights_that_a_run_trains(tmp_path: Path) -> None:
    kind, config = "texts of classes", replace(CONFIG, validation_fraction=0.2, schedule="cosine", epochs=1)
    trainee = tiny_sequences.network(kind, config)
    trainee.run_eagerly = True
    trainee.advance(0, trainee.plan.total_steps)
    path = tmp_path / "program.py"
    path.write_text(to_script(FAMILY.program(config, tiny_sequences.dataset(kind)), "a run"))
    keras.utils.clear_session(free_memory=False)
    names: dict[str, Any] = {}
    exec(compile(untraced(path.read_text()), str(path), "exec"), names)
    for mine, theirs in zip(names["model"].get_weights(), trainee.network.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)


def test_training_that_was_interrupted_ends_with_the_same_bits_and_is_measured(work: Work) -> None:
    kind, config = "series of a number", replace(CONFIG, layers=(Lstm(units=4, dropout=0.3),))
    trainee = tiny_sequences.network(kind, config)
    trainee.run_eagerly = True
    beginning = checkpoint.state_of(trainee)
    trainee.advance(0, 4)
    through = checkpoint.state_of(trainee)
    checkpoint.restore(trainee, beginning)
    trainee.advance(0, 2)
    extra = {"wall_s": np.array(1.5), "best": np.array(0.5), "best_step": np.array(-1)}
    checkpoint.save(work, checkpoint.state_of(trainee, extra), 2, best=False)
    second = tiny_sequences.network(kind, replace(config, seed=99))
    second.run_eagerly, second.batches = True, trainee.batches
    assert checkpoint.load_last(work, second)[0] == 2
    second.advance(2, 4)
    for name, array in through.items():
        np.testing.assert_array_equal(checkpoint.state_of(second)[name], array, err_msg=name)
    data = tiny_sequences.prepared(kind)
    summary = evaluate.finish(work, second, data)
    loaded = keras.saving.load_model(work.files.model)
    said = loaded(data.x_test).numpy()[:, 0]
    assert summary["test_rmse_last"] == pytest.approx(np.sqrt(np.square(said - data.y_test).mean()), rel=1e-4)
    last = np.square(data.x_test[:, -1, 0] - data.y_test).mean()
    assert summary["test_rmse_persistence"] == pytest.approx(np.sqrt(last), rel=1e-4)


@EVERY_KIND
def test_what_a_layer_says_at_every_step_is_seen_and_drawn(kind: str) -> None:
    trainee = tiny_sequences.network(kind, replace(CONFIG, layers=(Lstm(units=4), Gru(units=3))))
    seen, spec = trainee.views(), spec_of(kind)
    steps = {"images of classes": 8}.get(kind, 4)
    assert seen["maps/lstm_1"].shape == (4, steps, 1)
    assert seen["units/gru_1"].shape == (3,)
    first = trainee._data.x_train[:1]
    part = keras.Model(trainee.network.input, trainee.network.get_layer("lstm_1").output)
    np.testing.assert_allclose(seen["maps/lstm_1"][..., 0], part(first)[0].numpy().T, atol=1e-5)
    frame = make_frame(seen, first[0], spec)
    assert len(frame.tiles["input"].values) == (2 if kind == "series of a number" else 1)
    pictures = draw_states({name: array for name, array in seen.items() if name.startswith("maps/")}, spec)
    assert any((one.width, one.height) == (steps, 4) for one in pictures)


def test_steps_that_await_each_other_cost_time_of_their_own() -> None:
    spec, convolution = spec_of("series of a number"), replace(CONFIG, layers=CONVOLUTION)
    loads = [load_of(FAMILY, config, spec).step_us for config in (CONFIG, convolution)]
    assert loads[0] - loads[1] > 3 * TURN_US


def test_an_onnx_file_answers_as_the_network_although_it_knows_no_loop_of_keras(tmp_path: Path) -> None:
    import onnxruntime

    spec, x = spec_of("texts of classes"), tiny_sequences.arrays("texts of classes")["x_test"]
    layers = (Lstm(units=3, direction="both"), Gru(units=3))
    network = build_network(build_layers(replace(CONFIG, layers=layers), spec), spec)
    write_onnx(network, tmp_path / "model.onnx", x)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    [said] = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(said, network(x), atol=1e-5)


def test_a_mean_over_all_time_that_skips_padding_is_that_of_the_tokens(tmp_path: Path) -> None:
    spec = spec_of("texts of classes")
    config = replace(CONFIG, layers=(OverTime(),), padding="skip")
    network = build_network(build_layers(config, spec), spec)
    table, kernel, bias = network.get_weights()
    rows = np.array([[0, 0, 2, 3], [1, 2, 3, 1]], np.int32)
    means = np.stack([table[row[row > 0]].mean(0) for row in rows])
    logits = means @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(network(rows), expected, rtol=1e-5)
    import onnxruntime

    write_onnx(network, tmp_path / "model.onnx", rows)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    np.testing.assert_allclose(session.run(None, {session.get_inputs()[0].name: rows})[0], expected, rtol=1e-5)


def test_padding_is_not_skipped_where_a_layer_would_see_it_and_has_no_effect_on_other_data() -> None:
    config = replace(CONFIG, layers=CONVOLUTION, padding="skip")
    with pytest.raises(ConfigError, match="cannot skip padding"):
        config.validate(spec_of("texts of classes"))
    series, writing = spec_of("series of a number"), spec_of(tiny_sequences.WRITING)
    assert "padding" in unused(config, series) & unused(config, writing)
    assert "mask_zero" not in build_layers(replace(config, layers=(Lstm(units=2),)), writing)[0].kwargs
