"""Which networks a browser computes itself, and what it is sent of them."""

from dataclasses import replace

import numpy as np
import pytest

from core.datasets import DATASETS
from core.errors import ArtifactError
from core.families import FAMILIES
from core.families.mlp import PRESETS, MlpConfig
from core.families.mlp.config import build_networks
from core.figures.network.dense import MOST_FILM, dense_layers, few_examples, film, flat, say_too_large
from core.figures.network.frame import TEXT
from core.layers import LayerSpec, NetworkSpec
from core.layers.blocks import Dense
from core.schedule.split import training_rows
from core.training.snapshots import weights_of
from tests.support import tiny_table

POINTS = tiny_table.spec_of("points of classes")


def with_layers(*specs: LayerSpec) -> list[NetworkSpec]:
    return [NetworkSpec("network", (*specs, LayerSpec("Dense", {"units": 2}, "logits")), (2,), "float32")]


def test_small_networks_of_points_and_tables_are_computed_by_the_browser_and_no_others() -> None:
    for preset in PRESETS.values():
        if preset.dataset and preset.id != "memorise":
            assert dense_layers(build_networks(preset.config, DATASETS[preset.dataset].spec)), preset.id
    digits = DATASETS["mnist_5k"].spec
    assert dense_layers(build_networks(PRESETS["digits"].config, digits)) is None
    assert dense_layers(FAMILIES["cnn"].networks(FAMILIES["cnn"].presets["fast"].config, digits)) is None
    largest = build_networks(MlpConfig(layers=(Dense(units=256),) * 8), POINTS)
    assert dense_layers(largest)
    assert say_too_large(largest) == ""
    larger = build_networks(MlpConfig(layers=(Dense(units=256),) * 9), POINTS)
    assert dense_layers(larger) is None
    assert "it has 527,618 weights, and up to 500,000" in say_too_large(larger)
    assert say_too_large(FAMILIES["cnn"].networks(FAMILIES["cnn"].presets["fast"].config, digits)) == ""


@pytest.mark.parametrize(
    "spec",
    [
        LayerSpec("PReLU", {}, "bend"),
        LayerSpec("Dense", {"units": 3, "activation": "mish"}, "dense"),
        LayerSpec("Dense", {"units": 3}, "dense", wrapper="SpectralNormalization"),
        LayerSpec("Dense", {"units": 3, "lora_rank": 2}, "dense"),
        LayerSpec("Dense", {"units": 3}, "dense", inputs=("elsewhere",)),
        LayerSpec("LayerNormalization", {"rms_scaling": True}, "norm"),
        LayerSpec("Normalization", {}, "standardise"),
    ],
)
def test_a_layer_that_the_browser_does_not_know_leaves_the_network_to_the_boxes(spec: LayerSpec) -> None:
    assert dense_layers(with_layers()) is not None
    assert dense_layers(with_layers(spec)) is None


def test_what_is_sent_while_it_trains_is_its_weights_in_their_order_and_a_frame_of_any_other() -> None:
    trainee = tiny_table.network("points of classes")
    sent = trainee.shown()
    expected = np.concatenate([weight.ravel() for weight in trainee.network.get_weights()])
    np.testing.assert_array_equal(sent["weights"], expected)
    np.testing.assert_array_equal(flat(weights_of(trainee.network)), expected)
    assert list(tiny_table.network("images of classes").shown()) == [TEXT]
    with pytest.raises(ArtifactError, match="no weights"):
        flat({})


def test_examples_are_those_it_trains_on_with_the_labels_it_is_told_and_then_test_examples() -> None:
    data = tiny_table.prepared("points of classes")
    config = replace(tiny_table.CONFIG, validation_fraction=0.2, shuffle_labels="on")
    found = few_examples(config, data)
    rows = training_rows(config, data.y_train, 2)
    assert found.training == len(rows.learn) < tiny_table.TRAIN
    np.testing.assert_array_equal(found.x[: found.training], data.x_train[rows.learn])
    np.testing.assert_array_equal(found.y[: found.training], rows.labels[rows.learn])
    np.testing.assert_array_equal(found.x[found.training :], data.x_test)


def test_the_film_of_a_run_ends_with_its_last_moment_and_is_no_longer_than_a_page_can_load() -> None:
    assert film((), 10) == []
    assert film((0, 5), 10 * MOST_FILM) == [0, 5]
    steps = tuple(range(0, 1000, 10))
    found = film(steps, MOST_FILM // 20)
    assert len(found) in (20, 21)
    assert (found[0], found[-1]) == (0, 990)
    assert film(steps, 1) == list(steps)
