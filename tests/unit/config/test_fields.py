from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.fields import Bounded, Choice
from core.errors import ConfigError
from core.families.cnn import CnnConfig

RATE = Bounded(1e-5, 10.0, None, "log", "", "Rate", "?", whole=False)
IMAGES = Bounded(0, 10**9, None, "linear", "images", "Images", "?", whole=True)
WORD = Choice({"sgd": "SGD", "one_cycle": "One-cycle"}, "Word", "?")


@given(st.floats(1e-5, 10.0))
def test_the_text_of_a_number_is_read_back_bit_by_bit(value: float) -> None:
    assert RATE.parse("rate", RATE.format(value)) == value


@given(st.integers(0, 10**9))
def test_the_text_of_a_whole_number_is_its_digits(value: int) -> None:
    assert IMAGES.format(value) == str(value)
    assert IMAGES.parse("images", str(value)) == value


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (IMAGES, 40_000, "40,000 images"),
        (IMAGES, 0, "0 images"),
        (RATE, 0.001, "0.001"),
        (RATE, 1e-5, "1e-05"),
        (RATE, 2.0, "2"),
        (RATE, 1 / 3, "0.333333"),
        (WORD, "one_cycle", "One-cycle"),
    ],
)
def test_a_value_is_said_in_words_for_people(field: Bounded | Choice, value: Any, said: str) -> None:
    assert field.say(value) == said


def test_a_choice_says_its_titles_and_writes_its_words() -> None:
    assert WORD.options == ("sgd", "one_cycle")
    assert WORD.format("sgd") == "sgd"
    assert WORD.parse("word", "sgd") == "sgd"


@pytest.mark.parametrize("text", ["SGD", "One-cycle", "onecycle", "", " sgd"])
def test_a_choice_takes_its_words_only_not_its_titles(text: str) -> None:
    with pytest.raises(ConfigError, match="one of sgd, one_cycle") as caught:
        WORD.parse("word", text)
    assert caught.value.field == "word"


CHOICES = [pytest.param(field, id=name) for name, field in CnnConfig.fields().items() if isinstance(field, Choice)]


@pytest.mark.parametrize("field", CHOICES)
def test_the_titles_of_a_choice_tell_its_words_apart(field: Choice) -> None:
    assert len(set(field.titles.values())) == len(field.options) > 1
    assert all(title.strip() for title in field.titles.values())
