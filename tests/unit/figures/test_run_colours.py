"""The colours of runs that are compared."""

from core.figures.colours import RUN_NAMES, RUNS, colours_of


def test_a_run_keeps_its_own_colour_and_the_others_take_what_is_left() -> None:
    assert len(set(RUN_NAMES)) == len(RUNS)
    assert colours_of(["", "", ""]) == list(RUNS[:3])
    assert colours_of(["", RUNS[0], ""]) == [RUNS[1], RUNS[0], RUNS[2]]
    assert colours_of([*RUNS, ""]) == [*RUNS, RUNS[0]]
