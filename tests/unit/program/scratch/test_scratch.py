"""The NumPy program of a run: the same updates by hand, to the same weights."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.errors import ConfigError
from core.families.mlp import FAMILY, MlpConfig
from core.layers.blocks import BatchNorm, Dense, Dropout
from core.program.scratch.activations import ACTIVATIONS
from core.program.scratch.start import numpy_program, start_arrays
from core.program.scratch.updates import update_of
from core.program.writer import to_script
from core.store import Store
from core.store.records import LOCAL, NewRun
from core.training import snapshots
from core.training.optimizers import build_optimizer
from tests.support import tiny_table

CONFIG = replace(tiny_table.CONFIG, epochs=25, validation_fraction=0.0)  # 100 updates
CASES: list[tuple[str, tuple[str, str], dict[str, Any]]] = [
    ("points of classes", ("tanh", "relu"), {"l2": 1e-3, "l1": 1e-3, "inputs": "x,xy,sin_y"}),
    ("rows of a number", ("sigmoid", "elu"), {"optimizer": "sgd", "nesterov": "on", "schedule": "cosine"}),
    ("images of classes", ("gelu", "softplus"), {"optimizer": "rmsprop", "gradient_clip": 0.5, "label_smoothing": 0.1}),
]
OPTIMIZERS = [
    *({"optimizer": name, "momentum": 0.0} for name in ("sgd", "rmsprop", "adagrad", "adadelta", "lion")),
    *({"optimizer": name, "momentum": 0.7} for name in ("sgd", "rmsprop")),
    {"optimizer": "adamw", "weight_decay": 0.1},
]


def printed(config: MlpConfig, kind: str, policy: str = "float32") -> str:
    spec = tiny_table.spec_of(kind)
    networks, augmentation = FAMILY.networks(config, spec), FAMILY.augmentation(config)
    assert FAMILY.scratch is not None
    steps = config.plan(spec).total_steps
    parts = FAMILY.scratch(
        config, tiny_table.dataset(kind), networks, augmentation, policy, start="start.npz", steps=steps
    )
    return to_script(parts, "a run", needs="NumPy")


@pytest.mark.parametrize(("kind", "activations", "settings"), CASES)
def test_after_a_hundred_updates_by_hand_the_weights_are_those_of_the_run(
    kind: str, activations: tuple[str, str], settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = tuple(Dense(units=5, activation=activation) for activation in activations)
    config = replace(CONFIG, layers=layers, **settings)
    trainee = tiny_table.network(kind, config)
    first = snapshots.weights_of(trainee.network)
    trainee.advance(0, trainee.plan.total_steps)
    last = snapshots.weights_of(trainee.network)
    monkeypatch.chdir(tmp_path)
    spec = tiny_table.spec_of(kind)
    np.savez("start.npz", **start_arrays(config, spec, trainee.plan.total_steps, first, last))
    text, names = printed(config, kind), dict[str, Any]()
    exec(compile(text, "program.py", "exec"), names)
    assert "keras" not in names
    assert names["STEPS"] >= 100
    for mine, theirs in zip(names["weights"], last.values(), strict=True):
        assert mine.dtype == np.float32
        np.testing.assert_allclose(mine, theirs, atol=1e-4)
    assert names["apart"] < 1e-4
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) < 80


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"layers": (Dense(units=3), Dropout())}, "this network has dropout_1"),
        ({"layers": (BatchNorm(), Dense(units=3))}, "this network has batch_norm_1"),
        ({"optimizer": "muon"}, "this run's optimiser is Muon"),
    ],
)
def test_what_it_cannot_do_is_said_in_a_sentence(settings: dict[str, Any], words: str) -> None:
    config = replace(CONFIG, **{"layers": (Dense(units=3),), **settings})
    with pytest.raises(ConfigError, match=f"NumPy from scratch is for dense layers, and {words}"):
        printed(config, "points of classes")


def test_of_a_coarser_run_it_says_that_its_weights_are_a_little_apart() -> None:
    config = replace(CONFIG, layers=(Dense(units=3),))
    assert "computed in bfloat16" in printed(config, "points of classes", "mixed_bfloat16")
    assert "bfloat16" not in printed(config, "points of classes")


def test_a_run_that_goes_on_from_another_is_not_repeated_from_weights_that_it_never_had(store: Store) -> None:
    run = store.runs.submit(NewRun(kind="train", family="mlp", dataset="xor", owner=LOCAL, name="again"))
    for changed in (replace(run, branch_step=0), replace(run, steering={"frozen": ["hidden_1"]})):
        with pytest.raises(ConfigError, match="goes on from another"):
            numpy_program(store, changed)


def test_a_run_that_saw_too_many_examples_is_refused_before_the_list_is_made() -> None:
    spec = replace(tiny_table.spec_of("points of classes"), train_size=10_000_000)
    with pytest.raises(ConfigError, match="at most 20,000,000, received 250,000,000"):
        start_arrays(CONFIG, spec, CONFIG.plan(spec).total_steps, {}, {})


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_slope_of_an_activation_is_how_fast_it_rises(name: str) -> None:
    names: dict[str, Any] = {"np": np, "math": math}
    exec(ACTIVATIONS[name], names)
    z, step = np.array([-3.1, -0.7, 0.2, 2.5]), 1e-6
    values, slope = names[name](z)
    np.testing.assert_allclose(values, keras.activations.get(name)(z), atol=1e-6)
    rise = (names[name](z + step)[0].astype(float) - names[name](z - step)[0]) / (2 * step)
    np.testing.assert_allclose(slope * np.ones(4), rise, atol=0.2 if name == "gelu" else 1e-5)  # whose erf is float32


@pytest.mark.parametrize("settings", OPTIMIZERS)
def test_an_update_by_hand_is_that_of_keras(settings: dict[str, Any]) -> None:
    config = replace(CONFIG, **settings)
    update, begin = update_of(config), np.array([0.5, -2.0], np.float32)
    assert update is not None
    theirs = keras.Variable(begin)
    optimizer = build_optimizer(config, 3)
    mine: dict[str, Any] = {"np": np, "weights": [begin.copy()], "k": 0, "rate": config.learning_rate}
    mine |= {"MOMENTUM": config.momentum, **{name: [np.full(2, float(update.begin))] for name in update.keeps}}
    for step, gradient in enumerate(np.float32([[0.3, -1.0], [-0.1, 0.2], [2.0, 0.4]])):
        optimizer.apply([tf.constant(gradient)], [theirs])
        mine["weights"][0] *= 1 - config.weight_decay * config.learning_rate
        exec(f"{update.first}\n{update.lines}", mine := {**mine, "step": step, "g": gradient})
        np.testing.assert_allclose(mine["weights"][0], theirs, rtol=1e-5)
