"""Many who watch one run look less often, so that watching stays cheap."""

from pages._ui.runs.watchers import GONE_S, LOOKS, SLOWEST_S, Watchers, pace_s


def test_those_who_have_looked_lately_are_counted_once_each() -> None:
    watchers = Watchers()
    assert [watchers.count(visit, 0.0) for visit in ("a", "b", "a")] == [1, 2, 2]
    assert watchers.count("c", GONE_S - 1) == 3
    assert watchers.count("c", GONE_S + 1) == 1


def test_a_few_look_as_often_as_they_like_and_many_together_no_more_than_the_limit() -> None:
    assert pace_s(0.25, 1) == pace_s(0.25, 3) == 0.25
    for watching in range(1, int(LOOKS * SLOWEST_S) + 1):
        assert watching / pace_s(0.25, watching) <= LOOKS
    assert pace_s(0.25, 1000) == SLOWEST_S
