"""Runs that no other beats, and confusions that changed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.compare.confusions import largest_changes
from core.analysis.compare.pareto import pareto_front

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


@given(PAIRS)
def test_the_front_is_all_that_none_beats(pairs: list[tuple[int, int]]) -> None:
    def is_beaten(one: tuple[int, int]) -> bool:
        return any(other[0] <= one[0] and other[1] <= one[1] and other != one for other in pairs)

    found = pareto_front([cost for cost, _ in pairs], [loss for _, loss in pairs])
    assert sorted(found) == [place for place, one in enumerate(pairs) if not is_beaten(one)]
    assert [pairs[place][0] for place in found] == sorted(pairs[place][0] for place in found)


def test_what_is_unknown_is_on_no_front() -> None:
    assert pareto_front([None, 2.0, 1.0], [0.0, None, 3.0]) == [2]


def test_the_largest_changes_come_first_and_right_answers_are_none() -> None:
    first = np.array([[50, 1, 4], [0, 50, 0], [7, 0, 50]])
    second = np.array([[10, 1, 9], [2, 50, 0], [0, 0, 99]])
    changes = [(one.truth, one.said, one.before, one.after) for one in largest_changes(first, second, 2)]
    assert changes == [(2, 0, 7, 0), (0, 2, 4, 9)]
    assert len(largest_changes(first, second, 9)) == 3
    assert largest_changes(first, first, 9) == []
