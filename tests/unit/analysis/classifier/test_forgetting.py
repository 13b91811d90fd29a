"""When examples were learned and forgotten, against counts by hand."""

import numpy as np
import pytest

from core.analysis.classifier.forgetting import forgetting, tell_biography

# Five moments of four examples: learned once, forgotten twice, never learned, right from the start and lost.
RIGHT = np.array([[0, 0, 0, 1], [0, 1, 0, 1], [1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0]], bool)


def test_a_change_from_right_to_wrong_is_one_event() -> None:
    found = forgetting(RIGHT)
    assert found.events.tolist() == [0, 2, 0, 1]
    assert found.first.tolist() == [2, 1, -1, 0]
    assert found.never.tolist() == [False, False, True, False]
    assert found.is_right.tolist() == [True, False, False, False]
    assert found.most(5).tolist() == [1, 3]
    assert found.most(1).tolist() == [1]


def test_of_equals_those_come_first_that_are_wrong_at_the_end() -> None:
    found = forgetting(np.array([[1, 1, 1], [0, 0, 0], [1, 0, 1]], bool))
    assert found.most(3).tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([0, 7, 7, 7], "Learned at step 180."),
        ([0, 7, 3, 7], "Learned at step 180, forgotten at 900, learned again at 1,200."),
        ([7, 7, 3, 3], "Right untrained, by luck, forgotten at step 900."),
        ([7, 7, 7, 7], "Right untrained, by luck."),
        ([0, 1, 2, 3], "Never learned: wrong at every saved moment."),
    ],
)
def test_a_biography_says_when_an_example_was_learned_and_forgotten(said: list[int], words: str) -> None:
    assert tell_biography([0, 180, 900, 1200], said, 7) == words


def test_a_long_biography_is_summed_up() -> None:
    assert tell_biography(range(0, 80, 10), [0, 7, 0, 7, 0, 7, 0, 7], 7) == (
        "Learned at step 10, forgotten 3 times in all, right since step 70."
    )
