"""Training a GAN: each step against a program of its own, and what it reaches on points."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.analysis.gan.diagnosis import diagnose
from core.analysis.gan.point_clouds import modes_covered
from core.datasets import DATASETS, DataSpec, Prepared
from core.datasets.features import PLANE, Image
from core.datasets.points.points import CENTRES, LIMIT
from core.datasets.targets import Classes, Nothing
from core.families.gan.config import GanConfig, build_networks
from core.families.gan.family import FAMILY, PRESETS
from core.families.gan.fight import heat_of
from core.families.gan.layers import Project, Up
from core.families.gan.losses import LOSSES
from core.families.gan.noise import draw_noise, fixed_noise, mesh_noise
from core.layers.blocks import BatchNorm, Conv, Dense, Dropout
from core.program.writer import to_script
from core.store.metrics import Point
from core.training import checkpoint
from core.training.gan.trainee import Gan, spread
from tests.support import tiny

POINTS = DataSpec(PLANE, Nothing(), 40, 20)
SMALL = GanConfig(
    steps=4,
    generator=(Project(channels_out=3), BatchNorm(momentum=0.5), Up(filters=2, kernel_size=3)),
    discriminator=(Conv(filters=3, stride=2, padding="same", activation="leaky_relu"), Dropout(rate=0.2)),
    latent=4,
    batch_size=8,
)
DENSE = GanConfig(
    steps=4, generator=(Dense(units=8),), discriminator=(Dense(units=8, activation="tanh"),), latent=2, batch_size=8
)


def points() -> Prepared:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)).astype(np.float32)
    y = np.zeros(60, np.int64)
    return Prepared("dots", "version-1", POINTS, x[:40], y[:40], x[40:], y[40:])


def colours() -> Prepared:
    """Return images of 12x8 pixels that are redder in one class and bluer in the other."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    x = rng.integers(0, 128, (60, 12, 8, 3)).astype(np.uint8)
    x[np.arange(60), ..., 2 * y] += 127
    spec = DataSpec(Image(12, 8, 3), Classes(("red", "blue")), 40, 20)
    return Prepared("colours", "version-1", spec, x[:40], y[:40], x[40:], y[40:])


DATA = {"grey": tiny.prepared, "colours": colours, "points": points}


def gan(config: GanConfig = SMALL, data: Prepared | None = None, *, is_traced: bool = False) -> Gan:
    """Build a GAN; unless `is_traced`, each step runs as plain Python: to trace one takes as long as ten steps."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(config.seed)
    trainee = Gan(FAMILY, config, data or tiny.prepared(), "float32")
    trainee.run_eagerly = not is_traced
    return trainee


def train(trainee: Gan, first: int, last: int) -> None:
    trainee.advance(first, last)


def weights(trainee: Gan) -> list[np.ndarray]:
    return [array for network in trainee.networks.values() for array in network.get_weights()]


def same(mine: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


# Networks


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (64, 64, 3), (30, 45, 1)], ids=str)
@pytest.mark.parametrize("preset", [p for p in PRESETS.values() if p.dataset is None], ids=lambda p: p.id)
def test_a_generator_makes_images_of_the_size_of_the_data(preset: Any, shape: tuple[int, ...]) -> None:
    spec = DataSpec(Image(*shape), Classes(("a", "b")), 100, 20)
    preset.config.validate(spec)
    made, looks = build_networks(preset.config, spec)
    assert made.input_shape[0] == preset.config.latent + (2 if preset.config.conditional == "on" else 0)
    assert looks.input_shape == shape
    from core.layers import trace

    assert trace(made.specs, made.input_shape)[-1].output_shape == shape


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, spectral="on"), replace(SMALL, conditional="on"), DENSE])
def test_arithmetic_is_what_keras_builds(config: GanConfig) -> None:
    from core.layers import total_parameters, trace
    from core.models.network import build_network

    data = POINTS if config is DENSE else tiny.SPEC
    for network in build_networks(config, data):
        built, costs = build_network(network.specs, network), trace(network.specs, network.input_shape)
        assert built.output_shape[1:] == costs[-1].output_shape
        assert built.count_params() == total_parameters(costs)


def test_images_go_from_0_to_255() -> None:
    trainee = gan()
    made = trainee.networks["generator"](fixed_noise(SMALL, tiny.SPEC)).numpy()
    assert made.shape == (64, 8, 8, 1)
    assert 0 <= made.min() < 110
    assert 140 < made.max() <= 255


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"d_updates": 0, "g_updates": 0}, "g_updates", "neither network learns"),
        ({"discriminator": "conv:3:11"}, "discriminator", "smaller than the 11x11 kernel"),
        ({"generator": "dense:4,up"}, "generator", "up_1 needs an image.*after a layer that outputs an image"),
        ({"generator": "project:4,dense:4"}, "generator", "dense_1 needs a list of numbers.*before project_1"),
        ({"generator": "project:4,conv:4:9:relu:1:valid"}, "generator", "Use padding same or a smaller kernel"),
        (
            {"generator": "project:4,conv:4:3"},
            "generator",
            "expected 8x8x1, received 4x4x1",
        ),
    ],
)
def test_what_is_impossible_is_said_at_its_setting(changes: dict[str, Any], field: str, words: str) -> None:
    from core.errors import ConfigError

    config = SMALL.changed([f"{name}={value}" for name, value in changes.items()])
    with pytest.raises(ConfigError, match=words) as raised:
        config.validate(tiny.SPEC)
    assert raised.value.field == field


def test_an_epoch_is_all_examples_once() -> None:
    plan = PRESETS["digits_30s"].config.plan(DATASETS["mnist_5k"].spec)
    assert plan.total_steps == 2_300
    assert plan.passes(2_300) == pytest.approx(2_300 * 64 / 4_000)


def test_points_have_no_pixels_and_one_class_is_no_choice() -> None:
    from core.errors import ConfigError

    with pytest.raises(ConfigError, match="points have no pixels"):
        SMALL.validate(POINTS)
    with pytest.raises(ConfigError, match="one class only"):
        replace(DENSE, conditional="on").validate(POINTS)


# One step after the other

HALF = 2
VARIANTS: dict[str, tuple[GanConfig, str]] = {
    "alternating, conditional, minimax, colours": (
        replace(SMALL, turns="alternating", average=0.0, conditional="on", loss="minimax"),
        "colours",
    ),
    "wasserstein, two of D": (replace(SMALL, loss="wasserstein", d_updates=2, noise="uniform"), "grey"),
    "hinge, spectral, R1, SGD and RMSprop": (
        replace(SMALL, loss="hinge", spectral="on", r1=0.5, g_optimizer="sgd", d_optimizer="rmsprop"),
        "grey",
    ),
    "conditional, least squares, two of G, noise on images": (
        replace(SMALL, conditional="on", loss="least_squares", g_updates=2, instance_noise=0.2),
        "grey",
    ),
    "points": (DENSE, "points"),
}


@dataclass(frozen=True)
class Trained:
    """What a training was before its first update, in the middle, and at its end."""

    config: GanConfig
    kind: str
    trainee: Gan
    before: list[np.ndarray]
    checkpoint: dict[str, np.ndarray]
    after: list[np.ndarray]
    numbers: list[dict[str, float]]

    @property
    def is_quick(self) -> bool:
        """Whether its steps are traced quickly, so that others than the first are traced too."""
        return self.kind != "grey"


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=VARIANTS)
def trained(request: pytest.FixtureRequest) -> Trained:
    config, kind = request.param
    trainee = gan(config, DATA[kind](), is_traced=True)
    before = weights(trainee)
    train(trainee, 0, HALF)
    state = checkpoint.state_of(trainee)
    train(trainee, HALF, config.steps)
    return Trained(config, kind, trainee, before, state, weights(trainee), trainee.remembered(HALF + 1, config.steps))


def test_the_printed_program_trains_to_the_same_networks(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    kind = trained.kind
    program = f"from tests.unit.training.gan.test_trainee import DATA\n\nd = DATA[{kind!r}]()\n{_LOADED}"
    dataset = replace(tiny.dataset({}), spec=DATA[kind]().spec, program=program)
    text = to_script(FAMILY.program(trained.config, dataset), "a run")
    if not trained.is_quick:
        text = text.replace("@tf.function\n", "")
    keras.utils.clear_session(free_memory=False)
    found: dict[str, Any] = {}
    exec(compile(text, "program", "exec"), found)
    printed = [*found["shown"].get_weights(), *found["discriminator"].get_weights()]
    for mine, theirs in zip(trained.after, printed, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-3, atol=2e-5)
    moved = [not np.array_equal(old, new) for old, new in zip(trained.before, trained.after, strict=True)]
    assert any(moved)
    keras.config.set_dtype_policy("float32")
    assert kind == "points" or (tmp_path / "samples.png").is_file()


_LOADED = "x_train, y_train, x_test, y_test = d.x_train, d.y_train, d.x_test, d.y_test\n"


def test_training_that_was_interrupted_ends_with_the_same_bits(trained: Trained) -> None:
    steps = trained.config.steps
    again = gan(trained.config, DATA[trained.kind](), is_traced=True)
    checkpoint.restore(again, trained.checkpoint)
    same(list(checkpoint.state_of(again).values()), list(trained.checkpoint.values()))
    if not trained.is_quick:
        again = trained.trainee  # nothing in it is as it was in the middle
        checkpoint.restore(again, trained.checkpoint)
    train(again, HALF, steps)
    same(weights(again), trained.after)
    assert again.remembered(HALF + 1, steps) == trained.numbers


@pytest.mark.parametrize(("resting", "moving"), [("g", "discriminator"), ("d", "generator")])
def test_who_rests_stays_as_it_is(resting: str, moving: str) -> None:
    config = replace(SMALL, **{f"{resting}_updates": 0}, average=0.0)
    trainee = gan(config)
    before = {name: network.get_weights() for name, network in trainee.networks.items()}
    train(trainee, 0, 3)
    for name, network in trainee.networks.items():
        stays = [np.array_equal(a, b) for a, b in zip(before[name], network.get_weights(), strict=True)]
        assert all(stays) is (name != moving)  # what batch normalisation keeps too


@pytest.mark.parametrize("loss", LOSSES)
def test_how_real_d_finds_something_is_said_as_its_loss_means_it(loss: str) -> None:
    trainee = gan(replace(DENSE, loss=loss), points())
    scores = np.array([-3.0, 0.25, 0.75, 90.0], np.float32)
    others = {"least_squares": scores.clip(0, 1), "hinge": scores, "wasserstein": scores}
    meant = others.get(loss, 1 / (1 + np.exp(-scores)))
    assert float(trainee._answer(tf.constant(scores))) == pytest.approx(meant.mean(), rel=1e-6)
    heat = heat_of(trainee.config.objective, scores)
    assert (np.diff(heat) >= 0).all()
    if loss == "wasserstein":
        assert 0 <= heat.min() < 0.5 < heat.max() == 1
    elif loss == "hinge":
        np.testing.assert_array_equal(heat > 0.5, scores > 0)
    else:
        assert heat == pytest.approx(meant, abs=1e-6)


def test_the_numbers_of_a_step_are_those_of_its_losses() -> None:
    config = replace(SMALL, label_smoothing=0.0, discriminator=SMALL.discriminator[:1])
    trainee, twin = gan(config), gan(config)
    x, y = trainee.batches.batch(tf.constant(0, tf.int64))
    fake = twin._generator(twin._draw(y, 0), training=True)
    on_real, on_fake = (twin._score(part, y).numpy() for part in (tf.cast(x, tf.float32), fake))
    train(trainee, 0, 1)
    numbers = trainee.remembered(1, 1)[0]
    assert numbers["d_loss"] == pytest.approx(np.logaddexp(0, -on_real).mean() + np.logaddexp(0, on_fake).mean())
    assert numbers["g_loss"] == pytest.approx(np.logaddexp(0, -on_fake).mean())
    assert numbers["d_real"] == pytest.approx((1 / (1 + np.exp(-on_real))).mean())
    assert numbers["d_fake"] == pytest.approx((1 / (1 + np.exp(-on_fake))).mean())


def test_looking_at_the_networks_changes_nothing() -> None:
    trainee = gan(replace(SMALL, loss="wasserstein"))  # whose scores are no shares
    train(trainee, 0, 1)
    before = [np.asarray(variable) for variable in trainee.variables]
    assert {"val_d_accuracy", "val_diversity"} == set(trainee.snapshot_metrics())
    trainee.first_numbers()
    assert trainee.views()["samples/images"].dtype == np.uint8
    for old, variable in zip(before, trainee.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), old)


def test_the_drawing_shows_what_g_makes_of_noise_and_how_d_judges_that_and_unseen_images() -> None:
    config = replace(SMALL, conditional="on", label_smoothing=0.2)
    trainee, data = gan(config), tiny.prepared()
    frame = trainee.frame()
    rows = (np.arange(min(64, len(data.y_test))) * len(data.y_test) // min(64, len(data.y_test)))[:18]
    noise = fixed_noise(config, tiny.SPEC)[:18]
    made = trainee.networks["generator"](noise).numpy()
    scores = [trainee.networks["discriminator"](x.astype(np.float32)).numpy() for x in (made, data.x_test[rows])]
    fake, real = scores[0][np.arange(18), np.arange(18) % 3], scores[1][np.arange(len(rows)), data.y_test[rows]]
    assert frame.answer == pytest.approx([(1 / (1 + np.exp(-one))).mean() for one in (fake, real)], rel=1e-4)
    d_loss = np.logaddexp(0, fake).mean() + (0.8 * np.logaddexp(0, -real) + 0.2 * np.logaddexp(0, real)).mean()
    assert frame.losses == pytest.approx([np.logaddexp(0, -fake).mean(), d_loss], rel=1e-4)
    assert np.abs(frame.tiles["samples/images"].values - made[..., 0]).max() <= 1
    np.testing.assert_array_equal(frame.tiles["samples/real"].values, data.x_test[rows, ..., 0])
    assert frame.tiles["generator/input"].values.shape == (len(noise[0]), 1, 1)
    stages = {"generator/project_1", "generator/batch_norm_1", "generator/up_1", "generator/picture"}
    assert stages | {"discriminator/conv_1"} <= set(frame.tiles)
    assert frame.tiles["generator/project_1"].total == 3  # maps, not the units that become them


def test_a_generator_that_is_trained_on_starts_from_the_average_that_was_saved() -> None:
    trainee = gan(replace(SMALL, average=0.9))
    train(trainee, 0, 2)
    trainee.start_from_saved()
    same(trainee._generator.get_weights(), trainee.networks["generator"].get_weights())


def test_the_drawing_of_points_is_their_plane_and_a_hinge_score_no_share() -> None:
    trainee, data = gan(replace(DENSE, loss="hinge"), points()), points()
    found = trainee.views()
    judge = trainee.networks["discriminator"]
    at = np.linspace(-LIMIT, LIMIT, 40)
    there = judge(np.array([[at[3], at[30]]], np.float32)).numpy()
    assert (found["plane/heat"][30, 3] > 0.5) == (there > 0)
    means = [judge(x).numpy().mean() for x in (found["plane/fake"], data.x_test)]
    np.testing.assert_allclose(found["verdict"], means, rtol=1e-4, atol=1e-6)
    assert {"plane/mesh", "plane/arrows", "plane/real"} <= found.keys()
    assert {"plane/fake", "plane/real", "plane/heat"} <= set(trainee.frame().tiles)


def test_the_shown_generator_is_the_running_mean_of_the_trained_one() -> None:
    trainee = gan(replace(SMALL, average=0.9))
    mean = [w.copy() for w in trainee._generator.get_weights()]
    for step in range(4):
        train(trainee, step, step + 1)
        kept = min(0.9, (1 + step) / (10 + step))
        mean = [kept * m + (1 - kept) * w for m, w in zip(mean, trainee._generator.get_weights(), strict=True)]
    for mine, theirs in zip(trainee.networks["generator"].get_weights(), mean, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_what_runs_away_is_no_number_and_ends_the_run() -> None:
    trainee = gan(DENSE, points())
    for weight in trainee.networks["generator"].trainable_weights:
        weight.assign(np.full(weight.shape, 1e30))
    assert not all(map(np.isfinite, trainee.snapshot_metrics().values()))


def test_what_is_looked_at_is_spread_over_all_unseen_examples() -> None:
    x = np.arange(400, dtype=np.uint8).repeat(64).reshape(400, 8, 8, 1)
    y = np.arange(400) // 200
    data = Prepared("rows", "1", DataSpec(Image(8, 8, 1), Classes(("a", "b")), 400, 400), x, y, x, y)
    trainee = gan(SMALL, data)
    assert set(trainee._unseen_batch[1].tolist()) == {0, 1}
    assert len(np.unique(trainee.views()["samples/real"], axis=0)) == 18


def test_one_unseen_image_is_enough_to_train() -> None:
    full = tiny.prepared()
    spec = replace(full.spec, test_size=1)
    trainee = gan(SMALL, Prepared("one", "1", spec, full.x_train, full.y_train, full.x_test[:1], full.y_test[:1]))
    train(trainee, 0, 1)
    assert all(map(np.isfinite, trainee.snapshot_metrics().values()))


def test_spread_is_the_mean_distance_of_two() -> None:
    x = np.random.default_rng(1).normal(size=(7, 3, 2))
    wanted = np.mean([np.linalg.norm(x[i] - x[j]) for i in range(7) for j in range(7) if i != j])
    assert spread(x) == pytest.approx(wanted)
    assert spread(np.ones((5, 4))) == pytest.approx(0, abs=1e-6)


# Noise


def test_noise_is_the_same_for_the_same_seed_and_asks_for_one_class_after_the_other() -> None:
    config = replace(SMALL, conditional="on")
    noise = draw_noise(config, 3, 7, seed=5)
    np.testing.assert_array_equal(noise, draw_noise(config, 3, 7, seed=5))
    assert not np.array_equal(noise, draw_noise(config, 3, 7, seed=6))
    np.testing.assert_array_equal(noise[:, 4:].argmax(1), [0, 1, 2, 0, 1, 2, 0])
    np.testing.assert_array_equal(draw_noise(config, 3, 2, seed=5, label=1)[:, 4:], [[0, 1, 0]] * 2)
    uniform = draw_noise(replace(SMALL, noise="uniform"), 0, 500, seed=0)
    assert (uniform.min(), uniform.max()) == (pytest.approx(-1, abs=0.01), pytest.approx(1, abs=0.01))


def test_the_net_over_the_noise_is_a_grid_of_its_first_two_numbers() -> None:
    net = mesh_noise(replace(DENSE, latent=3), POINTS)
    assert net.shape == (17 * 17, 3)
    assert (net[:, 2] == 0).all()
    assert len(np.unique(net[:, 0])) == len(np.unique(net[:, 1])) == 17
    assert mesh_noise(replace(DENSE, latent=1), POINTS).shape == (17, 1)


# What it reaches


def of_points(preset: str, **changes: Any) -> tuple[Gan, list[Point]]:
    """Train a preset on its points; return it and what a store would hold of it."""
    dataset = DATASETS[str(PRESETS[preset].dataset)]
    loaded = dataset.load(None, {}, lambda words, share: None)  # type: ignore[arg-type]
    data = Prepared(dataset.id, "1", dataset.spec, *(loaded[n] for n in ("x_train", "y_train", "x_test", "y_test")))
    trainee, stored = gan(replace(PRESETS[preset].config, **changes), data, is_traced=True), []
    for last in range(50, trainee.plan.total_steps + 1, 50):
        trainee.advance(last - 50, last)
        numbers = trainee.remembered(last - 49, last)
        stored += [Point(last - 49 + n, 0, 0.0, values) for n, values in enumerate(numbers)]
        stored.append(Point(last, 0, 0.0, trainee.snapshot_metrics()))
    return trainee, stored


def test_the_collapse_preset_is_diagnosed_as_collapse() -> None:
    trainee, stored = of_points("collapse", seed=0, steps=1_000)
    (found,) = diagnose(stored, trainee.config.to_dict())
    assert found.kind == "mode_collapse"
    made = trainee._samples(draw_noise(trainee.config, 0, 2_000, seed=9))["plane/fake"]
    assert modes_covered(made, CENTRES["ring"], radius=0.2).covered < 8


def test_the_plane_shows_what_the_networks_say() -> None:
    trainee = gan(DENSE, points())
    shown = trainee.views()
    net = trainee._samples(mesh_noise(DENSE, POINTS))["plane/fake"]
    np.testing.assert_allclose(shown["plane/mesh"].reshape(-1, 2), net, atol=1e-6)
    corner = tf.constant([[-1.5, -1.5]])
    wanted = tf.sigmoid(trainee.networks["discriminator"](corner))[0, 0]
    assert shown["plane/heat"][0, 0] == pytest.approx(float(wanted), abs=1e-5)
    assert np.linalg.norm(shown["plane/arrows"], axis=1).max() == pytest.approx(0.2, rel=1e-4)


@pytest.mark.parametrize(
    ("loss", "scores", "shares"),
    [
        ("non_saturating", [0.0, np.log(3), -1e6, 1e6], [0.5, 0.75, 0.0, 1.0]),
        ("least_squares", [-0.5, 0.3, 1.4], [0.0, 0.3, 1.0]),
    ],
)
def test_scores_are_said_as_shares_where_the_loss_gives_them_that_meaning(
    loss: str, scores: list[float], shares: list[float]
) -> None:
    np.testing.assert_allclose(LOSSES[loss].real_share(np.array(scores)), shares, atol=1e-9)


@pytest.mark.parametrize("loss", ["hinge", "wasserstein"])
def test_a_score_that_is_no_log_odds_is_no_share(loss: str) -> None:
    assert LOSSES[loss].real_share(np.zeros(3)) is None
