from typing import Any

import numpy as np
import pytest

from core.datasets.registry import DATASETS
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families import FAMILIES, Family, find_family, find_preset
from core.families.cnn import FAMILY, CnnConfig, build_layers
from core.families.image_layers import Conv, Dense, Flatten, Pool
from core.layers import LayerSpec

SPEC = DataSpec((8, 8, 1), ("no", "yes"), train_size=10, test_size=2)
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.id)
every_preset = pytest.mark.parametrize(
    ("family", "preset"),
    [pytest.param(f, p, id=f"{f.id}-{p.id}") for f in FAMILIES.values() for p in f.presets.values()],
)


@pytest.mark.parametrize("family_id", ["", "gnn", "CNN"])
def test_an_unknown_family_is_refused_with_the_known_ones(family_id: str) -> None:
    with pytest.raises(ConfigError, match="one of cnn"):
        find_family(family_id)


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"cnn has no preset 'slow'.*fast, article"):
        find_preset(FAMILY, "slow")


@every_preset
@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset.id)
def test_every_preset_is_possible_on_every_data_set(family: Family, preset: Any, dataset: Any) -> None:
    preset.config.validate(dataset.spec)


@every_preset
def test_a_preset_is_found_by_its_id_and_has_words(family: Family, preset: Any) -> None:
    assert find_preset(find_family(family.id), preset.id) is preset
    assert preset.title.strip()
    assert preset.sentence.strip()


@every_family
def test_what_a_family_declares_fits_together(family: Family) -> None:
    assert family.default_preset in family.presets
    assert set(family.controls) <= set(family.config_type.knobs())
    assert 0 < family.open_controls <= len(family.controls)
    assert all(len(chart.metrics) == len(chart.names) for chart in family.charts)
    assert all(view.title and view.sentence and view.prefix for view in family.views.values())


def test_a_network_is_rescaled_input_then_the_blocks_then_logits_and_softmax() -> None:
    blocks = (Conv(filters=3, stride=2, padding="same"), Pool(method="average"), Flatten(), Dense(units=5))
    assert build_layers(CnnConfig(layers=blocks), SPEC) == [
        LayerSpec("Rescaling", {"scale": 1 / 255}, "rescale"),
        LayerSpec(
            "Conv2D",
            {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
            "conv_1",
        ),
        LayerSpec("AveragePooling2D", {"pool_size": 2}, "pool_1"),
        LayerSpec("Flatten", {}, "flatten_1"),
        LayerSpec("Dense", {"units": 5, "activation": "relu"}, "dense_1"),
        LayerSpec("Dense", {"units": 2}, "logits"),
        LayerSpec("Activation", {"activation": "softmax", "dtype": "float32"}, "probabilities"),
    ]


def test_an_impossible_network_is_refused_before_it_is_queued() -> None:
    with pytest.raises(ConfigError) as caught:
        CnnConfig(layers=(Dense(),)).validate(SPEC)
    assert caught.value.field == "layers"


@pytest.mark.parametrize(("images", "held"), [(0, 0.5), (1, 0.0), (1, 0.5), (2, 0.5), (99, 0.5)])
def test_whatever_share_is_held_back_something_is_left_to_train_on(images: int, held: float) -> None:
    CnnConfig(train_images=images, validation_fraction=held, layers=(Flatten(),)).validate(SPEC)


def test_every_view_of_a_family_draws_the_arrays_of_a_saved_moment() -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "probabilities": rng.dirichlet(np.ones(2)).astype(np.float32),
        "kernels/conv_1": rng.normal(size=(3, 3, 1, 5)).astype(np.float32),
        "maps/conv_1": rng.random((6, 6, 5), np.float32),
        "maps/pool_1": rng.random((3, 3, 5), np.float32),
    }
    for view in FAMILY.views.values():
        mine = {name: array for name, array in arrays.items() if name.startswith(view.prefix)}
        assert len(view.draw(mine, SPEC)) == len(mine) > 0
