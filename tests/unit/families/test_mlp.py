"""The multilayer perceptron on tables, points and images, for classes and for numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from core.datasets import DATASETS, Prepared
from core.datasets.targets import Number
from core.errors import ConfigError
from core.families import FAMILIES
from core.families.mlp import FAMILY, PRESETS, MlpConfig
from core.families.supervised.config import unused_settings
from core.figures.network.plane import MESH, draw_surface, mesh
from core.jobs.work import Work
from core.layers import total_parameters, trace
from core.layers.blocks import Dense
from core.models.network import build_network
from core.program.writer import to_script
from core.training import checkpoint, evaluate, snapshots
from core.training.step import RING
from core.training.supervised import Supervised
from tests.support import tiny_table
from tests.support.printed import untraced
from tests.support.tiny_table import CONFIG, KINDS

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


def train(trainee: Any, first: int, last: int, *, is_traced: bool = False) -> None:
    """Make updates `first` + 1 to `last`; a graph, as a run has it, takes longer to trace than a few of them."""
    trainee.run_eagerly = not is_traced
    trainee.advance(first, last)


# The network


@EVERY_KIND
def test_arithmetic_is_what_keras_builds(kind: str) -> None:
    spec = tiny_table.spec_of(kind)
    specs = FAMILY.layers(CONFIG, spec)
    built = build_network(specs, spec)
    costs = trace(specs, spec.input_shape)
    assert total_parameters(costs) == built.count_params()
    assert [cost.output_shape for cost in costs] == [layer.output.shape[1:] for layer in built.layers[1:]]


def test_a_row_is_scaled_by_mean_and_spread_of_its_columns_and_a_number_comes_in_its_unit() -> None:
    config = replace(CONFIG, layers=())
    spec = tiny_table.spec_of("rows of a number")
    network = build_network(FAMILY.layers(config, spec), spec)
    kernel, bias = network.get_weights()
    rows = tiny_table.prepared("rows of a number").x_test
    scaled = (rows - [40, 0, 0]) / [10, 1, 1]
    np.testing.assert_allclose(network(rows), (scaled @ kernel + bias) * 25 + 100, rtol=1e-5)


@EVERY_KIND
def test_every_preset_is_possible_on_its_own_data_and_the_default_on_any_that_is_taken(kind: str) -> None:
    MlpConfig().validate(tiny_table.spec_of(kind))
    for preset in PRESETS.values():
        dataset = DATASETS[preset.dataset or "mnist_5k"]
        assert FAMILY.takes(dataset.spec)
        preset.config.validate(dataset.spec)


def test_a_hidden_layer_solves_xor_and_without_one_it_is_a_guess() -> None:
    loaded = DATASETS["xor"].load(None, {}, lambda *_: None)  # type: ignore[arg-type]
    data, found = Prepared("xor", "1", DATASETS["xor"].spec, **loaded), []
    for preset in ("xor", "no_hidden"):
        config = replace(PRESETS[preset].config, learning_rate=0.03, epochs=30, batch_size=32)  # less to watch
        keras.utils.set_random_seed(0)
        trainee = Supervised(FAMILY, config, data, "float32")
        for first in range(0, trainee.plan.total_steps, RING):
            trainee.advance(first, min(first + RING, trainee.plan.total_steps))
        found.append(trainee.test(trainee.network).numbers["accuracy"])
    assert found[0] >= 0.99
    assert 0.4 < found[1] < 0.75


def test_it_takes_classes_and_numbers_and_nothing_else() -> None:
    assert not FAMILY.takes(DATASETS["ring"].spec)
    assert not FAMILIES["cnn"].takes(DATASETS["xor"].spec)
    assert all(FAMILY.takes(tiny_table.spec_of(kind)) for kind in KINDS)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("rows of a number", {"label_smoothing": 0.1}, "Label smoothing is for classes.*Set it to 0"),
        ("points of a number", {"shuffle_labels": "on"}, "Shuffled labels is for classes.*Set it to Off"),
        ("rows of classes", {"augment_rotation": 5.0}, "Rotation is for images, and this data is rows"),
        ("points of classes", {"test_shift": "noise"}, "Test images is for images, and this data is points"),
    ],
)
def test_what_is_meant_for_other_data_is_refused_at_its_setting(kind: str, settings: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        replace(CONFIG, **settings).validate(tiny_table.spec_of(kind))
    assert caught.value.field in settings
    spec = tiny_table.spec_of(kind)
    assert caught.value.field in unused_settings(CONFIG, spec)
    assert caught.value.field not in unused_settings(replace(CONFIG, **settings), spec)  # so it can be set back


# Training


@pytest.mark.parametrize("kind", ["rows of a number", "points of classes", "images of classes"])
def test_the_printed_program_trains_the_very_weights_that_a_run_trains(kind: str, tmp_path: Path) -> None:
    config = replace(CONFIG, validation_fraction=0.2, l2=1e-3, schedule="cosine")
    trainee = tiny_table.network(kind, config)
    train(trainee, 0, trainee.plan.total_steps, is_traced=True)
    path = tmp_path / "program.py"
    path.write_text(to_script(FAMILY.program(config, tiny_table.dataset(kind)), "a run"))
    keras.utils.clear_session(free_memory=False)
    names: dict[str, Any] = {}
    text = path.read_text() if kind == "rows of a number" else untraced(path.read_text())
    exec(compile(text, str(path), "exec"), names)
    for mine, theirs in zip(names["model"].get_weights(), trainee.network.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)


def test_training_that_was_interrupted_ends_with_the_same_bits(work: Work) -> None:
    kind = "rows of a number"
    trainee = tiny_table.network(kind)
    beginning = checkpoint.state_of(trainee)
    train(trainee, 0, 12, is_traced=True)
    through = checkpoint.state_of(trainee)
    checkpoint.restore(trainee, beginning)  # the same graph, set back: to trace another takes longer than to train
    train(trainee, 0, 5, is_traced=True)
    extra = {"wall_s": np.array(1.5), "best": np.array(0.5), "best_step": np.array(-1)}
    checkpoint.save(work, checkpoint.state_of(trainee, extra), 5, best=False)
    second = tiny_table.network(kind, replace(CONFIG, seed=99))
    second.batches = tiny_table.network(kind).batches
    assert checkpoint.load_last(work, second)[0] == 5
    train(second, 5, 12, is_traced=True)
    for name, array in through.items():
        np.testing.assert_array_equal(checkpoint.state_of(second)[name], array, err_msg=name)


def test_a_run_of_a_number_is_measured_as_scikit_learn_measures_it(work: Work) -> None:
    trainee = tiny_table.network("rows of a number", replace(CONFIG, validation_fraction=0.2))
    train(trainee, 0, 6)
    x, y = trainee._validation
    said = trainee.network(x).numpy()[:, 0]
    found = trainee.validate()
    assert found["val_loss"] == pytest.approx(np.square((y - said) / 25).mean(), rel=1e-5)
    assert found["val_mae"] == pytest.approx(mean_absolute_error(y, said), rel=1e-5)
    assert found["val_r2"] == pytest.approx(r2_score(y, said), rel=1e-5)
    data = tiny_table.prepared("rows of a number")
    summary = evaluate.finish(work, trainee, data)
    saved, loaded = work.files.load_predictions(), keras.saving.load_model(work.files.model)
    np.testing.assert_allclose(loaded(data.x_test)[:, 0], saved["values_last"], rtol=1e-6)
    for name, score in (("r2", r2_score), ("rmse", root_mean_squared_error), ("mae", mean_absolute_error)):
        assert summary[f"test_{name}_last"] == pytest.approx(score(data.y_test, saved["values_last"]), rel=1e-4)


def test_a_run_of_classes_on_rows_is_measured_by_its_answers(work: Work) -> None:
    trainee = tiny_table.network("rows of classes")
    train(trainee, 0, 6)
    data = tiny_table.prepared("rows of classes")
    summary = evaluate.finish(work, trainee, data)
    shares = work.files.load_predictions()["probabilities_last"]
    right = shares[np.arange(len(data.y_test)), data.y_test]
    assert summary["test_loss_last"] == pytest.approx(-np.log(right).mean(), rel=1e-4)
    assert summary["test_accuracy_last"] == pytest.approx((shares.argmax(1) == data.y_test).mean(), abs=1e-6)


def test_a_run_of_which_all_numbers_are_alike_is_no_better_than_their_mean() -> None:
    assert Number("x").spread == 1.0  # what data gives that has no spread
    trainee = tiny_table.network("rows of a number")
    trainee._validation = (trainee._data.x_train[:3], np.full(3, 100, np.float32))
    assert trainee.validate()["val_r2"] == 0


# What is seen of it


@EVERY_KIND
def test_a_saved_moment_gives_its_network_back_whatever_else_it_holds(kind: str, work: Work) -> None:
    trainee = tiny_table.network(kind)
    train(trainee, 0, 2)
    snapshots.save(work, trainee, step=2, epoch=0, wall_s=0.0)
    spec = tiny_table.spec_of(kind)
    other = build_network(FAMILY.layers(CONFIG, spec), spec)
    snapshots.set_weights_of(other, work.files.load_snapshot(2, snapshots.prefix("network")))
    for mine, theirs in zip(trainee.network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_units_and_weights_of_points_are_those_of_numpy_and_the_plane_is_answered_everywhere() -> None:
    trainee = tiny_table.network("points of classes", replace(CONFIG, layers=(Dense(units=5),)))
    seen = trainee.views()
    kernel, bias, *_ = trainee.network.get_weights()
    point = tiny_table.prepared("points of classes").x_train[0]
    np.testing.assert_allclose(seen["first_weights/dense_1"], kernel)
    np.testing.assert_allclose(seen["units/dense_1"], np.maximum(point @ kernel + bias, 0), rtol=1e-5)
    np.testing.assert_allclose(seen["surface/answers"], trainee.network(mesh()), atol=1e-6)
    np.testing.assert_array_equal(seen["surface/points"], tiny_table.prepared("points of classes").x_train)


def test_the_first_weights_of_images_are_laid_out_as_images() -> None:
    trainee = tiny_table.network("images of classes")
    seen = trainee.views()
    kernel = trainee.network.get_layer("dense_1").get_weights()[0]
    np.testing.assert_array_equal(seen["templates/dense_1"][..., 2], kernel[:, 2].reshape(8, 8, 1))
    assert "gallery/images" in seen


def test_the_plane_is_drawn_in_the_colours_of_its_classes() -> None:
    spec = tiny_table.spec_of("points of classes")
    left = (mesh()[:, 0] < 0).astype(np.float32)
    arrays = {"surface/answers": np.stack([left, 1 - left], 1)}
    (picture,) = draw_surface(arrays, spec)
    from io import BytesIO

    from PIL import Image

    pixels = np.asarray(Image.open(BytesIO(picture.png)).convert("RGB"), int)
    blue, orange = pixels[240, 60], pixels[240, 420]
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert draw_surface({}, spec) == []
    assert len(mesh()) == MESH**2
