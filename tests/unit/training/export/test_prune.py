import io
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from core.datasets import prepare
from core.errors import RunError
from core.export.check import Record
from core.export.export import NOT_PRUNED, open_export, read_record
from core.export.package import zipped_size
from core.jobs.work import Work
from core.models.network import build_network
from core.store import Run, Status, Store
from core.training.export import prune as pruning
from core.training.export.task import export_run
from tests.support import tiny, tiny_frozen, tiny_gan
from tests.support.exported import finished, network_of, task


@pytest.fixture(autouse=True)
def _prepared(store: Store, tiny_arrays: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.export.check.TIMED", 3)
    prepare(store.settings, "tiny")


def kernels_in(package: Path) -> list[np.ndarray]:
    """Return what the network in an export holds in arrays of several axes, as h5py reads it."""
    with zipfile.ZipFile(package) as outer, zipfile.ZipFile(io.BytesIO(outer.read("model.keras"))) as inner:
        weights = h5py.File(io.BytesIO(inner.read("model.weights.h5")))
        found: list[np.ndarray] = []
        weights.visititems(lambda name, one: found.append(one[()]) if isinstance(one, h5py.Dataset) else None)
    return [array for array in found if array.ndim > 1]


def exported(store: Store, run: Run, format_id: str) -> Record:
    assert export_run(task(store, run, format_id)).status is Status.SUCCEEDED
    record = read_record(store, run, format_id)
    assert record is not None
    return record


def test_a_pruned_network_has_its_smallest_kernel_weights_at_zero_after_one_more_epoch(
    store: Store, tiny_arrays: dict, tmp_path: Path
) -> None:
    run = finished(store)
    before = [weights.numpy() for weights in network_of("cnn", tiny.CONFIG, tiny.SPEC).weights if weights.ndim > 1]
    record = exported(store, run, "pruned_80")
    package = open_export(store, run, "pruned_80", "ann")
    after = kernels_in(package)
    total, zeros = (sum(count(array) for array in after) for count in (np.size, lambda array: int((array == 0).sum())))
    assert zeros == round(0.8 * total)
    assert record.zeros == zeros / total
    limit = np.sort(np.abs(np.concatenate([array.ravel() for array in before])))[zeros - 1]
    by_shape = {array.shape: array for array in after}
    for array in before:
        np.testing.assert_array_equal(by_shape[array.shape] == 0, np.abs(array) <= limit)
    assert any((by_shape[array.shape] != array)[np.abs(array) > limit].all() for array in before)  # they have learned
    with zipfile.ZipFile(package) as file:
        file.extractall(tmp_path)
        assert f"Pruned: {100 * zeros / total:.1f} %" in file.read("README.md").decode()
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    said = loaded(tiny_arrays["x_test"], training=False).numpy()
    assert record.exported == pytest.approx((said.argmax(1) == tiny_arrays["y_test"]).mean())
    assert record.zip_bytes == zipped_size(tmp_path / "model.keras") < record.size_bytes


def test_the_zeros_are_the_smallest_of_all_kernels_together() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(3, 4)), 0.1 * rng.normal(size=(5, 2, 2))]
    masks = pruning.masks_of(arrays, 0.5)
    every = np.sort(np.abs(np.concatenate([array.ravel() for array in arrays])))
    for array, mask in zip(arrays, masks, strict=True):
        np.testing.assert_array_equal(mask, np.abs(array) >= every[16])
    assert sum(mask.sum() for mask in masks) == 16


def test_frozen_layers_stay_as_they_are(work: Work) -> None:
    family, config = tiny_frozen.FROZEN, tiny_frozen.CONFIG
    described = family.networks(config, tiny.SPEC)[0]
    network = build_network(described.specs, described)
    pruned = pruning.prune(work, family, config, tiny.prepared(), network, 0.9)
    assert pruning.share_of_zeros(pruned) == pytest.approx(0.9, abs=0.05)
    frozen = [layer.name for layer in network.layers if layer.weights and not layer.trainable]
    assert frozen
    for name in frozen:
        for old, new in zip(network.get_layer(name).get_weights(), pruned.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


def test_a_generator_is_not_pruned(store: Store) -> None:
    run = finished(store, "gan", tiny_gan.CONFIG)
    with pytest.raises(RunError, match=NOT_PRUNED[:40]):
        export_run(task(store, run, "pruned_50"))
