import os
import shutil
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.datasets.own import own, removal
from core.errors import ArtifactError
from core.families import Family
from core.jobs.work import Work
from core.layers.blocks import Dropout, GlobalPool
from core.layers.pretrained import Pretrained
from core.locks import FileLock
from core.schedule.split import training_rows
from core.settings import Settings
from core.training import checkpoint, evaluate, features, snapshots
from core.training.features import FrozenLayers
from core.training.measure import measure
from core.training.supervised import Supervised
from core.units import MB
from tests.support import tiny
from tests.support.tiny_frozen import CONFIG, FROZEN, GIVEN, classifier

ALL = np.arange(30)
Usage = namedtuple("Usage", "total used free")


def train(trainee: Supervised, first: int, last: int) -> None:
    """Make updates `first` + 1 to `last`."""
    trainee.advance(first, last)


@pytest.fixture
def data(tmp_path: Path) -> Prepared:
    """The tiny data, with a folder."""
    folder = tmp_path / "prepared" / "tiny"
    folder.mkdir(parents=True)
    return replace(tiny.prepared(), folder=folder)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A network whose convolution is frozen."""
    return classifier().network


@pytest.fixture(scope="module")
def layers(network: keras.Model) -> FrozenLayers:
    """Its frozen layers."""
    return frozen_layers(network)


def frozen_layers(network: keras.Model, policy: str = "float32", *, count: int = 3) -> FrozenLayers:
    return FrozenLayers(network, FROZEN.layers(CONFIG, tiny.SPEC)[:count], policy)


@pytest.fixture
def told() -> list[str]:
    return []


def asked(layers: FrozenLayers, data: Prepared, told: list[str], rows: np.ndarray = ALL) -> np.ndarray:
    """Ask for features; `told` hears whenever they are computed, once for these few."""
    return layers.training_features(data, rows, lambda words, share: told.append(words))


def kept(data: Prepared) -> list[Path]:
    assert data.folder is not None
    return sorted(data.folder.iterdir())


# What is trained


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_training_on_features_is_training_on_the_examples(monkeypatch: pytest.MonkeyPatch, optimizer: str) -> None:
    config = replace(CONFIG, optimizer=optimizer, l2=1e-3, train_images=20)
    cached = classifier(config)
    monkeypatch.setattr("core.training.supervised.cached_part", lambda *_, **__: ())
    plain = classifier(config)
    assert cached.batches.batch(0)[0].shape[1:] == (4,)
    assert plain.batches.batch(0)[0].shape[1:] == (8, 8, 1)
    for trainee in (cached, plain):
        trainee.run_eagerly = True  # to trace a graph takes longer than six updates
        train(trainee, 0, 6)
    for one, other in zip(cached.network.get_weights(), plain.network.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert cached.validate() == pytest.approx(plain.validate(), rel=1e-4)
    assert cached.remembered(1, 6) == [pytest.approx(numbers, rel=1e-4) for numbers in plain.remembered(1, 6)]
    views, expected = cached.views(), plain.views()
    assert {name for name in expected if name not in views} <= {"dead/conv_1"}  # which frozen layers never become
    for name, array in views.items():
        np.testing.assert_allclose(array, expected[name], atol=1e-5, err_msg=name)


def test_features_of_a_coarse_precision_are_learned_from_too() -> None:
    trainee = classifier(policy="mixed_bfloat16")
    train(trainee, 0, 4)
    assert np.isfinite(list({**trainee.first_numbers(), **trainee.validate()}.values())).all()
    assert trainee.views()["gallery/probabilities"].shape == (11, 3)


def test_augmented_examples_have_no_features(data: Prepared, told: list[str]) -> None:
    config = replace(CONFIG, augment_noise=0.1)
    trainee = classifier(config, data, tell=lambda words, share: told.append(words))
    assert trainee.batches.batch(0)[0].shape[1:] == (8, 8, 1)
    assert (told, kept(data)) == ([], [])


def test_only_examples_that_are_used_go_through_the_frozen_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.layers.frozen.MOST_BYTES", (10 + 11) * 4 * 4)  # of 10 training and 11 test examples
    told: list[str] = []
    trainee = classifier(replace(CONFIG, train_images=10), tell=lambda words, share: told.append(words))
    assert told == ["computing features, 0 of 10"]
    rows = training_rows(trainee.config, tiny.arrays()["y_train"], 3)
    np.testing.assert_array_equal(trainee.evaluate_on(trainee.network)["train"][1], rows.labels[rows.learn])
    assert classifier(replace(CONFIG, train_images=11)).batches.batch(0)[0].shape[1:] == (8, 8, 1)


# What is measured


class Passes:
    """Counts the examples that go through frozen layers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: list[int] = []
        compute = FrozenLayers.features

        def counted(layers: FrozenLayers, *given: Any, **more: Any) -> np.ndarray:
            found = compute(layers, *given, **more)
            self.counts.append(len(found))
            return found

        monkeypatch.setattr(FrozenLayers, "features", counted)


@pytest.mark.parametrize(
    ("policy", "passes"), [("float32", [11]), ("mixed_bfloat16", [11, 24, 6])], ids=["float32", "bfloat16"]
)
def test_the_end_of_a_run_is_what_the_file_alone_answers_to_raw_images_and_frozen_layers_see_each_once(
    work: Work, monkeypatch: pytest.MonkeyPatch, policy: str, passes: list[int]
) -> None:
    config = replace(CONFIG, test_shift="noise")
    trainee = classifier(config, policy=policy)
    best = [variable.numpy() for variable in trainee.network.trainable_variables]
    checkpoint.save(work, checkpoint.state_of(trainee), 0, best=True)
    for variable in trainee.network.trainable_variables:
        variable.assign(variable * 3 + 0.1)
    counted = Passes(monkeypatch)
    summary = evaluate.finish(work, trainee, tiny.prepared())
    assert counted.counts == passes
    loaded, saved, held = keras.saving.load_model(work.files.model), work.files.load_predictions(), tiny.arrays()
    rows = training_rows(config, held["y_train"], 3)
    given = {"test": trainee._tested()}
    given["train"], given["val"] = ((held["x_train"][r], held["y_train"][r]) for r in (rows.learn, rows.validation))
    for which in ("last", "best"):
        if which == "best":
            for variable, value in zip(loaded.trainable_variables, best, strict=True):
                variable.assign(value)
        found = {part: measure(loaded, trainee.objective, x, y) for part, (x, y) in given.items()}
        np.testing.assert_allclose(saved[f"probabilities_{which}"], found["test"].outputs, atol=1e-6)
        for part, result in found.items():
            numbers = {name: summary[f"{part}_{name}_{which}"] for name in ("accuracy", "loss")}
            assert numbers == pytest.approx(result.numbers, rel=1e-4), part
    assert summary["test_loss_last"] != summary["test_loss_best"]


def test_features_that_are_not_those_of_the_saved_network_end_the_run(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainee, compute = classifier(), FrozenLayers.features
    monkeypatch.setattr(FrozenLayers, "features", lambda *given: 1 - 9 * compute(*given))
    with pytest.raises(ArtifactError, match="the saved network is not the one that was measured"):
        evaluate.finish(work, trainee, tiny.prepared())


# What is kept


def test_features_are_computed_once_and_in_pieces(
    layers: FrozenLayers, network: keras.Model, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "AT_ONCE", 12)
    first = asked(layers, data, told)
    assert told == [f"computing features, {done} of 30" for done in (0, 12, 24)]
    np.testing.assert_array_equal(asked(layers, data, told), first)
    assert (len(told), len(kept(data))) == (3, 1)
    expected = keras.Model(network.input, layers.end)(data.x_train)
    np.testing.assert_allclose(first, expected, atol=1e-6)


def test_runs_that_differ_behind_the_frozen_layers_share_their_features(data: Prepared, told: list[str]) -> None:
    for config in (CONFIG, replace(CONFIG, learning_rate=0.5, epochs=1, validation_fraction=0.5)):
        classifier(config, data, tell=lambda words, share: told.append(words))
    assert (len(told), len(kept(data))) == (1, 1)


def other_weights(network: keras.Model) -> keras.Model:
    changed = keras.models.clone_model(network)
    changed.get_layer("conv_1").bias.assign([0, 0, 0, 1])
    return changed


@pytest.mark.parametrize("change", ["data", "rows", "layers", "weights", "precision"])
def test_what_they_depend_on_makes_new_ones(
    network: keras.Model, layers: FrozenLayers, data: Prepared, told: list[str], change: str
) -> None:
    asked(layers, data, told)
    other = {
        "layers": lambda: frozen_layers(network, count=2),
        "weights": lambda: frozen_layers(other_weights(network)),
        "precision": lambda: frozen_layers(network, "mixed_bfloat16"),
    }.get(change, lambda: layers)()
    then = replace(data, version="version-2") if change == "data" else data
    asked(other, then, told, ALL[:-1] if change == "rows" else ALL)
    assert (len(told), len(kept(data))) == (2, 2)


def test_the_oldest_of_all_data_give_way(
    layers: FrozenLayers, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data.folder is not None
    other = replace(data, folder=data.folder.with_name("other"))
    other.folder.mkdir()
    asked(layers, other, told)
    [first] = kept(other)
    monkeypatch.setattr(features, "MOST_KEPT_BYTES", 3 * first.stat().st_size)
    os.utime(first, (0, 0))
    for count in (3, 2, 1):  # smaller ones, of 30 rows less some
        asked(layers, data, told, ALL[count:])
        os.utime(max(kept(data), key=lambda file: file.stat().st_mtime), (4 - count, 4 - count))
    assert kept(other) == []
    assert len(kept(data)) == 3
    asked(layers, data, told)
    assert sorted(file.stat().st_size for file in kept(data)) == [s * 16 + features.HASH_BYTES for s in (28, 29, 30)]


@pytest.mark.parametrize("harm", ["cut", "longer", "first bit", "last bit", "empty", "zip"])
def test_damaged_features_are_made_anew(layers: FrozenLayers, data: Prepared, told: list[str], harm: str) -> None:
    first = asked(layers, data, told)
    [file] = kept(data)
    whole = file.read_bytes()
    flipped = {"first bit": bytes([whole[0] ^ 1]) + whole[1:], "last bit": whole[:-1] + bytes([whole[-1] ^ 1])}
    others = {"cut": whole[:-8], "longer": whole + b"1", "empty": b"", "zip": b"PK\x03\x04" + whole[4:]}
    file.write_bytes((flipped | others)[harm])
    second = asked(layers, data, told)
    assert len(told) == 2
    assert file.read_bytes() == whole
    np.testing.assert_array_equal(first, second)


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("fails", ["hash", "replace"])
def test_on_a_full_disk_features_are_used_and_no_part_of_them_stays(
    layers: FrozenLayers, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    with monkeypatch.context() as patched:
        if fails == "hash":
            patched.setattr("core.training.features.hashlib.sha256", _Sha256FullAtTheEnd)
        else:
            patched.setattr(features.os, "replace", full)
        first = asked(layers, data, told)
        assert kept(data) == []
    np.testing.assert_array_equal(asked(layers, data, told), first)
    assert (len(told), len(kept(data))) == (2, 1)


class _Sha256FullAtTheEnd:
    """Gives a key, and fails once the numbers are written."""

    def __init__(self, given: Any) -> None:
        self.update = lambda more: None
        self.hexdigest = lambda: "0" * 64
        self.digest = full


def test_who_has_no_room_for_a_lock_computes_features_too(
    layers: FrozenLayers, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileLock, "acquire_soon", full)
    assert len(asked(layers, data, told)) == 30


@pytest.mark.parametrize(("spare", "count"), [(0, 0), (1, 1)])
def test_features_are_not_kept_where_new_runs_need_the_room(
    layers: FrozenLayers, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch, spare: int, count: int
) -> None:
    free = 32 * MB + 30 * 16 + spare
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(2 * free, free, free))
    asked(layers, data, told)
    assert len(kept(data)) == count


def test_features_go_with_their_data_even_if_its_card_stays(
    settings: Settings, layers: FrozenLayers, told: list[str]
) -> None:
    card = own.begin(settings, "ann", "Cats", "photos", {})
    folder = removal.prepared_folder(settings, card.id)
    folder.mkdir(parents=True)
    data = replace(tiny.prepared(), folder=folder)
    asked(layers, data, told)
    kept(data)[0].with_suffix(features.PART).touch()
    removal.delete(settings, card.id, "ann", has_runs=lambda: True)
    assert kept(data) == []


# Two runs at once


class StoppedError(Exception):
    """Stands for a visitor's wish to stop."""


@pytest.fixture
def computing(
    layers: FrozenLayers, data: Prepared, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[FileLock, bytes]:
    """Another run that computes the same features: its lock, and what it will write; nobody waits for the clock."""
    asked(layers, data, told)
    [file] = kept(data)
    lock, content = FileLock(file.with_suffix(features.LOCK)), file.read_bytes()
    file.unlink()
    told.clear()
    assert lock.acquire()
    monkeypatch.setattr("core.locks.time.sleep", lambda seconds: None)
    return lock, content


def test_who_waits_for_another_run_takes_what_it_has_computed(
    layers: FrozenLayers, data: Prepared, told: list[str], computing: tuple[FileLock, bytes]
) -> None:
    lock, content = computing

    def tell(words: str, share: float) -> None:
        told.append(words)
        lock.path.with_suffix(".f32").write_bytes(content)
        lock.release()

    found = layers.training_features(data, ALL, tell)
    assert told == ["waiting for another run to compute the same features"]
    assert found.tobytes() == content[: -features.HASH_BYTES]
    assert not lock.path.exists()


def test_who_waits_computes_features_if_the_other_run_ends_without(
    layers: FrozenLayers, data: Prepared, told: list[str], computing: tuple[FileLock, bytes]
) -> None:
    lock, content = computing

    def tell(words: str, share: float) -> None:
        told.append(words)
        lock.release()

    layers.training_features(data, ALL, tell)
    assert told == ["waiting for another run to compute the same features", "computing features, 0 of 30"]
    assert kept(data)[0].read_bytes() == content


def test_who_waits_can_be_stopped_and_leaves_the_other_run_alone(
    layers: FrozenLayers, data: Prepared, computing: tuple[FileLock, bytes]
) -> None:
    def tell(words: str, share: float) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        layers.training_features(data, ALL, tell)
    assert not FileLock(computing[0].path).acquire(wait=False)


def test_who_is_stopped_while_computing_leaves_no_lock(layers: FrozenLayers, data: Prepared) -> None:
    def tell(words: str, share: float) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        layers.training_features(data, ALL, tell)
    assert kept(data) == []


# What a run keeps


@pytest.fixture
def _tiny_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source of the weights of the tiny convolution."""
    weights = [np.linspace(-1, 1, 36, dtype=np.float32).reshape(3, 3, 1, 4), np.zeros(4, np.float32)]
    monkeypatch.setattr("core.models.network.layer_weights", lambda spec: weights)


@pytest.mark.usefixtures("_tiny_source")
@pytest.mark.parametrize("family", [FROZEN, GIVEN], ids=["by chance", "pretrained"])
def test_training_that_was_interrupted_ends_with_the_same_bits(work: Work, family: Family) -> None:
    config = replace(CONFIG, layers=(*CONFIG.layers, Dropout(rate=0.3)))
    trainee = classifier(config, family=family)
    beginning = checkpoint.state_of(trainee)
    train(trainee, 0, 7)
    through, numbers = trainee.network.get_weights(), trainee.remembered(1, 7)
    checkpoint.restore(trainee, beginning)  # the same graph, set back: to trace another takes longer than to train
    train(trainee, 0, 4)
    checkpoint.save(work, checkpoint.state_of(trainee), 4, best=False)
    second = classifier(config, family=family)
    assert checkpoint.load_last(work, second)[0] == 4
    train(second, 4, 7)
    for one, other in zip(second.network.get_weights(), through, strict=True):
        np.testing.assert_array_equal(one, other)
    assert second.remembered(1, 7) == numbers


def same_weights(one: keras.Model, other: keras.Model) -> Sequence[bool]:
    return [np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True)]


@pytest.mark.usefixtures("_tiny_source")
def test_what_their_source_gives_again_is_in_no_snapshot_and_no_checkpoint(work: Work) -> None:
    trainee = classifier(family=GIVEN)
    snapshots.save(work, trainee, step=2, epoch=0, wall_s=0.0)
    checkpoint.save(work, checkpoint.state_of(trainee), 2, best=False)
    kernel, bias = work.files.load_snapshot(2, "weights/").values()
    assert (kernel.shape, bias.shape) == ((4, 3), (3,))
    assert not any(array.size == 36 for array in checkpoint.state_of(trainee).values())
    other = classifier(replace(CONFIG, seed=3), family=GIVEN)
    assert same_weights(other.network, trainee.network) == [True, True, False, True]
    snapshots.set_weights_of(other.network, work.files.load_snapshot(2))
    assert all(same_weights(other.network, trainee.network))


def test_frozen_weights_that_began_by_chance_are_in_both() -> None:
    trainee = classifier()
    assert len(snapshots.weights_of(trainee.network)) == len(trainee.network.weights) == 4
    assert any(array.size == 36 for array in checkpoint.state_of(trainee).values())
    other = classifier(replace(CONFIG, seed=3))
    snapshots.set_weights_of(other.network, snapshots.weights_of(trainee.network))
    assert all(same_weights(other.network, trainee.network))


def test_a_view_of_a_photo_takes_a_fifth_of_a_megabyte_at_most() -> None:
    from core.datasets.features import Image
    from core.explain.feature_maps import FeatureMaps
    from core.families.cnn import FAMILY
    from core.models.network import build_network

    spec = replace(tiny.SPEC, features=Image(160, 160, 3))
    layers = FAMILY.layers(replace(CONFIG, layers=(Pretrained(), GlobalPool())), spec)
    found = FeatureMaps(build_network(layers, spec))(np.zeros((160, 160, 3), np.uint8))
    stages = ["maps/pretrained_1", "units/global_pool_1", "units/logits", "probabilities"]
    assert list(found) == [*stages, "kernels/pretrained_1_conv_stem"]
    assert sum(array.nbytes for array in found.values()) < 200_000
