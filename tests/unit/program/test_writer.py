import ast
import functools
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.config.fields import Choice
from core.datasets import DATASETS
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.layers.blocks import (
    LAYER_BLOCKS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerNorm,
    Pool,
    Residual,
    SeparableConv,
)
from core.layers.pretrained import Pretrained
from core.models.network import build_network
from core.program.writer import Part, to_notebook, to_script
from core.schedule.rates import learning_rates
from core.settings import Settings
from core.training.supervised import Supervised
from tests.support import tiny
from tests.support.printed import untraced

MNIST_5K = DATASETS["mnist_5k"]
TINY = tiny.dataset(tiny.arrays())
CORRECTED = ",".join(
    f"{row}:{given}:{'drop' if row % 2 else (given + 1) % 3}" for row, given in enumerate(tiny.arrays()["y_train"][:6])
)

EVERY_LAYER = (
    Conv(filters=4, dilation=2, activation="leaky_relu"),
    LayerNorm(),
    Residual(filters=4),
    Residual(filters=8, stride=2, activation="silu"),
    Pool(method="average", size=3, stride=1),
    SeparableConv(filters=6, padding="same"),
    BatchNorm(),
    Dropout(rate=0.25),
    Flatten(),
    Dense(units=7, activation="gelu"),
)
HELD = {"validation_fraction": 0.2}
# Together these use every setting, and every option of those that have some.
SETTINGS: dict[str, dict[str, Any]] = {
    "step": {"schedule": "step", "optimizer": "sgd", "momentum": 0.5, "nesterov": "on"},
    "exponential": {"schedule": "exponential", "optimizer": "rmsprop", "momentum": 0.0, "gradient_clip": 0.5},
    "cosine": {"schedule": "cosine", "optimizer": "adamw", "weight_decay": 0.004, "epochs": 3},
    "one_cycle": {"schedule": "one_cycle", "warmup": 0.2, "optimizer": "lion", "batch_size": 100, "seed": 7},
    "warm-up only": {"warmup": 0.1, "optimizer": "adagrad", "learning_rate": 0.03},
    "muon": {"optimizer": "muon", "initializer": "tiny", "loss": "focal"},
    "huge": {"initializer": "huge", "l2": 1e-5, "loss": "hinge"},
    "adadelta": {"optimizer": "adadelta", "precision": "bfloat16"},
    "smoothing": {"label_smoothing": 0.1, "precision": "float32"},
    "smoothing, some images": {"label_smoothing": 0.1, "train_images": 700, **HELD},
    "some images": {"train_images": 999},
    "held": {"validation_fraction": 0.25},
    "every layer, priced": {"layers": EVERY_LAYER, "initializer": "he_normal", "l1": 1e-5, "l2": 1e-4},
    "L1": {"initializer": "lecun_normal", "l1": 1e-5, "loss": "brier"},
    "L2": {"initializer": "orthogonal", "l2": 1e-5, "augment_flip": "vertical"},
    "moved": {"initializer": "random_normal", "augment_shift": 0.1, "augment_rotation": 15, "augment_zoom": 0.2},
    "lit": {"initializer": "zeros", "augment_contrast": 0.3, "augment_noise": 0.05, "augment_flip": "horizontal"},
    "patience": {**HELD, "patience": 3, "augment_flip": "horizontal_and_vertical"},
    "target": {**HELD, "target_accuracy": 0.985},
    "time": {"time_budget_s": 90},
    "all limits, cut short": {
        **HELD,
        "patience": 2,
        "target_accuracy": 0.9,
        "time_budget_s": 5,
        "max_images": 7_000,
        "schedule": "cosine",
        "augment_noise": 0.1,
    },
    "less than an epoch": {"max_images": 300, "schedule": "step", "warmup": 0.3},
    "whole epochs": {"max_images": 8_000},
    "corrected": {"corrections": "12:3:7,40:3:drop"},
    "corrected, broken": {"corrections": "2:3:7,4:3:drop,5:1:drop", "label_noise": 0.1, "train_images": 700, **HELD},
    "wrong labels": {"label_noise": 0.2, "test_shift": "dark"},
    "shuffled labels, some images": {"shuffle_labels": "on", "train_images": 500, "test_shift": "moved"},
    "imbalance": {"imbalance": 10.0, "test_shift": "noise"},
    "all broken": {"label_noise": 0.3, "imbalance": 3.0, "train_images": 600, "test_shift": "inverted", **HELD},
    "no layers": {"layers": (GlobalPool(),)},
    "pretrained": {"layers": (Pretrained(trained="stage_7"), GlobalPool()), "l2": 1e-5, "initializer": "he_normal"},
}
CONFIGS = {name: CnnConfig(**settings) for name, settings in SETTINGS.items()}
CONFIGS |= {f"preset {preset.id}": preset.config for preset in PRESETS.values()}
every_config = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def program(config: CnnConfig, policy: str = "") -> list[Part]:
    return FAMILY.program(config, MNIST_5K, policy)


def code_of(parts: Sequence[Part], title: str) -> str:
    [found] = [part.code for part in parts if part.title.startswith(title)]
    return found


def same_code(one: str | bytes, other: str | bytes) -> bool:
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


# Text


def test_the_configs_tried_here_use_every_setting_every_option_and_every_layer() -> None:
    defaults, configs = CnnConfig(), CONFIGS.values()
    for name, field in CnnConfig.fields().items():
        used = {getattr(config, name) for config in configs}
        assert used - {getattr(defaults, name)}, name
        assert not isinstance(field, Choice) or used == set(field.options), name
    assert {type(block) for config in configs for block in config.layers} == set(LAYER_BLOCKS)


def test_every_script_compiles_and_has_no_unused_import_no_undefined_name_and_no_untidy_line(tmp_path: Path) -> None:
    for number, config in enumerate(CONFIGS.values()):
        text = to_script(program(config), "a run")
        compile(text, f"{number}.py", "exec")
        (tmp_path / f"p{number:02d}.py").write_text(text)
    rules = ["--isolated", "--no-cache", "--select", "E,F,W,I", "--ignore", "E501", "--output-format", "concise"]
    ruff = [sys.executable, "-m", "ruff", "check", *rules, "."]
    checked = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (checked.returncode, checked.stdout) == (0, "All checks passed!\n")


@every_config
def test_a_script_says_nothing_of_what_is_not_used(config: CnnConfig) -> None:
    text, plan = to_script(program(config), "a run"), config.plan(MNIST_5K.spec)
    words = {
        "augment": bool(FAMILY.augmentation(config)),
        "to_categorical": config.label_smoothing > 0,
        "validation_data": config.validation_fraction > 0,
        "callbacks": bool(config.patience or config.target_accuracy or config.time_budget_s),
        "EarlyStopping": config.patience > 0,
        "learning_rates": config.schedule != "constant" or config.warmup > 0,
        "regularizer": config.l1 > 0 or config.l2 > 0,
        "set_dtype_policy": config.precision == "bfloat16",
        "global_clipnorm": config.gradient_clip > 0,
        "left_out": bool(config.left_out),
        "kept_rows": config.imbalance != 1,
        "broken_labels": config.label_noise > 0 or config.shuffle_labels == "on",
        "shifted_images": config.test_shift != "none",
        "features(": any(spec.weights for spec in FAMILY.layers(config, MNIST_5K.spec)),
        "TensorUnpickler": any(spec.weights for spec in FAMILY.layers(config, MNIST_5K.spec)),
        "image budget": plan.total_steps % plan.steps_per_epoch > 0,
    }
    assert {word: word in text for word in words} == words


@pytest.mark.parametrize(("policy", "is_said"), [("mixed_bfloat16", True), ("float32", False), ("", False)])
def test_a_program_of_a_run_computes_as_the_run_did(policy: str, is_said: bool) -> None:
    code = code_of(program(CnnConfig(precision="auto"), policy), "Set the run")
    assert ('set_dtype_policy("mixed_bfloat16")' in code) is is_said


@budget(max_examples=30)
@given(st.text(max_size=60))
@example('a"""')
@example("'''a\\")
@example("a\nimport os\nos.abort()")
@example("a\r\nimport os")
@example("a\rimport os")
@example("a\x0cimport os\x0bimport os\x85import os\u2028import os\u2029import os")
@example("coding: no-such-encoding")  # PEP 263: a comment in the first two lines may choose the encoding
@example("coding: utf-7 +AAo-raise SystemExit+AAo-#")
@example("-*- coding: latin-1 -*- Größe")
@example("a\x00b")
@example("")
def test_whatever_a_run_is_called_its_program_is_the_same(name: str) -> None:
    parts = [Part("Print", 'print("ä")'), Part("More", "def f():\n    return 1")]
    written = to_script(parts, name).encode()
    assert same_code(written, to_script(parts, "a run").encode())
    assert b"def f()" in written


@budget(max_examples=30)
@given(st.text(max_size=60))
@example("a\n\n## b\n```")
def test_whatever_a_run_is_called_its_notebook_is_valid_and_has_the_same_cells(name: str) -> None:
    notebook, plain = (nbformat.reads(to_notebook(program(CnnConfig()), text), 4) for text in (name, "a run"))
    nbformat.validate(notebook)
    assert notebook.cells[1:] == plain.cells[1:]
    assert notebook.cells[0].source.count("\n") == 1


def test_the_name_of_a_run_stands_at_the_top_of_its_program_on_one_line() -> None:
    script, notebook = (write(program(CnnConfig()), " My  best\nrun ") for write in (to_script, to_notebook))
    assert "# My best run" in script.splitlines()[:4]
    assert nbformat.reads(notebook, 4).cells[0].source.startswith("# My best run\n")


@every_config
def test_a_notebook_is_valid_and_its_code_is_that_of_the_script(config: CnnConfig) -> None:
    parts = program(config)
    text = to_notebook(parts, "a run")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert (json.loads(text)["nbformat"], json.loads(text)["nbformat_minor"]) == (4, 5)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert same_code("\n".join(cells), to_script(parts, "a run"))
    headings = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert headings[1:] == [f"## {part.title}" for part in parts]


# Layers, learning rate, data: each part against what a run uses


@every_config
def test_the_printed_network_is_the_network_of_the_run(config: CnnConfig) -> None:
    given_names: dict[str, Any] = {"keras": keras, "layers": keras.layers}
    exec(code_of(program(config), "The network"), given_names)
    built = build_network(FAMILY.layers(config, MNIST_5K.spec), MNIST_5K.spec)
    printed = given_names["model"]
    assert [wired(layer) for layer in printed.layers[1:]] == [wired(layer) for layer in built.layers[1:]]
    assert (printed.input.shape, printed.input.dtype) == (built.input.shape, built.input.dtype)


def wired(layer: keras.Layer) -> tuple[str, dict[str, Any], list[str]]:
    """Return a layer's class, settings and what it takes its input from; an input has any name."""
    inputs = layer.input if isinstance(layer.input, list) else [layer.input]
    names = [tensor._keras_history.operation.name for tensor in inputs]
    is_input = [isinstance(tensor._keras_history.operation, keras.layers.InputLayer) for tensor in inputs]
    settings = json.loads(json.dumps(layer.get_config(), default=str))
    return type(layer).__name__, settings, ["input" if i else n for i, n in zip(is_input, names, strict=True)]


@pytest.mark.parametrize("warmup", [0.0, 0.25])
@pytest.mark.parametrize("schedule", CnnConfig.field("schedule").options)
def test_the_printed_table_of_learning_rates_is_that_of_the_run(schedule: str, warmup: float) -> None:
    config = CnnConfig(schedule=schedule, warmup=warmup, learning_rate=0.013, max_images=9_000, epochs=4)
    titles = [part.title for part in program(config)]
    if schedule == "constant" and not warmup:
        assert not any(title.startswith("Learning rate") for title in titles)
        return
    names: dict[str, Any] = {"np": np, "tf": tf, "keras": keras}
    exec(code_of(program(config), "Learning rate"), names)
    steps = config.plan(MNIST_5K.spec).total_steps
    expected = learning_rates(schedule, 0.013, steps, warmup)
    np.testing.assert_array_equal(names["rates"], expected)
    table = names["Table"](names["rates"])
    assert [float(table(step)) for step in (0, steps - 1, steps, 10 * steps)] == expected[[0, -1, -1, -1]].tolist()


def test_the_program_of_mnist_5k_loads_the_arrays_that_runs_use(settings: Settings) -> None:
    expected = MNIST_5K.load(settings, {}, print)
    names: dict[str, Any] = {}
    exec(MNIST_5K.program, names)
    for name, array in expected.items():
        assert names[name].dtype == array.dtype
        np.testing.assert_array_equal(names[name], array)


def test_the_program_of_mnist_gives_kerass_arrays_a_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    half = (np.zeros((3, 28, 28), np.uint8), np.arange(3))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: (half, half))
    names: dict[str, Any] = {"keras": keras}
    exec(DATASETS["mnist"].program, names)
    assert names["x_train"].shape == names["x_test"].shape == (3, 28, 28, 1)
    assert names["y_train"] is names["y_test"] is half[1]


# Execution: the printed program trains the weights that a run trains

SGD = replace(tiny.CONFIG, optimizer="sgd", learning_rate=0.05)  # runs have an Adam of their own, with other roundings
AUGMENTED = {
    "augment_flip": "horizontal",
    "augment_shift": 0.2,
    "augment_rotation": 30,
    "augment_zoom": 0.2,
    "augment_contrast": 0.5,
    "augment_noise": 0.1,
}
LIMITED = {"layers": (Flatten(), Dense(units=5)), "validation_fraction": 0.2, "train_images": 28, "epochs": 10}


@pytest.fixture(autouse=True)
def policy() -> Iterator[None]:
    """Undo what a program may set for its whole process."""
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def executed(config: CnnConfig, folder: Path, *, is_traced: bool = False) -> dict[str, Any]:
    """Run the printed program of the tiny data; return its names."""
    path = folder / "program.py"
    path.write_text(to_script(FAMILY.program(config, TINY), "a run"))
    assert not re.search(r"^ *(from|import) (core|pages)\b", path.read_text(), re.MULTILINE)  # it stands on its own
    names: dict[str, Any] = {}
    text = path.read_text() if is_traced else untraced(path.read_text())
    exec(compile(text, str(path), "exec"), names)
    return names


def trained(config: CnnConfig, policy: str = "float32") -> tuple[Supervised, list[float]]:
    """Train as a run does, without limits; return the validation accuracy after each epoch too."""
    trainee, accuracies = tiny.classifier(config, policy), []
    plan = trainee.plan
    for begun in range(0, plan.total_steps, plan.steps_per_epoch):
        trainee.advance(begun, min(begun + plan.steps_per_epoch, plan.total_steps))
        accuracies.append(trainee.validate().get("val_accuracy", 0.0))
    return trainee, accuracies


def printed_accuracy(said: str) -> float:
    [accuracy] = re.findall(r"^test accuracy (\d\.\d{4})$", said, re.MULTILINE)
    return float(accuracy)


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": "step", "epochs": 2, "label_smoothing": 0.2, "l1": 1e-3, "l2": 1e-2}
        | {"validation_fraction": 0.2, "train_images": 25, "corrections": CORRECTED},
        {"schedule": "exponential", "nesterov": "on", "gradient_clip": 0.1, "weight_decay": 0.01}
        | {"imbalance": 4.0, "test_shift": "inverted", "max_images": 50},  # an epoch of 30 and some of the next
        AUGMENTED | {"max_images": 11, "initializer": "he_normal", "corrections": CORRECTED},  # not even one epoch
        {"schedule": "cosine", "warmup": 0.3, "epochs": 2, "shuffle_labels": "on", "train_images": 20}
        | {"optimizer": "muon", "initializer": "tiny"}
        | {"layers": (Residual(filters=3), SeparableConv(filters=2), GlobalPool()), "test_shift": "moved"},
        {"schedule": "one_cycle", "label_noise": 0.3, "imbalance": 2.0, "test_shift": "noise", "epochs": 2},
        {"layers": (Pretrained(), GlobalPool()), "validation_fraction": 0.2, "test_shift": "dark", "epochs": 1},
    ],
    ids=lambda settings: ", ".join(settings)[:40],
)
def test_a_printed_program_trains_the_very_weights_that_a_run_trains(
    settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(SGD, **settings)
    names = executed(config, tmp_path, is_traced=config.l2 > 0 or config.nesterov == "on")
    trainee, _ = trained(config)
    assert int(names["optimizer"].iterations) == trainee.plan.total_steps
    for mine, theirs in zip(
        names.get("whole", names["model"]).get_weights(), trainee.network.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)  # a run adds up in another order: core.models.fast_layers
    tested = trainee.test(trainee.network).numbers
    assert printed_accuracy(capsys.readouterr().out) == pytest.approx(tested["accuracy"], abs=6e-5)


def test_a_printed_program_in_bfloat16_trains_as_a_run_in_bfloat16(tmp_path: Path) -> None:
    config = replace(SGD, precision="bfloat16", layers=(Conv(filters=3), Flatten()), epochs=2)
    model = executed(config, tmp_path, is_traced=True)["model"]
    assert model.get_layer("conv_1").compute_dtype == "bfloat16"
    ends = {policy: trained(config, policy)[0].network.get_weights() for policy in ("mixed_bfloat16", "float32")}
    moved = {policy: apart(model.get_weights(), weights) for policy, weights in ends.items()}
    assert moved["mixed_bfloat16"] < 1e-3
    assert moved["mixed_bfloat16"] < moved["float32"]


def apart(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


@functools.cache
def without_limits() -> tuple[float, ...]:
    """Return the validation accuracy after each of ten epochs."""
    return tuple(trained(replace(SGD, **LIMITED))[1])


def test_a_printed_program_stops_when_the_validation_reaches_the_target(tmp_path: Path) -> None:
    accuracies = without_limits()
    target = max(accuracies)
    reached = accuracies.index(target) + 1
    assert 1 < reached < len(accuracies)
    config = replace(SGD, **LIMITED, target_accuracy=target - 1e-3)
    assert int(executed(config, tmp_path)["optimizer"].iterations) == reached * 3  # 22 images, 8 an update


def test_a_printed_program_stops_after_so_many_epochs_without_gain(tmp_path: Path) -> None:
    accuracies = without_limits()
    epochs = next(n for n in range(1, 11) if n - 1 - int(np.argmax(accuracies[:n])) >= 2)
    assert 3 < epochs < len(accuracies)
    config = replace(SGD, **LIMITED, patience=2)
    assert int(executed(config, tmp_path)["optimizer"].iterations) == epochs * 3


def test_a_printed_program_stops_when_its_time_is_used_up_in_an_epoch_that_is_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks, updates, max_images = itertools.count(), 9, 70  # of 10 updates: 8 and 2 more
    monkeypatch.setattr(tf, "timestamp", lambda: 100 + 1.01 / updates * next(ticks))  # an update takes a tick
    config = replace(SGD, layers=LIMITED["layers"], time_budget_s=1, max_images=max_images)
    assert int(executed(config, tmp_path)["optimizer"].iterations) == updates < config.plan(tiny.SPEC).total_steps
