from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.analysis.gan.quality import judge
from core.datasets import prepare
from core.datasets.features import Image
from core.errors import RunError
from core.families.cnn import FAMILY
from core.families.gan.noise import draw_noise
from core.jobs.work import Work
from core.layers.blocks import Flatten
from core.models.network import build_network
from core.runs.gan_quality import read_quality
from core.store import Run, Status, Store
from core.store.records import SERVER, NewRun
from core.training.gan.quality import Classifier, halves, judge_run
from tests.support import tiny, tiny_gan

CNN = NewRun(kind="train", dataset="tiny", owner="ann", name="judge", family="cnn", config=tiny.CONFIG.to_dict())


@pytest.fixture(autouse=True)
def _prepared(store: Store, tiny_arrays: dict) -> None:
    prepare(store.settings, "tiny")


def network(config: Any = tiny.CONFIG) -> keras.Model:
    keras.utils.set_random_seed(5)
    return build_network(FAMILY.networks(config, tiny.SPEC)[0].specs, tiny.SPEC)


@pytest.fixture
def classifier(store: Store) -> Run:
    run = store.runs.submit(CNN)
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    store.files(run.id).folder.mkdir(parents=True, exist_ok=True)
    network().save(store.files(run.id).model)
    store.runs.move(run.id, Status.SUCCEEDED, lease=claimed.lease, summary={"test_accuracy_last": 0.75})
    return store.runs.get(run.id)


def task(store: Store, gan: Run, classifier: Run) -> Work:
    asked = {"run": gan.id, "judge": classifier.id}
    store.runs.submit(NewRun(kind="judge", dataset="tiny", owner=SERVER, name="Judge", config=asked))
    claimed = store.runs.claim("judge", host="here", slot="judge-0", pid=1)
    assert claimed is not None
    return Work(store, claimed, "CPU")


def features_of(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a submodel of Keras up to the layer before the logits gives, and the answers."""
    whole = network()
    names = [layer.name for layer in whole.layers]
    below = keras.Model(whole.input, whole.layers[names.index("logits") - 1].output)
    return below(images, training=False).numpy(), whole(images, training=False).numpy()


def test_the_numbers_are_those_of_the_functions_on_what_keras_gives(
    store: Store, classifier: Run, tiny_arrays: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.gan.quality.MADE", 6)
    monkeypatch.setattr("core.training.gan.quality.MADE_LAST", 9)
    gan = tiny_gan.trained(store)
    work = task(store, gan, classifier)
    assert judge_run(work).status is Status.SUCCEEDED
    quality = read_quality(store, gan)
    assert quality is not None
    assert (quality.judge, quality.judge_name, quality.accuracy) == (classifier.id, "judge", 0.75)
    np.testing.assert_allclose(quality.fair, np.bincount(tiny_arrays["y_train"], minlength=3) / 30)
    assert [(snapshot.step, snapshot.made) for snapshot in quality.moments] == [(0, 6), (2, 6), (4, 9)]
    (real, _), (floor, said) = (features_of(half) for half in halves(tiny_arrays["x_test"]))
    assert quality.confidence_floor == pytest.approx(said.max(1).mean(), rel=1e-4)
    for snapshot in quality.moments:
        noise = draw_noise(tiny_gan.CONFIG, 0, snapshot.made, 0)
        made = tiny_gan.generator(tiny_gan.CONFIG, snapshot.step)(noise).numpy().round().astype(np.uint8)
        expected = judge(real, *features_of(made), floor_features=floor, fair=quality.fair)
        assert snapshot.judgement.coverage.shares == expected.coverage.shares
        assert snapshot.judgement.samples == 5
        for name in ("frechet", "frechet_floor", "kernel", "precision", "recall_floor", "score"):
            assert getattr(snapshot.judgement, name) == pytest.approx(getattr(expected, name), rel=1e-3, abs=1e-5)


def test_a_generator_that_is_told_the_class_should_make_all_alike(store: Store, classifier: Run) -> None:
    gan = tiny_gan.trained(store, replace(tiny_gan.CONFIG, conditional="on"), steps=(4,))
    judge_run(task(store, gan, classifier))
    quality = read_quality(store, gan)
    assert quality is not None
    assert quality.fair == pytest.approx([1 / 3] * 3)


def test_a_run_without_moments_is_refused(store: Store, classifier: Run) -> None:
    with pytest.raises(RunError, match="no snapshots to evaluate"):
        judge_run(task(store, tiny_gan.trained(store, steps=()), classifier))


def test_features_are_those_before_the_logits(tmp_path: Path, tiny_arrays: dict) -> None:
    network().save(tmp_path / "model.keras")
    found, answers = Classifier(tmp_path / "model.keras")(tiny_arrays["x_test"])
    expected, probabilities = features_of(tiny_arrays["x_test"])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(answers, probabilities, rtol=1e-5, atol=1e-6)


def test_many_features_are_mixed_into_fewer_that_keep_distances(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    spec = replace(tiny.SPEC, features=Image(8, 8, 3))
    flat = replace(tiny.CONFIG, layers=(Flatten(),))  # 192 features: the pixels
    build_network(FAMILY.networks(flat, spec)[0].specs, spec).save(tmp_path / "model.keras")
    found, _ = Classifier(tmp_path / "model.keras")(images)
    assert found.shape == (40, 128)
    pixels = images.reshape(40, -1) / 255
    ratios = [np.linalg.norm(found[0] - found[k]) / np.linalg.norm(pixels[0] - pixels[k]) for k in range(1, 40)]
    assert 0.7 < min(ratios) < max(ratios) < 1.3


def test_halves_share_no_image_and_are_drawn_the_same_way() -> None:
    images = np.arange(11, dtype=np.uint8)[:, None, None, None]
    first, second = halves(images)
    assert len(first) == len(second) == 5
    assert not set(first.ravel()) & set(second.ravel())
    np.testing.assert_array_equal(halves(images)[0], first)
