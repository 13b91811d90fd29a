"""MobileNetV2 against the one of `keras.applications`, with a file of random weights as Keras publishes such files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import WeightsError
from core.layers import LayerSpec, total_parameters, trace
from core.layers.blocks import to_specs
from core.layers.pretrained import Pretrained
from core.models.network import build_network
from core.pretrained import weights
from core.pretrained.weights import SOURCES, lacking
from core.program.pretrained import print_weights
from core.settings import Settings

SHAPE = (77, 64, 3)  # 77, 39, 20, 10, 5, 3: strides of two over odd and over even sides
DATA = DataSpec(Image(*SHAPE), Classes(("a", "b")), 10, 10)
[FILE] = SOURCES["mobilenet_v2"].files


def specs_of(trained: str) -> list[LayerSpec]:
    ones = LayerSpec("Rescaling", {"scale": 1 / 255}, "rescale")
    return [ones, *to_specs((Pretrained("mobilenet_v2", trained),), "rescale", 3)]


@pytest.fixture(scope="module")
def theirs() -> keras.Model:
    network = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=SHAPE)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):  # all four differ from layer to layer
            layer.set_weights([rng.uniform(0.5, 1.5, array.shape) for array in layer.get_weights()])
    return network


@pytest.fixture(scope="module")
def folder(theirs: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with h5py.File(folder / FILE.name, "w") as file:
        save_weights_to_hdf5_group(file, theirs)
    return folder


@pytest.fixture(autouse=True)
def _in_the_data_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(folder))
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "home"))
    weights._load.cache_clear()
    yield
    weights._load.cache_clear()


@pytest.fixture(scope="module")
def ours(folder: Path) -> keras.Model:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSBOX_DATA_DIR", str(folder))
        weights._load.cache_clear()
        return build_network(specs_of("head"), DATA)


def own_name(layer: keras.layers.Layer) -> str:
    return layer.name.removeprefix("pretrained_1_")


def test_it_computes_what_the_one_of_keras_does(ours: keras.Model, theirs: keras.Model) -> None:
    images = np.random.default_rng(1).integers(0, 256, (2, *SHAPE), dtype=np.uint8)
    expected = theirs(keras.applications.mobilenet_v2.preprocess_input(images.astype(np.float32)), training=False)
    found = ours(images, training=False)
    assert found.shape == (2, 3, 2, 1280)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_its_layers_are_called_and_normalise_as_those_of_keras(ours: keras.Model, theirs: keras.Model) -> None:
    mine, known = ({own_name(layer): layer for layer in of.layers if layer.weights} for of in (ours, theirs))
    assert list(mine) == list(known)
    for name, layer in known.items():
        if isinstance(layer, keras.layers.BatchNormalization):
            assert (mine[name].epsilon, mine[name].momentum) == (layer.epsilon, layer.momentum)


def test_it_is_trained_from_the_chosen_part_on(ours: keras.Model) -> None:
    assert [variable.path for variable in ours.trainable_variables] == [
        f"pretrained_1_Conv_1{of}" for of in ("/kernel", "_bn/gamma", "_bn/beta")
    ]
    frozen = [spec.name for spec in specs_of("stage_2") if spec.kwargs.get("trainable") is False]
    assert (len(frozen), frozen[-1]) == (6, "pretrained_1_expanded_conv_project_BN")


def test_it_is_as_big_as_the_one_of_keras_and_as_published(theirs: keras.Model) -> None:
    costs = trace(specs_of("none"), (224, 224, 3))
    assert total_parameters(costs) == theirs.count_params()
    kernels = sum(cost.multiply_adds for cost in costs if "Conv2D" in cost.spec.keras_class)
    assert (kernels + 1280 * 1000) // 10**6 == 300  # Sandler et al., 2018, table 4


def test_a_printed_program_gives_a_network_the_same_weights(
    ours: keras.Model, theirs: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = specs_of("head")
    code, asked = print_weights(specs), []
    monkeypatch.setattr(keras.applications, "MobileNetV2", lambda **given: asked.append(given) or theirs)
    expected = ours.get_weights()
    ours.set_weights([np.zeros_like(array) for array in expected])
    exec(code, {"keras": keras, "model": ours})
    assert asked == [{"input_shape": (224, 224, 3), "include_top": False}]
    for mine, known in zip(ours.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(mine, known)


# The file


def changed(folder: Path, to: Path) -> h5py.File:
    """Return a copy of the file that can be written to."""
    return h5py.File(shutil.copy(folder / FILE.name, to), "r+")


def test_a_file_that_is_not_here_is_missed_and_one_that_is_here_is_not(folder: Path, tmp_path: Path) -> None:
    assert lacking(Settings(tmp_path, folder), specs_of("none")) == ""
    missed = lacking(Settings(tmp_path, tmp_path), specs_of("none"))
    assert missed == (
        "MobileNetV2 has no weights here yet, expected mobilenet_v2_weights_tf_dim_ordering_tf_kernels_"
        "1.0_224_no_top.h5 in the data folder (GLASSBOX_DATA_DIR). Train downloads it, 9.4 MB; without internet, "
        "put it there."
    )


def test_layers_are_told_by_their_order_as_older_files_name_them_otherwise(folder: Path, tmp_path: Path) -> None:
    names = [own_name(layer) for layer in specs_of("none") if layer.weights]
    with changed(folder, tmp_path / "old.h5") as file:
        file.move("block_1_expand", "mobl1_conv_1_expand")
        there = list(file.attrs["layer_names"])
        there[there.index("block_1_expand")] = "mobl1_conv_1_expand"
        file.attrs["layer_names"] = there
    found = weights.read_keras_file(tmp_path / "old.h5", names)
    assert list(found) == names
    assert found["block_1_expand"][0].shape == (1, 1, 16, 96)


def test_a_file_of_other_layers_or_shapes_is_refused_with_what_is_wrong(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path))
    path = tmp_path / FILE.name

    def refused(why: str) -> None:
        weights._load.cache_clear()
        with pytest.raises(WeightsError, match=why):
            build_network(specs_of("none")[:4], DATA)

    with changed(folder, path) as file:
        del file["Conv1/Conv1/kernel"]
        file["Conv1/Conv1/kernel"] = np.zeros((3, 3, 3, 16), np.float32)
    refused(
        r"do not fit the layer pretrained_1_Conv1, expected the shapes \[\(3, 3, 3, 32\)\], received \[\(3, 3, 3, 16"
    )
    with changed(folder, path) as file:
        file["bn_Conv1"].attrs["weight_names"] = list(file["bn_Conv1"].attrs["weight_names"])[::-1]
    refused(
        "cannot be read as weights, expected an HDF5 file .* a layer with moving_variance, moving_mean, beta, gamma"
    )
    with changed(folder, path) as file:
        file.attrs["layer_names"] = list(file.attrs["layer_names"])[:-3]
    refused("holds another network, expected 104 layers with weights, received 102. Delete the file")
    path.write_bytes(b"not found")
    refused("cannot be read as weights, expected an HDF5 file")
