import numpy as np
import pytest

from core.datasets.disturbances import DISTURBANCES, VECTOR_STRENGTHS, disturbed
from tests.support import tiny, tiny_table

IMAGES = tiny.arrays()["x_test"]


@pytest.mark.parametrize("kind", DISTURBANCES)
def test_nothing_changes_at_strength_0_and_more_at_every_strength(kind: str) -> None:
    one = DISTURBANCES[kind]
    assert one.strengths[0] == 0
    assert disturbed(IMAGES, kind, 0, tiny.SPEC) is IMAGES
    changed = [np.abs(disturbed(IMAGES, kind, s, tiny.SPEC) - IMAGES.astype(int)).mean() for s in one.strengths[:4]]
    assert sorted(changed) == changed
    assert changed[1] > 0 or kind == "blur"  # one percent of 8 pixels is too little to be seen


def test_what_each_does_is_known_for_whole_pixels_and_quarters_of_a_turn() -> None:
    np.testing.assert_array_equal(disturbed(IMAGES, "rotation", 90, tiny.SPEC), np.rot90(IMAGES, axes=(1, 2)))
    moved = disturbed(IMAGES, "shift", 25, tiny.SPEC)  # 2 of 8 pixels
    np.testing.assert_array_equal(moved[:, 2:, 2:], IMAGES[:, :-2, :-2])
    plain = np.full((2, 8, 8, 1), 90, np.uint8)
    np.testing.assert_array_equal(disturbed(plain, "blur", 12, tiny.SPEC), plain)
    grain = disturbed(np.full((50, 8, 8, 1), 128, np.uint8), "noise", 20, tiny.SPEC).astype(float) - 128
    assert abs(grain.mean()) < 1
    assert grain.std() == pytest.approx(20, rel=0.05)


def test_noise_of_numbers_is_in_their_standard_deviations_and_words_stay() -> None:
    spec = tiny_table.spec_of("rows of a number")
    rows = np.tile(np.array([[40, 1, 0]], np.float32), (500, 1))
    changed = disturbed(rows, "noise", 0.5, spec)
    assert changed[:, 0].std() == pytest.approx(5, rel=0.1)
    np.testing.assert_array_equal(changed[:, 1:], rows[:, 1:])
    assert changed.dtype == np.float32
    assert [DISTURBANCES[kind].takes(spec) for kind in DISTURBANCES] == [True, False, False, False]
    assert VECTOR_STRENGTHS[0] == 0
