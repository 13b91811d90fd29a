"""Questions about one snapshot and about several, from the asker through the socket to the network and back."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Client, Connection
from typing import Any

import keras
import numpy as np
import pytest

from core.datasets import DATASETS, DataSpec, open_prepared, prepare
from core.errors import ProbeError
from core.families import find_family
from core.families.gan.config import GanConfig
from core.families.gan.layers import Project, Up
from core.jobs.work import Work
from core.layers.blocks import Conv
from core.models.network import build_network
from core.probe import protocol
from core.probe.client import Subject, ask, ask_snapshots
from core.probe.methods import METHODS
from core.probe.server import Probe
from core.probe.visits import Lane, attend_all, open_socket
from core.settings import Settings
from core.store.records import LOCAL
from core.training.snapshots import weights_of
from tests.support import tiny, tiny_table

LONG_S = 60.0
STEPS = (4, 0, 9)
IMAGES = tiny.arrays()["x_test"]
GAN = GanConfig(
    generator=(Project(channels_out=3), Up(filters=2)), discriminator=(Conv(filters=3, stride=2),), latent=4
)
POINT = tiny_table.arrays(*tiny_table.KINDS["points of classes"])["x_test"][0]


class ShutError(Exception):
    """Nobody may come any more."""


class Door:
    """The probe's socket; it counts who comes."""

    def __init__(self, settings: Settings) -> None:
        self.visits, self._is_open, self._listener = 0, True, open_socket(settings)

    def accept(self) -> Connection:
        connection = self._listener.accept()
        self.visits += 1
        if not self._is_open:
            connection.close()
            self._listener.close()
            raise ShutError
        return connection

    def attend(self, probe: Probe, key: bytes) -> None:
        lane = Lane(probe.answer)
        with suppress(ShutError):
            attend_all(self, key, lambda question: lane)  # type: ignore[arg-type]

    def shut(self) -> None:
        self._is_open = False
        Client(self._listener.address).close()


@pytest.fixture
def door(work: Work, tiny_arrays: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A probe that answers whoever knows the home's key."""
    monkeypatch.setitem(DATASETS, "points", replace(tiny_table.dataset("points of classes"), id="points"))
    prepare(work.settings, "tiny")
    door = Door(work.settings)
    thread = threading.Thread(target=door.attend, args=(Probe(work.settings), protocol.key(work.settings)))
    thread.start()
    yield door
    door.shut()
    thread.join(LONG_S)
    assert not thread.is_alive()


@dataclass(frozen=True)
class Asked:
    """A question, but for the snapshots that it is about."""

    method: str
    family: str
    config: Any
    given: np.ndarray
    part: str = "network"
    dataset: str = "tiny"
    options: tuple[tuple[str, int], ...] = ()

    @property
    def spec(self) -> DataSpec:
        return DATASETS[self.dataset].spec

    def subject(self, run: str, step: int | None = None) -> Subject:
        return Subject(self.family, self.dataset, self.config, run, step, self.part)

    def model(self) -> keras.Model:
        """Return a new network."""
        networks = find_family(self.family).networks(self.config, self.spec)
        (described,) = (network for network in networks if network.id == self.part)
        return build_network(described.specs, described)

    def save(self, work: Work, steps: tuple[int, ...] = STEPS) -> str:
        """Save snapshots of a run, and return its id."""
        model = self.model()
        for step in steps:
            work.files.save_snapshot(step, weights_of(trained(model, step), self.part))
        return work.run.id

    def one(self, settings: Settings, run: str, step: int) -> dict[str, np.ndarray]:
        options, about = dict(self.options), self.subject(run, step)
        return ask(settings, about, self.method, self.given, actor=LOCAL, deadline_s=LONG_S, **options)

    def many(self, settings: Settings, run: str, steps: tuple[int, ...]) -> dict[str, np.ndarray]:
        options, about = dict(self.options), self.subject(run)
        return ask_snapshots(settings, about, steps, self.method, self.given, actor=LOCAL, deadline_s=LONG_S, **options)


def trained(model: keras.Model, step: int) -> keras.Model:
    """Give a network the weights of a snapshot, and return it."""
    rng = np.random.default_rng(step)
    model.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in model.get_weights()])
    return model


ANSWER = Asked("answer", "cnn", tiny.CONFIG, IMAGES[:3])
NOISE, FLOAT = np.ones((2, 4), np.float32), IMAGES[0].astype(np.float32)
QUESTIONS = [
    ANSWER,
    Asked("feature_maps", "cnn", tiny.CONFIG, IMAGES[0]),
    Asked("units", "mlp", tiny_table.CONFIG, POINT, dataset="points"),
    Asked("answer", "gan", GAN, IMAGES[:3].astype(np.float32), "discriminator"),
    Asked("samples", "gan", GAN, NOISE, "generator"),
    Asked("layers", "gan", GAN, FLOAT, "discriminator"),
    Asked("nearest", "gan", GAN, FLOAT, "discriminator", options=(("count", 3),)),
]


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.method)
def test_what_is_said_of_several_snapshots_is_what_is_said_of_each_alone_and_by_a_new_network_with_its_weights(
    asked: Asked, work: Work, door: Door
) -> None:
    run, method = asked.save(work), METHODS[asked.method]
    many = asked.many(work.settings, run, STEPS)
    data = [open_prepared(work.settings, asked.dataset)] if method.needs_data else []
    for place, step in enumerate(STEPS):
        alone = asked.one(work.settings, run, step)
        fresh = method.load()(trained(asked.model(), step), *data)(asked.given, **dict(asked.options))
        assert many.keys() == alone.keys() == fresh.keys()
        for name, array in fresh.items():
            assert many[name].shape == (len(STEPS), *array.shape)
            np.testing.assert_array_equal(many[name][place], alone[name], err_msg=name)
            np.testing.assert_allclose(alone[name], array, rtol=1e-5, atol=1e-6, err_msg=name)


def test_sixty_snapshots_are_one_visit_and_answered_as_keras_does(work: Work, door: Door) -> None:
    steps = tuple(range(60))
    found = ANSWER.many(work.settings, ANSWER.save(work, steps), steps)
    assert door.visits == 1
    assert list(found) == ["probabilities"]
    assert found["probabilities"].shape == (60, 3, 3)
    model = ANSWER.model()
    for step in steps:
        expected = trained(model, step)(ANSWER.given, training=False)
        np.testing.assert_allclose(found["probabilities"][step], expected, atol=1e-6)


def test_a_snapshot_that_is_named_twice_is_answered_twice(work: Work, door: Door) -> None:
    found = ANSWER.many(work.settings, ANSWER.save(work), (4, 9, 4))["probabilities"]
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()


@pytest.mark.parametrize(
    ("steps", "words"), [((4, 7, 0), "00000007.npz is not there"), ((), "expected at least one step")]
)
def test_snapshots_that_are_not_there_are_said_in_words_and_the_next_question_is_answered(
    steps: tuple[int, ...], words: str, work: Work, door: Door
) -> None:
    run = ANSWER.save(work)
    with pytest.raises(ProbeError, match=words):
        ANSWER.many(work.settings, run, steps)
    expected = trained(ANSWER.model(), 0)(ANSWER.given, training=False)
    np.testing.assert_allclose(ANSWER.one(work.settings, run, 0)["probabilities"], expected, atol=1e-6)


def test_an_option_that_a_method_does_not_know_is_refused_in_words(work: Work, door: Door) -> None:
    run, asked = ANSWER.save(work), replace(ANSWER, options=(("temperature", 2),))
    refusal = "'answer' cannot take these options, expected none, received temperature=2"
    with pytest.raises(ProbeError, match=refusal):
        asked.one(work.settings, run, 0)
    with pytest.raises(ProbeError, match=refusal):
        asked.many(work.settings, run, STEPS)
    assert ANSWER.one(work.settings, run, 0).keys() == {"probabilities"}
