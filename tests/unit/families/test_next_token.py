"""Networks that say the next character: their surprise, what they write, and counting beside them."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.analysis.next_token import DISCOUNT, ngram_surprises
from core.errors import ConfigError, DatasetError, ProbeError
from core.explain.surprise import Surprise
from core.explain.write import Write
from core.families.sequence.config import SequenceConfig, build_layers
from core.families.sequence.family import FAMILY
from core.figures.writing import draw_writing
from core.jobs.work import Work
from core.layers.attention.blocks import SelfAttention
from core.layers.recurrent import Gru, Lstm, OverTime, Rnn, TimeConv
from core.models.network import build_network
from core.program.writer import to_script
from core.training import evaluate
from tests.support import tiny_sequences
from tests.support.printed import untraced
from tests.support.tiny_sequences import CONFIG, TEXT, WRITING, spec_of

SPEC = spec_of(WRITING)


def test_counting_is_what_a_count_by_hand_gives() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.integers(0, 4, 200), rng.integers(0, 4, 60)

    def share(context: tuple[int, ...], token: int) -> float:
        shorter = share(context[1:], token) if context else 1 / 5
        if not context:
            found, pairs = Counter(train.tolist()), len(train)
        else:
            size = len(context)
            after = [int(train[i + size]) for i in range(len(train) - size) if tuple(train[i : i + size]) == context]
            found, pairs = Counter(after), len(after)
        if not pairs:
            return shorter
        return max(found[token] - DISCOUNT, 0) / pairs + DISCOUNT * len(found) / pairs * shorter

    for order, surprises in ngram_surprises(train, test, 5, 4).items():
        asked = [(tuple(test[max(0, i - order + 1) : i].tolist()), int(test[i])) for i in range(len(test))]
        np.testing.assert_allclose(surprises, [-math.log(share(*one)) for one in asked])


def test_surprise_and_baselines_are_those_of_a_count_and_the_file_answers_alike(work: Work) -> None:
    trainee = tiny_sequences.network(WRITING, replace(CONFIG, validation_fraction=0.2))
    trainee.run_eagerly = True
    trainee.advance(0, 2)
    data = tiny_sequences.prepared(WRITING)
    validated = trainee.validate()
    x, y = trainee._validation
    shares = np.take_along_axis(trainee.network(x).numpy(), y[..., None], 2)
    assert validated["val_loss"] == pytest.approx(-np.log(shares).mean(), rel=1e-4)
    summary = evaluate.finish(work, trainee, data)
    loaded = keras.saving.load_model(work.files.model)
    said = loaded(data.x_test).numpy()
    by_hand = [-math.log(said[row, step, token]) for (row, step), token in np.ndenumerate(data.y_test)]
    assert summary["test_nats_last"] == pytest.approx(np.mean(by_hand), rel=1e-4)
    assert summary["test_nats_uniform"] == pytest.approx(math.log(4), rel=1e-5)
    assert work.files.load_predictions()["surprise_last"].shape == data.y_test.shape


@pytest.mark.parametrize(
    "block", [Lstm(units=4), Gru(units=4), Rnn(units=4), TimeConv(filters=4), SelfAttention(heads=1)]
)
def test_it_writes_what_the_whole_network_finds_likeliest_when_it_is_cold(block: Any) -> None:
    network = build_network(build_layers(replace(CONFIG, layers=(block,)), SPEC), SPEC)
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=weight.shape) for weight in network.get_weights()]
    network.set_weights([*weights[:-2], *(1000 * weight for weight in weights[-2:])])  # so sure that chance is none
    prompt, logits = [1, 3], keras.Model(network.input, network.get_layer("logits").output)
    written = Write(network)(np.array([0, 0, *prompt], np.int32), count=2, temperature=0.05, seed=0)["tokens"]
    text = list(prompt)
    for _ in written:
        found = logits(np.array([text + [0] * (4 - len(text))]))[0, len(text) - 1].numpy()
        text.append(int(found[1:].argmax()) + 1)
    assert written.tolist() == text[2:]


def test_the_same_seed_writes_the_same_and_a_bad_number_is_one_sentence() -> None:
    network = build_network(build_layers(CONFIG, SPEC), SPEC)
    write, prompt = Write(network), np.array([0, 1, 2, 3], np.int32)
    first, again, other = (write(prompt, count=40, temperature=1.0, seed=seed)["tokens"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert first.min() > 0
    with pytest.raises(ProbeError, match="this many characters cannot be written, expected 1 to 5,000, received 0"):
        write(prompt, count=0, temperature=1.0, seed=0)
    with pytest.raises(ProbeError, match="temperature is out of range"):
        write(prompt, count=9, temperature=0.0, seed=0)
    spec = spec_of("texts of classes")
    with pytest.raises(ProbeError, match="does not write"):
        Write(build_network(build_layers(CONFIG, spec), spec))


def test_only_the_likeliest_are_drawn_and_what_is_cut_off_is_told() -> None:
    write, prompt = Write(build_network(build_layers(CONFIG, SPEC), SPEC)), np.array([0, 1, 2, 3], np.int32)
    for top_k, top_p in [(0, 1.0), (2, 1.0), (0, 0.5), (2, 0.4)]:
        found = write(prompt, count=40, temperature=1.5, seed=1, top_k=top_k, top_p=top_p)
        for place, (token, shares) in enumerate(zip(found["tokens"], found["shares"], strict=True)):
            left = shares[: top_k or 3]  # of three characters, best first; the fourth token is never drawn
            kept = int(np.searchsorted(left.cumsum() / left.sum(), top_p - 1e-6)) + 1
            assert found["kept"][place] == kept
            assert token in found["likeliest"][place, :kept]
            assert found["cut"][place] == pytest.approx(1 - shares[:kept].sum(), abs=1e-5)
            assert found["share"][place] == pytest.approx(shares[list(found["likeliest"][place]).index(token)])
    for wrong, words in ({"top_k": -1}, "top-k"), ({"top_p": 0.0}, "top-p"):
        with pytest.raises(ProbeError, match=f"this {words} is out of range"):
            write(prompt, count=1, temperature=1.0, seed=0, **wrong)


def test_surprise_at_each_character_is_the_logarithm_of_its_share() -> None:
    network, arrays = build_network(build_layers(CONFIG, SPEC), SPEC), tiny_sequences.arrays(WRITING)
    x, y = arrays["x_test"], arrays["y_test"]
    found, shares = Surprise(network)(x, following=y), network(x).numpy()
    np.testing.assert_allclose(found["nats"], -np.log(np.take_along_axis(shares, y[..., None], 2)[..., 0]), rtol=1e-4)
    np.testing.assert_array_equal(found["likeliest"][..., 0], shares.argmax(-1))
    with pytest.raises(ProbeError, match="each token needs the one after it"):
        Surprise(network)(x, following=y[1:])


def test_what_it_writes_is_seen_at_every_snapshot() -> None:
    seen = tiny_sequences.network(WRITING).views()
    [text] = draw_writing(seen, SPEC)
    prompt, _, written = text.text.partition("\u2503")
    assert prompt == TEXT.decode(tiny_sequences.arrays(WRITING)["x_test"][0])
    assert len(written) == 300
    assert set(written) <= set("abc")


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((Lstm(direction="both"),), "lstm_1 reads both ways.*Set its direction to Forward"),
        ((TimeConv(stride=2), Lstm()), "each of the 4 characters needs an answer.*Remove pooling"),
        ((Lstm(), OverTime()), "each of the 4 characters needs an answer.*Remove pooling"),
    ],
)
def test_what_could_see_the_next_character_or_skips_some_is_refused(layers: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        SequenceConfig(layers=layers).validate(SPEC)


def test_a_token_beyond_the_vocabulary_is_refused() -> None:
    arrays = tiny_sequences.arrays(WRITING)
    SPEC.check(arrays, "here")
    arrays["y_test"] = arrays["y_test"] + 9
    with pytest.raises(DatasetError, match="here: y_test has tokens that are not in the vocabulary, expected 0 to 3"):
        SPEC.check(arrays, "here")


def test_the_printed_program_trains_the_very_weights_that_a_run_trains(tmp_path: Path) -> None:
    config = replace(CONFIG, layers=(TimeConv(filters=3, kernel_size=2),), epochs=1, gradient_clip=1.0)
    trainee = tiny_sequences.network(WRITING, config)
    trainee.run_eagerly = True
    trainee.advance(0, trainee.plan.total_steps)
    path = tmp_path / "program.py"
    path.write_text(to_script(FAMILY.program(config, tiny_sequences.dataset(WRITING)), "a run"))
    keras.utils.clear_session(free_memory=False)
    names: dict[str, Any] = {}
    exec(compile(untraced(path.read_text()), str(path), "exec"), names)
    for mine, theirs in zip(names["model"].get_weights(), trainee.network.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
