import numpy as np
import pytest

from core.analysis.classifier.snapshots import tell_snapshots

CLASSES = ("zero", "one", "seven")


def answers(*said: int) -> np.ndarray:
    return np.eye(3)[list(said)] * 0.7 + 0.1


@pytest.mark.parametrize(
    ("steps", "said", "sentence"),
    [
        ((0, 20, 50, 100), (0, 1, 2, 2), "At step 20 it still said one; since step 50 it says seven."),
        ((0, 20, 50, 100), (2, 2, 1, 2), "At step 50 it still said one; since step 100 it says seven."),
        ((0, 1000, 2000), (1, 2, 2), "Untrained, it said one; since step 1,000 it says seven."),
        ((0, 10), (2, 2), "It said seven from the start, even untrained, by luck."),
        ((7,), (2,), "It said seven."),
    ],
)
def test_the_sentence_names_the_last_moment_with_another_answer(
    steps: tuple[int, ...], said: tuple[int, ...], sentence: str
) -> None:
    assert tell_snapshots(steps, answers(*said), CLASSES) == sentence
