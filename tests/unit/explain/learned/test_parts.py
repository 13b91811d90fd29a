import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned.examined import examined
from core.explain.learned.parts import Parts


def test_a_network_cut_at_any_stage_and_put_together_answers_as_before(
    classifier: keras.Model, images: Prepared
) -> None:
    parts = Parts(classifier)
    assert [*parts.stages] == ["conv_1", "pool_1", "residual_1", "batch_norm_1", "dense_1", "logits"]
    expected = np.array(classifier(images.x_test))
    for stage in parts.stages:
        outputs, answers = parts.read(stage, images.x_test)
        np.testing.assert_allclose(answers, expected, atol=1e-6)
        np.testing.assert_allclose(parts.answer(stage, outputs), expected, atol=1e-6)
        assert outputs.shape[-1] == parts.units(stage)


def test_what_is_not_there_is_said_in_words(classifier: keras.Model) -> None:
    parts = Parts(classifier)
    with pytest.raises(ProbeError, match=r"no layer 'conv_9', expected one of input, conv_1, pool_1"):
        parts.at("conv_9")
    with pytest.raises(ProbeError, match=r"conv_1 has no unit 3, expected 0 to 2, received 3"):
        parts.check_unit("conv_1", 3)


def test_examples_of_the_test_set_are_evenly_spread_and_those_that_the_run_is_tested_on(images: Prepared) -> None:
    some = examined(images, 4)
    assert some.rows.tolist() == [0, 2, 5, 8]
    np.testing.assert_array_equal(some.x, images.x_test[[0, 2, 5, 8]])
    np.testing.assert_array_equal(examined(images, 4, "inverted").x, 255 - images.x_test[[0, 2, 5, 8]])
    assert len(examined(images, 5_000).rows) == 11
    with pytest.raises(ProbeError, match="expected count from 1 to 5000, received 0"):
        examined(images, 0)


def test_answers_are_judged_by_class_or_by_the_size_of_the_error(images: Prepared, prices: Prepared) -> None:
    some, truth = examined(images, 11), images.y_test
    answers = np.eye(3)[np.where(np.arange(11) < 6, truth, (truth + 1) % 3)]
    assert some.score(answers)["right"].tolist() == np.bincount(truth[:6], minlength=3).tolist()
    assert some.counts.sum() == 11
    assert examined(prices, 11).score(prices.y_test[:, None] - 3.0)["error"] == pytest.approx(3.0, rel=1e-5)
