from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget

from core.config import Config
from core.datasets.features import Image
from core.datasets.registry import DATASETS
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import ConfigError
from core.families import FAMILIES, Family, find_family, find_preset
from core.families.cnn import FAMILY, PRESETS, CnnConfig, build_layers
from core.families.supervised.config import unused_settings
from core.layers import LayerSpec, total_parameters, trace
from core.layers.blocks import Conv, Dense, Flatten, GlobalPool, Pool, Residual
from core.schedule.optimizers import OPTIMIZERS
from tests.support import tiny
from tests.support.random_configs import made_from_fields

SPEC = DataSpec(Image(8, 8, 1), Classes(("no", "yes")), train_size=10, test_size=2)
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
def test_every_preset_is_possible_on_the_data_that_it_is_made_for(family: Family, preset: Any) -> None:
    made_for = [DATASETS[preset.dataset]] if preset.dataset else [d for d in DATASETS.values() if d.spec.is_image]
    for dataset in made_for:
        assert family.takes(dataset.spec)
        preset.config.validate(dataset.spec)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.id)
def test_every_embedded_data_set_opens_with_settings_that_are_possible_on_it(family: Family) -> None:
    for name, dataset in DATASETS.items():
        if family.takes(dataset.spec):
            family.preset_for(dataset.spec, name).config.validate(dataset.spec)


@every_preset
def test_a_preset_is_found_by_its_id_and_has_words(family: Family, preset: Any) -> None:
    assert find_preset(find_family(family.id), preset.id) is preset
    assert preset.title.strip()
    assert preset.sentence.strip()


@every_family
def test_what_a_family_declares_fits_together(family: Family) -> None:
    assert family.default_preset in family.presets
    assert all(len(chart.metrics) == len(chart.names) for chart in family.charts)
    assert all(view.title and view.sentence and view.prefix for view in family.views.values())


@every_family
def test_every_setting_is_open_in_the_form_or_in_exactly_one_section(family: Family) -> None:
    places = Counter(family.controls)
    for section in family.sections:
        places.update(section.controls)
    assert places == Counter(family.config_type.fields().keys())
    assert family.controls


@every_family
def test_sections_have_names_of_their_own_and_titles(family: Family) -> None:
    assert len({section.id for section in family.sections}) == len(family.sections)
    assert all(section.title.strip() and section.controls for section in family.sections)


@every_family
def test_a_section_says_in_one_line_what_is_set(family: Family) -> None:
    @budget(max_examples=40)
    @given(made_from_fields(family.config_type))
    def check(config: Config) -> None:
        for section in family.sections:
            said = section.summary(config)
            assert said == said.strip() != ""
            assert "\n" not in said

    check()


@pytest.mark.parametrize(
    ("section", "settings", "said"),
    [
        ("data", {}, "all examples, none held back"),
        ("data", {"train_images": 1200, "validation_fraction": 0.15}, "1,200 examples, 15 % held back"),
        ("layers", {"layers": ()}, "none"),
        ("layers", {"layers": (Conv(), Conv(), Flatten())}, "2 × convolution, flatten"),
        ("optimiser", {}, "Adam, constant 0.001, batch 64"),
        ("optimiser", {"optimizer": "sgd", "schedule": "cosine"}, "SGD, cosine from 0.001, batch 64"),
        ("optimiser", {"schedule": "one_cycle", "learning_rate": 0.3}, "Adam, one-cycle to 0.3, batch 64"),
        ("regularisation", {}, "none beyond the layers' own"),
        (
            "regularisation",
            {"l2": 0.001, "augment_flip": "vertical", "augment_noise": 0.1},
            "L2 0.001, random flip, noise",
        ),
        ("regularisation", {"initializer": "zeros"}, "starts all zeros"),
        ("broken", {}, "nothing broken"),
        ("broken", {"label_noise": 0.2, "imbalance": 10.0}, "20 % wrong labels, 10 times more of the first class"),
        ("broken", {"label_noise": 0.2, "shuffle_labels": "on"}, "shuffled labels"),
        (
            "broken",
            {"imbalance": 2.5, "test_shift": "dark"},
            "2.5 times more of the first class, tested on darkened images",
        ),
        ("budget", {}, "no example budget, seed 0"),
        (
            "budget",
            {"max_images": 40_000, "time_budget_s": 3600, "patience": 3, "target_accuracy": 0.985, "seed": 7},
            "40,000 examples, 3,600 s, stops after 3 epochs without gain, stops at 98.5 %, seed 7",
        ),
    ],
)
def test_what_a_section_says(section: str, settings: dict[str, Any], said: str) -> None:
    [found] = [it for it in FAMILY.sections if it.id == section]
    assert found.summary(CnnConfig(**settings)) == said


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
    assert caught.value.field == "dense_1"


def test_a_residual_block_is_at_fault_as_a_whole() -> None:
    with pytest.raises(ConfigError) as caught:
        CnnConfig(layers=(Flatten(), Residual())).validate(SPEC)
    assert caught.value.field == "residual_1"


WATCHING = {"patience": 3, "target_accuracy": 0.9}


@pytest.mark.parametrize(("name", "value"), WATCHING.items())
@pytest.mark.parametrize(
    ("images", "share"),
    [(0, 0.0), (1, 0.5), (3, 0.1), (2, 0.2)],  # of so few images no whole one is held back
)
def test_a_limit_on_the_validation_accuracy_needs_images_to_measure_it(
    name: str, value: float, images: int, share: float
) -> None:
    config = CnnConfig(**{name: value}, layers=(Flatten(),), train_images=images, validation_fraction=share)
    assert config.validation_size(SPEC) == 0
    with pytest.raises(ConfigError, match="no examples are held back") as caught:
        config.validate(SPEC)
    assert caught.value.field == name
    assert CnnConfig.field(name).label in str(caught.value)
    assert caught.value.fix
    replace(config, train_images=10, validation_fraction=0.1).validate(SPEC)
    replace(config, **{name: 0}).validate(SPEC)


def test_an_impossible_network_is_named_before_a_limit_that_cannot_be_watched() -> None:
    with pytest.raises(ConfigError) as caught:
        CnnConfig(layers=(Dense(),), patience=3).validate(SPEC)
    assert caught.value.field == "dense_1"


def test_momentum_belongs_to_sgd_and_rmsprop_and_nesterov_to_sgd_with_momentum() -> None:
    unused = {name: unused_settings(CnnConfig(optimizer=name), tiny.SPEC) for name in OPTIMIZERS}
    assert unused.pop("sgd") == frozenset()
    assert unused.pop("rmsprop") == {"nesterov"}
    assert set(unused.values()) == {frozenset({"momentum", "nesterov"})}
    assert unused_settings(CnnConfig(optimizer="sgd", momentum=0.0), tiny.SPEC) == {"nesterov"}


@pytest.mark.parametrize(("images", "held"), [(0, 0.5), (1, 0.0), (1, 0.5), (2, 0.5), (99, 0.5)])
def test_whatever_share_is_held_back_something_is_left_to_train_on(images: int, held: float) -> None:
    CnnConfig(train_images=images, validation_fraction=held, layers=(Flatten(),)).validate(SPEC)


def test_lenet5_has_the_weights_that_a_count_by_hand_gives() -> None:
    """Source: LeCun et al., 1998, figure 2, with each map of C3 joined to all six before it."""
    spec = DataSpec(Image(28, 28, 1), Classes(tuple("0123456789")), 10, 10)
    convolutions = (5 * 5 * 1 + 1) * 6 + (5 * 5 * 6 + 1) * 16
    dense = (16 * 5 * 5 + 1) * 120 + (120 + 1) * 84 + (84 + 1) * 10
    assert (
        total_parameters(trace(build_layers(PRESETS["lenet5"].config, spec), spec.input_shape)) == convolutions + dense
    )


@pytest.mark.parametrize(
    ("preset", "changed"),
    [("bad_rate", {"learning_rate", "optimizer"}), ("bad_zeros", {"initializer"})],
)
def test_a_preset_that_breaks_the_article_network_changes_one_setting_of_it(preset: str, changed: set[str]) -> None:
    assert PRESETS[preset].config.differences(PRESETS["article"].config).keys() == changed


def test_the_presets_without_and_with_ways_around_are_what_they_are_called() -> None:
    kinds = {name: {type(block) for block in preset.config.layers} for name, preset in PRESETS.items()}
    assert kinds["no_convolution"] == {Flatten, Dense}
    assert kinds["tiny_resnet"] == {Conv, Residual, GlobalPool}
    assert kinds["tiny_vgg"] == {Conv, Pool, Flatten}


def test_every_view_of_a_family_draws_the_arrays_of_a_saved_moment() -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "probabilities": rng.dirichlet(np.ones(2)).astype(np.float32),
        "kernels/conv_1": rng.normal(size=(3, 3, 1, 5)).astype(np.float32),
        "maps/conv_1": rng.random((6, 6, 5), np.float32),
        "maps/pool_1": rng.random((3, 3, 5), np.float32),
        "gallery/images": rng.integers(0, 256, (3, 8, 8, 1), dtype=np.uint8),
        "gallery/labels": np.array([0, 1, 1]),
        "gallery/probabilities": rng.dirichlet(np.ones(2), 3).astype(np.float32),
    }
    for view in FAMILY.views.values():
        mine = {name: array for name, array in arrays.items() if name.startswith(view.prefix)}
        assert len(view.draw(mine, SPEC)) == len(mine) > 0


def test_every_view_of_a_family_draws_nothing_of_nothing() -> None:
    assert [view.draw({}, SPEC) for view in FAMILY.views.values()] == [[]] * len(FAMILY.views)
