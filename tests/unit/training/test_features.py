import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import Prepared
from core.datasets.own import own, removal
from core.families.cnn import CnnConfig
from core.jobs.work import Work
from core.layers.blocks import Conv, GlobalPool
from core.layers.pretrained import Pretrained
from core.settings import Settings
from core.training import checkpoint, evaluate, features, snapshots
from core.training.supervised import Supervised
from tests.support import tiny
from tests.support.tiny_frozen import CONFIG, classifier

PRETRAINED = replace(CONFIG, layers=(Pretrained(), GlobalPool()))


def train(trainee: Supervised, first: int, last: int) -> None:
    """Make updates `first` + 1 to `last`."""
    trainee.batches.seek(first)
    trainee.fit(trainee.batches.dataset(last - first), epochs=1, shuffle=False, verbose=0)


@pytest.fixture
def data(tmp_path: Path) -> Prepared:
    """The tiny data, with a folder."""
    return replace(tiny.prepared(), folder=tmp_path)


@pytest.fixture
def told() -> list[str]:
    return []


def again(data: Prepared, told: list[str], config: CnnConfig = CONFIG, **more: Any) -> Supervised:
    """A classifier that notes in `told` whenever it computes features of the training examples."""
    return classifier(config, data, tell=lambda words, share: told.append(words), **more)


def kept(data: Prepared) -> list[Path]:
    assert data.folder is not None
    return sorted(data.folder.glob("features-*.npy"))


# What is trained


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_training_on_features_is_training_on_the_examples(monkeypatch: pytest.MonkeyPatch, optimizer: str) -> None:
    config = replace(CONFIG, optimizer=optimizer, l2=1e-3)
    cached = classifier(config)
    monkeypatch.setattr("core.training.supervised.has_features", lambda *_, **__: False)
    plain = classifier(config)
    assert cached.batches.batch(0)[0].shape[1:] == (4,)
    assert plain.batches.batch(0)[0].shape[1:] == (8, 8, 1)
    for trainee in (cached, plain):
        train(trainee, 0, 6)
    for one, other in zip(cached.network.get_weights(), plain.network.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert cached.validate() == pytest.approx(plain.validate(), rel=1e-4)
    assert cached.remembered(1, 6) == [pytest.approx(numbers, rel=1e-4) for numbers in plain.remembered(1, 6)]
    for name, array in plain.views().items():
        np.testing.assert_allclose(cached.views()[name], array, atol=1e-5, err_msg=name)


def test_features_of_a_coarse_precision_are_learned_from_too() -> None:
    trainee = classifier(policy="mixed_bfloat16")
    train(trainee, 0, 4)
    assert np.isfinite(list({**trainee.first_numbers(), **trainee.validate()}.values())).all()
    assert trainee.views()["gallery/probabilities"].shape == (11, 3)


def test_augmented_examples_have_no_features(data: Prepared, told: list[str]) -> None:
    trainee = again(data, told, replace(CONFIG, augment_noise=0.1))
    assert trainee.batches.batch(0)[0].shape[1:] == (8, 8, 1)
    assert (told, kept(data)) == ([], [])


def test_the_file_alone_gives_the_stored_answers_to_raw_images(work: Work) -> None:
    import keras

    trainee = classifier()
    train(trainee, 0, 3)
    summary = evaluate.finish(work, trainee, tiny.prepared())
    loaded = keras.saving.load_model(work.files.model)
    images, labels = tiny.arrays()["x_test"], tiny.arrays()["y_test"]
    saved = work.files.load_predictions()["probabilities_last"]
    np.testing.assert_allclose(loaded.predict(images, verbose=0), saved, atol=1e-6)
    assert summary["test_accuracy_last"] == pytest.approx((saved.argmax(1) == labels).mean(), abs=1e-5)
    assert summary["val_accuracy_last"] == pytest.approx(trainee.validate()["val_accuracy"], abs=1e-5)


# What is kept


def test_features_are_computed_once_and_in_pieces(
    data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "AT_ONCE", 12)
    first = again(data, told)
    assert told == [f"computing features, {done} of 30" for done in (0, 12, 24)]
    second = again(data, told)
    assert len(told) == 3
    assert len(kept(data)) == 1
    np.testing.assert_array_equal(first.batches.batch(0)[0], second.batches.batch(0)[0])
    again(data, told, replace(CONFIG, learning_rate=0.5, epochs=1))
    assert len(told) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"version": "version-2"}},
        {"config": replace(CONFIG, layers=(Conv(filters=4, activation="tanh"), GlobalPool()))},
        {"config": replace(CONFIG, seed=1)},  # other weights
        {"policy": "mixed_bfloat16"},
    ],
    ids=["data", "layers", "weights", "precision"],
)
def test_what_they_depend_on_makes_new_ones(data: Prepared, told: list[str], change: dict[str, Any]) -> None:
    again(data, told)
    again(replace(data, **change.pop("data", {})), told, **change)
    assert len(told) == 2
    assert len(kept(data)) == 2


def test_only_the_newest_are_kept(data: Prepared, told: list[str]) -> None:
    for seed in range(features.KEPT + 2):
        again(data, told, replace(CONFIG, seed=seed))
        for place, file in enumerate(kept(data)):
            os.utime(file, (place, min(file.stat().st_mtime, 1000 + seed)))
    assert len(kept(data)) == features.KEPT


@pytest.mark.parametrize("harm", ["cut", "bit", "empty", "pickle"])
def test_damaged_features_are_made_anew(data: Prepared, told: list[str], harm: str) -> None:
    first = again(data, told)
    [file] = kept(data)
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[200] ^= 1
    file.write_bytes({"cut": whole[:-8], "bit": bytes(flipped), "empty": b"", "pickle": b"\x80\x04N."}[harm])
    second = again(data, told)
    assert len(told) == 2
    assert file.read_bytes() == whole
    np.testing.assert_array_equal(first.batches.batch(0)[0], second.batches.batch(0)[0])


class Killed(BaseException):
    """Stands for the end of the process."""


def test_who_is_killed_while_writing_leaves_no_half_file(
    tmp_path: Path, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(features.os, "replace", killed)
        with pytest.raises(Killed):
            again(data, told)
    assert kept(data) == []
    again(data, told)
    assert (len(told), len(kept(data))) == (2, 1)
    assert not (tmp_path / features.PART).exists()


def test_on_a_full_disk_training_goes_on_without_keeping_them(
    data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(features.np, "save", full)
    train(again(data, told), 0, 2)


def test_features_go_with_their_data_even_if_its_card_stays(settings: Settings, told: list[str]) -> None:
    card = own.begin(settings, "ann", "Cats", "photos", {})
    folder = removal.prepared_folder(settings, card.id)
    folder.mkdir(parents=True)
    data = replace(tiny.prepared(), folder=folder)
    again(data, told)
    (folder / features.PART).touch()
    removal.delete(settings, card.id, "ann", has_runs=lambda: True)
    assert kept(data) == []
    assert not (folder / features.PART).exists()


# What a run keeps


@pytest.mark.parametrize("config", [CONFIG, PRETRAINED], ids=["by chance", "pretrained"])
def test_training_that_was_interrupted_ends_with_the_same_bits(work: Work, config: CnnConfig) -> None:
    through = classifier(config)
    train(through, 0, 7)
    first = classifier(config)
    train(first, 0, 4)
    checkpoint.save(work, first, 4, best=False, extra={})
    second = classifier(config)
    assert checkpoint.load_last(work, second)[0] == 4
    train(second, 4, 7)
    for one, other in zip(second.network.get_weights(), through.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert second.remembered(1, 7) == through.remembered(1, 7)


def test_what_their_source_gives_again_is_in_no_snapshot_and_no_checkpoint(work: Work) -> None:
    trainee = classifier(PRETRAINED)
    train(trainee, 0, 2)
    snapshots.save(work, trainee, step=2, epoch=0, wall_s=0.0)
    checkpoint.save(work, trainee, 2, best=False, extra={})
    kernel, bias = work.files.load_snapshot(2, "weights/").values()
    assert (kernel.shape, bias.shape) == ((1280, 3), (3,))
    assert sum(array.size for array in checkpoint.state_of(trainee).values()) < 10_000
    assert list(work.files.load_snapshot(2, "maps/")) == ["maps/pretrained_1"]
    other = classifier(replace(PRETRAINED, seed=3))
    snapshots.set_weights_of(other.network, work.files.load_snapshot(2))
    for one, same in zip(other.network.get_weights(), trainee.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_frozen_weights_that_began_by_chance_are_in_both(work: Work) -> None:
    trainee = classifier()
    assert len(snapshots.weights_of(trainee.network)) == len(trainee.network.weights) == 4
    other = classifier(replace(CONFIG, seed=3))
    snapshots.set_weights_of(other.network, snapshots.weights_of(trainee.network))
    for one, same in zip(other.network.get_weights(), trainee.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_a_view_of_a_photo_takes_a_fifth_of_a_megabyte_at_most(work: Work) -> None:
    from core.datasets.features import Image
    from core.explain.feature_maps import FeatureMaps
    from core.families.cnn import FAMILY
    from core.models.network import build_network

    for trained in ("none", "stem"):
        spec = replace(tiny.SPEC, features=Image(160, 160, 3))
        layers = FAMILY.layers(replace(CONFIG, layers=(Pretrained(trained=trained), GlobalPool())), spec)
        found = FeatureMaps(build_network(layers, spec))(np.zeros((160, 160, 3), np.uint8))
        stages = ["maps/pretrained_1", "units/global_pool_1", "units/logits", "probabilities"]
        assert list(found) == [*stages, "kernels/pretrained_1_conv_stem"]
        assert sum(array.nbytes for array in found.values()) < 200_000
