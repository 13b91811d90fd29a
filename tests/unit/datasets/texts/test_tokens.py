"""Texts become tokens and are put together again; pieces are those of an independent byte-pair encoder."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from core.analysis.next_token import next_token_baselines
from core.cli.predict import read_examples
from core.datasets import DATASETS, find_dataset
from core.datasets.features import Tokens, features_from
from core.datasets.own import own
from core.datasets.own.build import build
from core.datasets.targets import NextToken, target_from
from core.datasets.texts.labelled import learn_from_texts
from core.datasets.texts.learn import learn_to_write
from core.datasets.texts.tokens import PIECE, WORD, chunks_of, learn_vocabulary, parts_of, places_of
from core.errors import DatasetError
from core.settings import Settings

TEXT = "The cat sat on the mat.\n\nThe dog, who saw the cat, sat  down; then the cat ran.\n" * 20
PIECES = learn_vocabulary([TEXT], PIECE, 60)


@given(st.text("aéT \n\t.,'9_☃", max_size=60))
def test_a_text_is_the_sum_of_its_pieces_whatever_it_is(text: str) -> None:
    assert "".join(chunks_of(text)) == text
    assert "".join(parts_of(text, PIECE, places_of(PIECES))) == text


def test_pieces_are_joined_as_the_encoder_that_learned_them_joins_them() -> None:
    rank = places_of(PIECES)
    longer = [piece for piece in PIECES if len(piece) > 1]
    halves = [parts_of(piece, PIECE, {one: n for one, n in rank.items() if n < rank[piece]}) for piece in longer]
    assert all(len(pair) == 2 for pair in halves)
    encoder = Tokenizer(models.BPE({**rank, "\0": 0}, [tuple(pair) for pair in halves], unk_token="\0"))
    for chunk in set(chunks_of(TEXT)):
        assert [PIECES[token] for token in encoder.encode(chunk).ids] == parts_of(chunk, PIECE, rank)


def test_words_that_come_once_are_unknown_and_a_vocabulary_is_no_larger_than_asked() -> None:
    texts = ["It's good, good!", "it's BAD, good"]
    assert learn_vocabulary(texts, WORD, 100) == ("", "good", ",", "it's")
    assert learn_vocabulary(texts, WORD, 3) == ("", "good", ",")
    tokens = Tokens(("", "good", "it's"), 4, WORD)
    assert tokens.example("It's GOOD fun") == [0, 2, 1, 0]
    assert tokens.decode([2, 1, 0]) == "it's good □"
    assert features_from(tokens.to_dict()) == tokens


def test_the_vocabulary_is_that_of_the_training_text_and_each_target_is_the_token_after() -> None:
    made = learn_to_write("abcabd" * 100 + "xyz" * 20, "mine.txt")
    features = made.spec.features
    assert isinstance(features, Tokens)
    assert features.vocabulary == ("", "a", "b", "c", "d")
    made.spec.check(made.arrays, "mine.txt")
    x, y = (made.arrays[f"{name}_train"].ravel() for name in "xy")
    np.testing.assert_array_equal(x[1:], y[:-1])


@pytest.mark.parametrize(
    ("text", "words"),
    [("x", "mine.txt is too short .* received 1 character"), ("a" * 300, "mine.txt is one character again and again")],
)
def test_a_text_that_teaches_nothing_is_refused(text: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        learn_to_write(text, "mine.txt")


def test_counting_in_pieces_is_counting_their_characters() -> None:
    made = {unit: learn_to_write(TEXT, "mine.txt", unit, 60) for unit in ("character", PIECE)}
    targets = {unit: one.spec.target for unit, one in made.items()}
    assert all(isinstance(target, NextToken) and target_from(target.to_dict()) == target for target in targets.values())
    pieces = targets[PIECE]
    assert isinstance(pieces, NextToken)
    y = made[PIECE].arrays["y_train"]
    text = "".join(pieces.vocabulary[token] for token in y.ravel())
    assert pieces.count_characters(y) == len(text) > 1.5 * y.size
    assert pieces.characters == pytest.approx(len(text) / y.size, rel=0.1)
    signs = ("", *sorted(set("".join(pieces.vocabulary))))
    rows = np.array([[signs.index(sign) for sign in text]])
    half = NextToken(signs, rows.shape[1])
    by_pieces = next_token_baselines(y, y[:3], pieces)
    short = "".join(pieces.vocabulary[token] for token in y[:3].ravel())
    by_signs = next_token_baselines(rows, np.array([[signs.index(sign) for sign in short]]), half)
    assert by_pieces == by_signs


TEXTS_OF_TWO = [f"{mood} film number {n}" for n in range(20) for mood in ("good", "bad")]
LABELS = ["yes", "no"] * 20


def test_equal_texts_count_once_and_those_with_two_answers_not_at_all() -> None:
    texts = [*TEXTS_OF_TWO, "Good  film number 3", "bad film number 4", " "]
    made = learn_from_texts(texts, [*LABELS, "yes", "yes", "no"], "the column 'mood' of mine.csv")
    assert (made.spec.train_size, made.spec.test_size) == (31, 8)
    assert made.spec.classes == ("no", "yes")
    assert len(np.unique(np.concatenate([made.arrays["x_train"], made.arrays["x_test"]]), axis=0)) > 30
    said = " ".join(made.said)
    assert "1 text without any character was left out." in said
    assert "1 text that repeats another was left out" in said
    assert "1 text with different answers was left out." in said
    made.spec.check(made.arrays, "mine.csv")


def test_a_long_text_keeps_its_end_and_that_is_said() -> None:
    made = learn_from_texts(TEXTS_OF_TWO, LABELS, "x", length=2, unit=WORD)
    features = made.spec.features
    assert isinstance(features, Tokens)
    assert made.arrays["x_train"].shape[1] == 2
    assert features.decode(made.arrays["x_train"][0]).startswith("number")
    assert "40 texts of more than 2 words were cut: the end counts." in made.said


def test_numbers_are_learned_too_and_the_files_own_split_is_kept() -> None:
    is_test = [place % 4 == 0 for place in range(40)]
    made = learn_from_texts(TEXTS_OF_TWO, [float(n) for n in range(40)], "x", target="stars", is_test=is_test)
    assert made.spec.target.KIND == "number"
    np.testing.assert_array_equal(made.arrays["y_test"], np.arange(0, 40, 4))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["yes"] * 40, "too few classes in the folders, expected .* received only 'yes'"),
        ([str(n) for n in range(40)], "too few classes in the folders, .* received none"),
        ([3.0] * 40, "nothing to predict in the folders"),
    ],
)
def test_answers_that_teach_nothing_are_refused(labels: list, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        learn_from_texts(TEXTS_OF_TWO, labels, "the folders")


def test_a_private_vocabulary_of_words_is_not_printed_and_one_of_characters_is(
    settings: Settings, tmp_path: Path
) -> None:
    programs = {}
    for unit in ("character", PIECE):
        card = own.begin(settings, "ann", "Mine", "text", {"name": "mine.txt", "unit": unit, "size": 60})
        (own.raw(settings, card.id) / "upload.txt").write_text(TEXT)
        build(settings, card.id, lambda words, share: None)
        programs[unit] = find_dataset(settings, card.id).program
        last = card.id
    assert "VOCABULARY = ['', '\\n', ' '" in programs["character"]
    assert "VOCABULARY" not in programs[PIECE]
    own.change(settings, last, "ann", accepted=True, published=True)
    assert "' cat'" in find_dataset(settings, last).program


def test_texts_are_read_from_files_and_from_the_line_for_a_network_that_reads_texts(tmp_path: Path) -> None:
    names = DATASETS["names"]
    (tmp_path / "one.txt").write_bytes("Müller\n".encode("latin-1"))
    asked, examples = read_examples([tmp_path / "one.txt"], names, ["Müller"])
    assert asked == [{"file": str(tmp_path / "one.txt")}, {"text": "Müller"}]
    np.testing.assert_array_equal(*examples)
    with pytest.raises(DatasetError, match="reads no texts"):
        read_examples([], DATASETS["wine"], ["Müller"])
