import keras
import numpy as np
import pytest
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.disturbances import disturbed
from core.errors import ProbeError
from core.explain.learned.robustness import Robustness
from tests.support import tiny

NO_IMAGES, NO_ROWS = np.zeros((0, *tiny.SPEC.input_shape), np.uint8), np.zeros((0, 3), np.float32)


def right_of(answers: np.ndarray, truth: np.ndarray) -> list[int]:
    return np.bincount(truth[answers.argmax(1) == truth], minlength=3).tolist()


@pytest.mark.parametrize("kind", ["noise", "rotation", "shift", "blur"])
def test_a_curve_begins_at_the_undisturbed_and_goes_on_with_what_is_shown(
    classifier: keras.Model, images: Prepared, kind: str
) -> None:
    found = Robustness(classifier, images)(NO_IMAGES, kind=kind, strengths=np.array([0.0, 20.0]), count=11)
    assert found["right"][0].tolist() == right_of(np.array(classifier(images.x_test)), images.y_test)
    changed = disturbed(images.x_test, kind, 20.0, images.spec)
    assert found["right"][1].tolist() == right_of(np.array(classifier(changed)), images.y_test)
    np.testing.assert_array_equal(found["shown"], np.stack([images.x_test[0], changed[0]]))
    assert found["examined"] == found["counts"].sum() == 11


def test_fgsm_is_a_step_of_each_pixel_along_the_sign_of_its_gradient(classifier: keras.Model, images: Prepared) -> None:
    strengths = np.array([0.0, 0.1])
    found = Robustness(classifier, images)(NO_IMAGES, kind="fgsm", strengths=strengths, count=11)
    logits = keras.Model(classifier.layers[1].output, classifier.layers[-1].input)
    x = tf.constant(images.x_test / 255, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(images.y_test, logits(x))
    attacked = np.clip(x + 0.1 * np.sign(tape.gradient(loss, x)), 0, 1)
    np.testing.assert_allclose(found["shown"][1], np.rint(255 * attacked[0]), atol=1)
    answers = np.array(logits(attacked))
    assert found["right"][1].tolist() == right_of(answers, images.y_test)
    after = tf.nn.sparse_softmax_cross_entropy_with_logits(images.y_test, answers)
    assert float(tf.reduce_mean(after)) > float(tf.reduce_mean(loss))


def test_the_error_of_a_number_grows_along_its_gradient(regressor: keras.Model, prices: Prepared) -> None:
    found = Robustness(regressor, prices)(NO_ROWS, kind="fgsm", strengths=np.array([0.0, 0.02]), count=11)
    plain = np.abs(np.array(regressor(prices.x_test))[:, 0] - prices.y_test).mean()
    assert found["error"][0] == pytest.approx(plain, rel=1e-4)
    assert found["error"][1] > found["error"][0]


def test_rows_are_disturbed_by_noise_only(regressor: keras.Model, prices: Prepared) -> None:
    with pytest.raises(ProbeError, match=r"cannot be disturbed by 'blur', expected one of noise, fgsm"):
        Robustness(regressor, prices)(NO_ROWS, kind="blur", strengths=np.array([0.0]), count=11)
    found = Robustness(regressor, prices)(NO_ROWS, kind="noise", strengths=np.array([0.0, 1.0]), count=11)
    assert found["shown"][1][0] != prices.x_test[0][0]
    np.testing.assert_array_equal(found["shown"][1][1:], prices.x_test[0][1:])  # a word stays that word
