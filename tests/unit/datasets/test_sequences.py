"""Texts and series: what they hold, that nothing leaks into the test part, and that the printed lines load the same."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS
from core.datasets.features import Series, Tokens, features_from
from core.datasets.spec import DataSpec
from core.datasets.targets import TokenSequence
from core.datasets.texts.names import VOCABULARY
from core.figures.answers import question_of
from core.figures.sequences import shown_text

EVERY = [k for k, d in DATASETS.items() if isinstance(d.spec.features, Series | Tokens) and not d.files]
APART = [key for key in EVERY if isinstance(DATASETS[key].spec.features, Tokens)]


@pytest.fixture(scope="module")
def loaded() -> dict[str, dict[str, np.ndarray]]:
    return {key: DATASETS[key].load(None, {}, lambda *_: None) for key in EVERY}  # type: ignore[arg-type]


@pytest.mark.parametrize("key", EVERY)
def test_the_arrays_are_as_described_and_the_printed_lines_load_the_same(key: str, loaded: Any) -> None:
    dataset, arrays = DATASETS[key], loaded[key]
    dataset.spec.check(arrays, key)
    assert DataSpec.from_dict(dataset.spec.to_dict()) == dataset.spec
    names: dict[str, Any] = {"np": np, "keras": _Keras, "SEED": 0}
    exec(dataset.program, names)
    for name, array in arrays.items():
        assert names[name].dtype == array.dtype
        np.testing.assert_array_equal(names[name], array)


class _Keras:
    class utils:  # noqa: N801
        set_random_seed = staticmethod(lambda seed: None)


@pytest.mark.parametrize("key", APART)
def test_no_text_stands_in_both_parts(key: str, loaded: Any) -> None:
    train, test = ({row.tobytes() for row in loaded[key][f"x_{part}"]} for part in ("train", "test"))
    assert not train & test
    if DATASETS[key].spec.classes:  # a long text may repeat itself
        assert len(train) == len(loaded[key]["x_train"])


def test_the_vocabulary_of_names_is_what_they_are_written_with(loaded: Any) -> None:
    tokens = np.unique(np.concatenate([loaded["names"]["x_train"], loaded["names"]["x_test"]]))
    assert tokens.tolist() == list(range(len(VOCABULARY)))


def test_sums_and_brackets_are_what_a_count_by_hand_gives(loaded: Any) -> None:
    x, y = (loaded["adding"][f"{name}_test"] for name in "xy")
    np.testing.assert_allclose([row[row[:, 1] == 1, 0].sum() for row in x], y, rtol=1e-6)
    assert np.var(y) == pytest.approx(1 / 6, rel=0.1)
    for row, label in zip(loaded["brackets"]["x_test"][:200], loaded["brackets"]["y_test"], strict=False):
        text = shown_text(row, DATASETS["brackets"].spec.features)  # type: ignore[arg-type]
        while "()" in text:
            text = text.replace("()", "")
        assert (not text) == bool(label)


def test_answers_are_what_python_finds(loaded: Any) -> None:
    tasks: dict[str, Callable[[str], str]] = {
        "sums": lambda text: str(sum(map(int, text.split("+")))),
        "sorting": lambda text: "".join(sorted(text)),
        "reversing": lambda text: text[::-1],
        "copying": lambda text: text.rstrip("."),
    }
    for key, answer in tasks.items():
        spec, arrays = DATASETS[key].spec, loaded[key]
        for x, y in zip(arrays["x_test"][:100], arrays["y_test"], strict=False):
            assert isinstance(spec.target, TokenSequence)
            assert spec.target.read(y) == answer(question_of(x, spec))
            assert x[-len(y) :].tolist() == [spec.target.end, *np.where(y == spec.target.end, 0, y)[:-1]] or y[-1]


def test_dates_say_the_day_and_year_of_their_answer_and_no_day_is_in_both_parts(loaded: Any) -> None:
    spec, arrays = DATASETS["dates"].spec, loaded["dates"]
    assert isinstance(spec.target, TokenSequence)
    for x, y in zip(arrays["x_test"][:300], arrays["y_test"], strict=False):
        when = date.fromisoformat(spec.target.read(y))
        assert {when.day, when.year} <= {int(found) for found in re.findall(r"\d+", question_of(x, spec))}
    train, test = ({row.tobytes() for row in arrays[f"y_{part}"]} for part in ("train", "test"))
    assert not train & test
    assert set(np.unique(arrays["x_train"])) == set(range(len(spec.target.vocabulary)))


def test_mean_and_spread_of_a_series_are_those_of_the_years_before_the_test(loaded: Any) -> None:
    for key in ("sunspots", "airline"):
        features, arrays = DATASETS[key].spec.features, loaded[key]
        assert isinstance(features, Series)
        known = np.concatenate([arrays["x_train"][0, :, 0], arrays["y_train"]])
        assert (features.columns[0].mean, features.columns[0].spread) == pytest.approx(
            (known.mean(), known.std()), rel=1e-4
        )


def test_a_text_becomes_its_last_tokens_and_a_missing_character_a_box() -> None:
    tokens = Tokens(("", "a", "b"), 4)
    assert features_from(tokens.to_dict()) == tokens
    assert tokens.example("ab") == [0, 0, 1, 2]
    assert tokens.example("aaxab") == [1, 0, 1, 2]
    assert tokens.decode(tokens.example("aaxab")) == "a□ab"
