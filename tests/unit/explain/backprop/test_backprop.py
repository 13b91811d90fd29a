"""One step in NumPy: its gradients against TensorFlow's, its updates against Keras', its nudges against both."""

import json
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.errors import ProbeError
from core.explain.backprop.chain import Chain, Penalty
from core.explain.backprop.nudge import SIZE, nudged
from core.explain.backprop.objective import CrossEntropy, SquaredError
from core.explain.backprop.one_step import OneStep
from core.explain.backprop.parts import BatchNorm, Bend, LayerNorm, Linear, Part
from core.explain.backprop.rules import RULES, Given, Settings, lines_of
from core.layers.activations import ACTIVATIONS

L = keras.layers
SHAPES, DRAWS, EXAMPLES = 10, 20, 3  # 200 networks; those of a shape go through TensorFlow together


def random_chains(rng: np.random.Generator) -> tuple[list[Chain], np.ndarray, np.ndarray]:
    """Chains of one to four dense layers with any activations and norms, their examples, and what these should give."""
    sizes = rng.integers(1, 6, rng.integers(2, 6))
    bends, kinds = rng.choice(list(ACTIVATIONS), len(sizes)), rng.integers(4, size=len(sizes))
    is_number, penalties = sizes[-1] == 1, {"dense_0": Penalty(0.01, 0.02)}
    objective = SquaredError(rng.uniform(0.5, 3)) if is_number else CrossEntropy(float(rng.choice([0, 0.1])))
    chains = []
    for _ in range(DRAWS):
        parts: list[Part] = []
        for k, (inputs, units) in enumerate(pairwise(sizes)):
            normal = {name: rng.normal(1, 0.3, units) for name in ("gamma", "beta")}
            weights = {"kernel": rng.normal(size=(inputs, units)), "bias": rng.normal(size=units)}
            parts += [Linear(f"dense_{k}", weights), Bend(f"bend_{k}", {}, str(bends[k]))]
            if kinds[k] == 0:
                parts.append(BatchNorm(f"norm_{k}", normal, rng.normal(size=units), rng.uniform(0.5, 2, units)))
            elif kinds[k] == 1:
                parts.append(LayerNorm(f"norm_{k}", normal, 1e-3))
        chains.append(Chain(tuple(parts), objective, penalties))
    wanted = rng.normal(size=EXAMPLES) if is_number else rng.integers(0, sizes[-1], EXAMPLES).astype(float)
    return chains, rng.normal(size=(EXAMPLES, sizes[0])), wanted


def by_tensorflow(chains: list[Chain], x: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The gradients of the mean losses (chains, weights), in the formulas of TensorFlow and Keras."""
    every, parts = list[tf.Tensor](), chains[0].parts

    def stacked(k: int, name: str, *, is_row: bool = True) -> tf.Tensor:
        every.append(tf.constant(np.stack([chain.parts[k].weights[name] for chain in chains])))
        tape.watch(every[-1])
        return every[-1][:, None] if is_row else every[-1]

    def constant(k: int, name: str) -> np.ndarray:
        return np.stack([getattr(chain.parts[k], name) for chain in chains])[:, None]

    with tf.GradientTape() as tape:
        out = tf.constant(np.repeat(x[None], len(chains), 0))
        for k, part in enumerate(parts):
            if isinstance(part, Linear):
                out = out @ stacked(k, "kernel", is_row=False) + stacked(k, "bias")
            elif isinstance(part, Bend):
                out = getattr(keras.activations, part.function)(out)
            else:
                if isinstance(part, BatchNorm):
                    mean, variance, epsilon = constant(k, "mean"), constant(k, "deviation") ** 2, 0.0
                else:
                    (mean, variance), epsilon = tf.nn.moments(out, 2, keepdims=True), 1e-3
                scale, offset = stacked(k, "gamma"), stacked(k, "beta")
                out = tf.nn.batch_normalization(out, mean, variance, offset, scale, epsilon)
        objective = chains[0].objective
        if isinstance(objective, SquaredError):
            loss = tf.square((out[..., 0] - wanted) / objective.spread)
        else:
            classes, smoothing = out.shape[-1], objective.smoothing
            targets = tf.one_hot(wanted.astype(int), classes, dtype=tf.float64) * (1 - smoothing) + smoothing / classes
            loss = tf.nn.softmax_cross_entropy_with_logits(tf.broadcast_to(targets, out.shape), out)
        penalty = 0.01 * tf.reduce_sum(tf.abs(every[0])) + 0.02 * tf.reduce_sum(tf.square(every[0]))
        total = tf.reduce_sum(tf.reduce_mean(loss, 1)) + penalty
    return np.concatenate([np.reshape(one, (len(chains), -1)) for one in tape.gradient(total, every)], 1)


def test_gradients_of_random_networks_are_those_of_automatic_differentiation() -> None:
    rng = np.random.default_rng(17)
    seen = set()
    for _ in range(SHAPES):
        chains, x, wanted = random_chains(rng)
        seen |= {getattr(part, "function", type(part).__name__) for part in chains[0].parts}
        mine = np.stack([chain.gradient(chain.run(x, wanted)) for chain in chains])
        np.testing.assert_allclose(mine, by_tensorflow(chains, x, wanted), rtol=1e-5, atol=1e-7)
    assert seen == {*ACTIVATIONS, "Linear", "BatchNorm", "LayerNorm"}


def test_a_nudge_of_each_weight_changes_the_loss_as_its_gradient_says() -> None:
    rng = np.random.default_rng(1)
    layers = [Linear(f"dense_{k}", {"kernel": rng.normal(size=(3, 3)), "bias": rng.normal(size=3)}) for k in range(3)]
    parts = (layers[0], Bend("a", {}, "tanh"), layers[1], LayerNorm("b", {}, 1e-3), layers[2])
    chain, x, wanted = Chain(parts, CrossEntropy(), {}), rng.normal(size=(4, 3)), np.array([0.0, 1, 2, 1])
    passed = chain.run(x, wanted)
    gradient = chain.gradient(passed)
    for place in (0, 2, 4):
        rows, units = (one.ravel() for one in np.meshgrid([0, 1, 2, -1], range(3), indexing="ij"))
        up, down = nudged(chain, passed, wanted, place, rows, units)
        slopes = (up - down) / (2 * SIZE)
        both = [gradient[chain.places[place, name]] for name in ("kernel", "bias")]
        np.testing.assert_allclose(slopes, np.concatenate(both), atol=1e-5)


OPTIMIZERS: dict[str, tuple[str, Settings, dict[str, Any]]] = {
    "plain SGD": ("sgd", Settings(0.1), {}),
    "momentum": ("sgd", Settings(0.1, momentum=0.9), {"momentum": 0.9}),
    "Nesterov": ("sgd", Settings(0.1, momentum=0.8, nesterov=True), {"momentum": 0.8, "nesterov": True}),
    "clipped": ("sgd", Settings(0.1, clip=0.2), {"global_clipnorm": 0.2}),
    "RMSprop": ("rmsprop", Settings(0.01), {}),
    "RMSprop with momentum": ("rmsprop", Settings(0.01, momentum=0.5), {"momentum": 0.5}),
    "Adam": ("adam", Settings(0.01), {}),
    "AdamW": ("adamw", Settings(0.01, decay=0.1), {"weight_decay": 0.1}),
    "Adagrad": ("adagrad", Settings(0.1), {}),
    "Adadelta": ("adadelta", Settings(1.0), {}),
    "Lion": ("lion", Settings(0.01), {}),
}
CLASSES = {"sgd": "SGD", "rmsprop": "RMSprop", "adamw": "AdamW"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_three_updates_of_a_rule_are_those_of_keras(name: str) -> None:
    rule, settings, kwargs = OPTIMIZERS[name]
    optimizer = getattr(keras.optimizers, CLASSES.get(rule, rule.title()))(settings.rate, **kwargs)
    w, old = np.array([0.5, -1.0, 0.3]), dict[str, np.ndarray]()
    variable = keras.Variable(w, dtype="float64")
    for t, g in enumerate(np.array([[0.3, -0.1, 0.02], [0.1, 0.4, -0.3], [-0.2, 0.0, 0.5]]), start=1):
        lines = lines_of(rule, Given(w, g, old, t, settings))
        w, old = lines[-1].value, {line.name: line.value for line in lines}
        optimizer.apply([tf.constant(g)], [variable])
        np.testing.assert_allclose(w, variable.numpy(), rtol=1e-6)
    assert {one for one, *_ in OPTIMIZERS.values()} == set(RULES)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A network with all that such a chain may have."""
    keras.utils.set_random_seed(3)
    given = keras.Input((2, 2, 1), dtype="uint8", name="input")
    x = L.Rescaling(1 / 255, name="rescale")(given)
    x = L.Normalization(mean=[0.5], variance=[0.04], name="standardise")(x)
    x = L.Flatten(name="flatten")(x)
    x = L.Dense(5, activation="gelu", kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02), name="dense_1")(x)
    x = L.BatchNormalization(name="norm_1")(x)
    x = L.Dropout(0.5, name="dropout")(x)
    x = L.Dense(4, activation="leaky_relu", name="dense_2")(x)
    x = L.LayerNormalization(name="norm_2")(x)
    x = L.Dense(3, name="logits")(x)
    made = keras.Model(given, L.Activation("softmax", name="probabilities")(x))
    made.get_layer("norm_1").moving_mean.assign([0.1, 0.2, 0.3, 0.4, 0.5])
    made.get_layer("norm_1").moving_variance.assign([0.1, 0.2, 0.3, 0.4, 0.5])
    return made


IMAGES = np.random.default_rng(0).integers(0, 256, (4, 2, 2, 1)).astype(np.uint8)
WANTED = np.array([0.0, 1.0, 2.0, 1.0])
SGD = {"id": "sgd", "settings": {"rate": 0.1}, "averages": [], "t": 1}
ADAM = {"id": "adam", "settings": {"rate": 0.01}, "averages": ["m", "v"], "t": 8}


def ask(network: keras.Model, *rules: dict, averages: np.ndarray | None = None, **changes: Any) -> dict[str, Any]:
    loss = {"kind": "cross_entropy", "smoothing": 0.0}
    asked = {"loss": loss, "rules": rules or [SGD], "by": 0, "taken": 0, "shown": {}, **changes}
    saved = np.zeros((0, 0)) if averages is None else averages
    found = OneStep(network)(IMAGES, wanted=WANTED, asked=json.dumps(asked), averages=saved)
    return {**found, "about": json.loads(found["about"].tobytes())}


def loss_of(network: keras.Model) -> tf.Tensor:
    answers = network(IMAGES, training=False)
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(WANTED, answers)) + tf.add_n(network.losses)


def test_a_network_of_keras_is_read_with_its_scaling_norms_and_penalties(network: keras.Model) -> None:
    found = ask(network)
    with tf.GradientTape() as tape:
        loss = loss_of(network)
    expected = dict(
        zip(
            [v.path for v in network.trainable_variables], tape.gradient(loss, network.trainable_variables), strict=True
        )
    )
    np.testing.assert_allclose(found["about"]["loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(found["probabilities"], network(IMAGES, training=False), atol=1e-5)
    for column, layer in enumerate(("dense_1", "dense_2", "logits"), start=1):
        both = [np.asarray(expected[f"{layer}/{name}"]) for name in ("kernel", "bias")]
        np.testing.assert_allclose(found[f"gradients/{column}"], np.vstack(both), atol=1e-5)
        up, down = found[f"nudges/{column}"]
        slopes = (up - down) / (2 * found["about"]["nudge"])
        is_smooth = np.abs(found[f"weights/{column}"]) > SIZE  # L1 has a corner at 0
        np.testing.assert_allclose(slopes[is_smooth], found[f"gradients/{column}"][is_smooth], atol=1e-4)


def test_what_is_shown_adds_up_to_the_sums_and_gradients(network: keras.Model) -> None:
    found = ask(network, shown={0: [2], 1: [0, 4], 2: [1, 3]})
    for c in (1, 2, 3):
        weights, delta = found[f"weights/{c}"], found[f"back/{c}"][0]
        taken, given = found[f"values/{c - 1}"][-1], found[f"values/{c}"][0]
        np.testing.assert_allclose(taken @ weights[:-1] + weights[-1] + found[f"rest/{c}"], given, atol=1e-9)
        back = delta @ weights[:-1].T + found[f"rest_back/{c}"]
        np.testing.assert_allclose(back, found[f"back/{c - 1}"][-1], atol=1e-9)
        pull = np.vstack([found[f"pulls/{c}"]])
        product = np.einsum("ni,nj->ij", np.c_[taken, np.ones(4)], delta) / 4
        np.testing.assert_allclose(product + pull, found[f"gradients/{c}"], atol=1e-9)
    assert [column["units"] for column in found["about"]["columns"]] == [[2], [0, 4], [1, 3], [0, 1, 2]]


def test_steps_are_taken_one_after_another_from_the_saved_averages(network: keras.Model) -> None:
    size = sum(v.shape.num_elements() for v in network.trainable_variables)
    averages = np.random.default_rng(0).uniform(0.1, 0.2, (2, size))
    first = ask(network, ADAM, SGD, averages=averages)
    rule = first["about"]["rules"][0]
    assert (rule["isSaved"], rule["t"], first["about"]["rules"][1]["isSaved"]) == (True, 8, False)
    assert rule["after"] < first["about"]["loss"] < rule["plus"]
    second = ask(network, ADAM, SGD, averages=averages, taken=1)
    assert second["about"]["loss"] == pytest.approx(rule["after"])
    assert second["about"]["rules"][0]["t"] == 9
    last = len(rule["lines"]) - 1
    np.testing.assert_allclose(second["weights/2"], first[f"rule/0/{last}/2"])
    np.testing.assert_allclose(second["old/0/m/2"], first["rule/0/0/2"])


def test_what_does_not_fit_is_refused(network: keras.Model) -> None:
    with pytest.raises(ProbeError, match="does not fit"):
        OneStep(network)(
            IMAGES,
            wanted=WANTED + 7,
            asked=json.dumps(
                {"loss": {"kind": "cross_entropy", "smoothing": 0}, "rules": [], "by": 0, "taken": 0, "shown": {}}
            ),
            averages=np.zeros((0, 0)),
        )
    given = keras.Input((3, 1))
    with pytest.raises(ProbeError, match="no part of a chain"):
        ask(keras.Model(given, L.Softmax()(L.Flatten()(given))))
