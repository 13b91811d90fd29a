"""Networks that attend: each step against plain NumPy, the arithmetic, the program and other formats."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.bundle.networks import _check_classes
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.export.runtimes import open_litert, open_onnx
from core.families.sequence.config import SequenceConfig, build_layers
from core.families.sequence.family import FAMILY
from core.layers import total_parameters, trace
from core.layers.attention.blocks import Decoder, FeedForward, SelfAttention
from core.layers.attention.positions import Positions, sinusoids
from core.layers.blocks import Dense, LayerNorm
from core.layers.recurrent import Gru, Lstm, OverTime, TimeConv
from core.models.network import build_network
from core.program.writer import print_layers, to_script
from core.training.export.writers import write_litert, write_onnx
from tests.support import tiny_sequences
from tests.support.printed import untraced
from tests.support.tiny_sequences import ANSWERING, CONFIG, WRITING, spec_of

WIDE = replace(CONFIG, embedding=4)
NETWORKS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "writer": (WRITING, (Positions(), SelfAttention(heads=2), FeedForward(units=5), LayerNorm())),
    "classifier": (
        "texts of classes",
        (Positions(method="sinusoidal"), SelfAttention(heads=2, mask="full"), OverTime()),
    ),
    "series": ("series of a number", (Dense(units=4), SelfAttention(heads=2), Lstm(units=3))),
    "additive": (ANSWERING, (Gru(units=3, direction="both"), Decoder(units=5, attention="additive", memory="LSTM"))),
    "dot": (ANSWERING, (TimeConv(filters=4, kernel_size=2, direction="both"), Decoder(units=5), Dense(units=3))),
    "reads on": (ANSWERING, (Lstm(units=4),)),
    "both": (ANSWERING, (Positions(), SelfAttention(heads=2), Decoder(units=3, memory="SimpleRNN"))),
}


def built(name: str) -> tuple[DataSpec, list[Any], keras.Model]:
    kind, layers = NETWORKS[name]
    spec = spec_of(kind)
    specs = build_layers(replace(WIDE, layers=layers), spec)
    network = build_network(specs, spec)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(size=weight.shape) for weight in network.get_weights()])
    return spec, specs, network


@pytest.mark.parametrize("name", NETWORKS)
def test_arithmetic_and_printed_layers_are_what_keras_builds(name: str) -> None:
    spec, specs, network = built(name)
    costs = trace(specs, spec.input_shape)
    assert total_parameters(costs) == network.count_params()
    assert [cost.output_shape for cost in costs] == [network.get_layer(one.name).output.shape[1:] for one in specs]
    inputs = keras.Input(spec.input_shape, dtype=spec.dtype)
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "sinusoids": sinusoids}
    names |= {"inputs": inputs, "x": inputs}
    exec(print_layers(specs), names)
    printed = keras.Model(inputs, names["x"])
    printed.set_weights(network.get_weights())
    x = tiny_sequences.arrays(NETWORKS[name][0])["x_test"]
    np.testing.assert_allclose(printed(x), network(x), atol=1e-6)


def softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def normalised(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3) * gamma + beta


@pytest.mark.parametrize("name", ["writer", "classifier"])
def test_a_transformer_block_computes_what_numpy_does(name: str) -> None:
    """Source: Vaswani et al. 2017, with the normalisation first."""
    _, _, network = built(name)
    x = tiny_sequences.arrays(NETWORKS[name][0])["x_test"]
    weights = {layer.name: layer.get_weights() for layer in network.layers}
    [table], [kernel, place] = weights["embedding"], weights["positions_1"]
    came = table[x] @ kernel + place
    wq, bq, wk, bk, wv, bv, wo, bo = weights["attention_1_heads"]
    norm = normalised(came, *weights["attention_1_norm"])
    q, k, v = (np.einsum("btc,chd->bhtd", norm, w) + b[None, :, None] for w, b in ((wq, bq), (wk, bk), (wv, bv)))
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1])
    if name == "writer":
        scores = np.where(np.tri(4, dtype=bool), scores, -np.inf)
    attended = came + np.einsum("bhtd,hdc->btc", softmax(scores) @ v, wo) + bo
    said = keras.Model(network.input, network.get_layer("attention_1").output)(x)
    np.testing.assert_allclose(said, attended, atol=1e-4)


@pytest.mark.parametrize("name", ["additive", "dot"])
def test_a_decoder_attends_to_what_was_read_as_numpy_does(name: str) -> None:
    """Source: Bahdanau et al. 2015, Vaswani et al. 2017."""
    _, _, network = built(name)
    x = tiny_sequences.arrays(ANSWERING)["x_test"]
    inner = {layer.name: layer for layer in network.layers}
    at = keras.Model(network.input, [inner[f"decoder_1_{part}"].output for part in ("memory", "context")])
    memory, context = (value.numpy() for value in at(x))
    hidden = np.where(x[:, None, :2] > 0, 0, -np.inf)  # what stands before a short question
    assert np.isinf(hidden).any()
    encoder = inner["gru_1" if name == "additive" else "time_conv_1"]
    read = keras.Model(network.input, encoder.output)(x).numpy()
    if name == "additive":
        (wq, bq), [key] = inner["decoder_1_query"].get_weights(), inner["decoder_1_key"].get_weights()
        [scale] = inner["decoder_1_context"].get_weights()
        scores = (np.tanh((memory @ wq + bq)[:, :, None] + (read @ key)[:, None]) * scale).sum(-1)
        np.testing.assert_allclose(context, softmax(scores + hidden) @ read, atol=1e-4)
        return
    weights = inner["decoder_1_context"].get_weights()
    wq, bq, wk, bk, wv, bv, wo, bo = (one.reshape([side for side in one.shape if side > 1]) for one in weights)
    scores = (memory @ wq + bq) @ (read @ wk + bk).transpose(0, 2, 1) / np.sqrt(5)
    np.testing.assert_allclose(context, softmax(scores + hidden) @ (read @ wv + bv) @ wo + bo, atol=1e-4)


def test_waves_are_those_of_the_paper_and_are_not_trained() -> None:
    waves = sinusoids(5, 6)
    assert waves[3, 2] == pytest.approx(np.sin(3 / 10_000 ** (2 / 6)), rel=1e-6)
    assert waves[3, 5] == pytest.approx(np.cos(3 / 10_000 ** (4 / 6)), rel=1e-6)
    kind, layers = NETWORKS["classifier"]
    network = build_network(build_layers(replace(WIDE, layers=layers), spec_of(kind)), spec_of(kind))
    np.testing.assert_allclose(network.get_layer("positions_1").bias, sinusoids(4, 4), atol=1e-6)
    assert not network.get_layer("positions_1").trainable_variables


@pytest.mark.parametrize("name", ["writer", "additive", "dot", "reads on"])
def test_no_answer_sees_what_comes_after_it(name: str) -> None:
    spec, _, network = built(name)
    x = tiny_sequences.arrays(NETWORKS[name][0])["x_test"][:1]
    before = network(x).numpy()
    for back in range(1, spec.target.shape[0]):
        changed = x.copy()
        changed[:, -back:] = 3 - changed[:, -back:] % 3
        np.testing.assert_allclose(network(changed)[:, :-back], before[:, :-back], atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "layers", "words"),
    [
        (WRITING, (SelfAttention(mask="full"),), "attention_1 sees all steps.*Set its mask to Causal"),
        (WRITING, (SelfAttention(heads=3),), "attention_1 cannot divide 4 numbers among 3 heads"),
        (WRITING, (Lstm(), Decoder()), "decoder_1 writes an answer to a text, and this data has none"),
        (ANSWERING, (Lstm(), Decoder(), Decoder()), "a network has one decoder, and here are two"),
        (ANSWERING, (Lstm(direction="both"),), "lstm_1 reads both ways"),
        (ANSWERING, (Decoder(), Gru(direction="both")), "gru_1 reads both ways"),
        (WRITING, (TimeConv(direction="both"),), "time_conv_1 reads both ways"),
        (ANSWERING, (Lstm(), OverTime()), "each of the 3 characters needs an answer|needs a sequence"),
        ("images of classes", (SelfAttention(),), "attention_1 cannot divide|still gives an answer"),
    ],
)
def test_an_impossible_network_is_one_sentence(kind: str, layers: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(WIDE, layers=layers).validate(spec_of(kind))


def test_self_attention_needs_a_layer_before_it_to_add_to() -> None:
    spec = spec_of("series of a number")
    plain = replace(
        spec, features=replace(spec.features, columns=tuple(type(c)(c.name) for c in spec.features.columns))
    )
    with pytest.raises(ConfigError, match=r"there is none\. Put a dense layer before it"):
        SequenceConfig(layers=(SelfAttention(heads=1), Lstm())).validate(plain)


def test_files_for_other_programs_answer_as_the_network(tmp_path: Path) -> None:
    _, _, network = built("both")
    x = tiny_sequences.arrays(ANSWERING)["x_test"]
    for write, opened in ((write_onnx, open_onnx), (write_litert, open_litert)):
        write(network, tmp_path / write.__name__, x)
        np.testing.assert_allclose(opened(tmp_path / write.__name__)(x), network(x), atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_bundle_may_carry_it_as_it_has_stock_layers_only(name: str, tmp_path: Path) -> None:
    network = built(name)[2]
    network.save(tmp_path / "model.keras")
    _check_classes(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = tiny_sequences.arrays(NETWORKS[name][0])["x_test"]
    np.testing.assert_allclose(loaded(x), network(x), atol=1e-6)


def test_the_printed_program_trains_the_very_weights_that_a_run_trains(tmp_path: Path) -> None:
    kind, layers = NETWORKS["both"]
    config = replace(WIDE, layers=layers, epochs=1, optimizer="sgd")  # Adam enlarges what differs by rounding alone
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
