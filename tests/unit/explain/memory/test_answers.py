"""What a network writes, expects and looks back to, against Keras, finite differences and a plain count."""

import keras
import numpy as np
import pytest

from core.analysis.copying import by_counting, find_copied
from core.errors import ProbeError
from core.explain.memory.clamped import Clamped
from core.explain.memory.gradients import SequenceGradients
from core.explain.memory.predictions import Predictions
from core.explain.memory.reach import AtLength, Reach
from core.explain.write import Write
from core.layers.blocks import LayerNorm
from core.layers.recurrent import Gru, Lstm
from tests.support.tiny_sequences import WRITING, prepared
from tests.unit.explain.memory.test_cells import TEXT, network_of

pytestmark = pytest.mark.usefixtures("eager")
HOW = {"count": 12, "temperature": 1.0, "seed": 3}


def test_without_a_clamp_it_writes_as_ever_and_a_clamp_changes_what_follows() -> None:
    network, prompt = network_of(Lstm(units=5), LayerNorm()), TEXT[:4]
    held = {"layer": "lstm_1", "what": "cell", "unit": 1, "value": 4.0}
    found = Clamped(network)(prompt, prompt=prompt, **HOW, **held)
    assert found["free"].tolist() == Write(network)(prompt, **HOW)["tokens"].tolist()
    assert (found["clamped_values"] == 4.0).all()
    assert (found["clamped"] != found["free"]).any()
    expected = keras.Model(network.input, network.output)(prompt[None])[0, -1]
    np.testing.assert_allclose(found["first_shares"][0], expected, atol=1e-5)
    with pytest.raises(ProbeError, match="has no 'reset', expected one of"):
        Clamped(network)(prompt, prompt=prompt, **HOW, **{**held, "what": "reset"})
    with pytest.raises(ProbeError, match="there is no such unit"):
        Clamped(network)(prompt, prompt=prompt, **HOW, **{**held, "unit": 5})
    with pytest.raises(ProbeError, match="does not write"):
        Clamped(network_of(Gru(units=3), kind="texts of classes"))


def test_the_shares_after_each_step_are_the_networks() -> None:
    network = network_of(Gru(units=5))
    shares = Predictions(network)(TEXT[:4])["shares"]
    np.testing.assert_allclose(shares, network(TEXT[None, :4])[0], atol=1e-6)


def test_the_gradient_back_to_a_step_is_that_of_finite_differences() -> None:
    network, data = network_of(Gru(units=5)), prepared(WRITING)
    found = Reach(network, data)(TEXT[:4])
    assert int(found["examples"]) == len(data.x_test)
    head, table = network.get_layer("embedding"), np.asarray(network.get_layer("embedding").embeddings)
    rest = keras.Function(head.output, network.output)

    def losses(number: int, nudge: float) -> np.ndarray:
        read = table[data.x_test]
        read[:, -1 - back, number] += nudge
        return -np.log(np.asarray(rest(read))[np.arange(len(read)), -1, data.y_test[:, -1]])

    back = 2
    slopes = [(losses(number, 1e-2) - losses(number, -1e-2)) / 2e-2 for number in range(table.shape[1])]
    assert found["reach"][back] == pytest.approx(np.linalg.norm(slopes, axis=0).mean(), rel=0.02)


@pytest.mark.parametrize("kind", [WRITING, "texts of classes", "series of a number"])
def test_attributions_by_step_add_up_to_the_change(kind: str) -> None:
    network = network_of(Lstm(units=5), kind=kind)
    example = prepared(kind).x_test[0]
    found = SequenceGradients(network)(example, points=32)
    assert found["completeness"] < 0.01
    assert found["attribution"].sum() == pytest.approx(float(found["change"]), rel=0.02)
    assert found["attribution"].shape == (4, 2 if kind == "series of a number" else 1)
    if kind == WRITING:
        early = SequenceGradients(network)(example, place=1, target=2)
        assert not early["attribution"][2:].any(), "what comes later cannot matter"
    with pytest.raises(ProbeError, match="there is no such step"):
        SequenceGradients(network)(example, place=4)


def test_sequences_of_the_usual_length_are_answered_as_ever() -> None:
    network, x = network_of(Gru(units=5), kind="texts of classes"), prepared("texts of classes").x_test
    np.testing.assert_allclose(AtLength(network)(x[0], longer=x)["answer"], network(x), atol=1e-6)


def test_copied_pieces_are_those_of_a_plain_search() -> None:
    rng = np.random.default_rng(0)
    learned = rng.integers(1, 4, 300)
    written = np.concatenate([rng.integers(1, 4, 40), learned[50:90], rng.integers(1, 4, 20)])
    found = find_copied(written, learned)
    whole = "".join(map(str, learned))
    for start, length in enumerate(found.lengths):
        text = "".join(map(str, written[start : start + length + 1]))
        assert text[:length] in whole
        assert len(text) == length or text not in whole
    assert found.length >= 40
    assert (learned[found.source : found.source + found.length] == written[found.start :][: found.length]).all()
    assert find_copied(np.zeros(0, int), learned).length == 0


def test_a_text_by_counting_holds_only_pieces_that_were_learned() -> None:
    learned = np.random.default_rng(0).integers(1, 4, 4_000)
    text = by_counting(learned, 200, 1)
    assert find_copied(text, learned).lengths[:-4].min() >= 5
