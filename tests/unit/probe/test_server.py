import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import AuthenticationError, Pipe
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import Any

import keras
import numpy as np
import pytest

from core.config import Config
from core.datasets import prepare
from core.datasets.dataset import prepared_folder
from core.datasets.prepared import write_prepared
from core.explain.augmented import Augmented
from core.explain.feature_maps import FeatureMaps
from core.explain.layer_outputs import LayerOutputs
from core.families.cnn import FAMILY
from core.families.gan.config import GanConfig, build_networks
from core.families.gan.layers import Project, Up
from core.jobs.work import Work
from core.layers.blocks import Conv
from core.models.network import build_network
from core.probe import protocol, server
from core.probe.client import Subject
from core.probe.methods import METHODS, Method, Option
from core.probe.patience import check_patience
from core.probe.server import Probe, by_pace
from core.probe.visits import Choose, Lane, attend
from core.training import snapshots
from tests.support import tiny

IMAGE = tiny.arrays()["x_test"][0]
Answer = tuple[dict, dict[str, np.ndarray]]


@pytest.fixture
def probe(work: Work, tiny_arrays: dict[str, np.ndarray]) -> Probe:
    return Probe(work.settings)


def question(
    config: Config = tiny.CONFIG,
    *,
    method: str = "feature_maps",
    image: np.ndarray = IMAGE,
    step: int | None = None,
    options: dict[str, Option] | None = None,
    **subject: object,
) -> bytes:
    about = {"family": "cnn", "dataset": "tiny", "config": config, **subject}
    header = {"subject": Subject(**about).to_dict(), "steps": [step], "method": method}  # type: ignore[arg-type]
    return protocol.pack({**header, "options": options or {}}, {"given": image})


def answered(probe: Probe, message: bytes) -> Answer:
    """Return what is said of the one snapshot that was asked about."""
    header, arrays = protocol.unpack(probe.answer(message))
    assert all(len(array) == 1 for array in arrays.values())
    return header, {name: array[0, ...] for name, array in arrays.items()}


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("seed", [0, 3])
def test_random_weights_are_those_with_which_a_run_of_that_seed_begins(probe: Probe, seed: int) -> None:
    config = tiny.CONFIG.changed([f"seed={seed}"])
    header, arrays = answered(probe, question(config))
    assert header == {}
    same(arrays, FeatureMaps(tiny.classifier(config).network)(IMAGE))


def test_a_saved_snapshot_of_a_run_answers_with_its_weights(probe: Probe, work: Work) -> None:
    trained = tiny.classifier(tiny.CONFIG.changed(["seed=9"]))
    snapshots.save(work, trained, step=7, epoch=1, wall_s=1.0)
    _, arrays = answered(probe, question(run=work.run.id, step=7))
    same(arrays, FeatureMaps(trained.network)(IMAGE))


def test_a_snapshot_that_was_taken_back_and_saved_again_answers_with_its_new_weights(probe: Probe, work: Work) -> None:
    for seed in (1, 2):
        trainee = tiny.classifier(tiny.CONFIG.changed([f"seed={seed}"]))
        snapshots.save(work, trainee, step=7, epoch=1, wall_s=1.0)
        work.store.metrics.rewind(work.run.id, 7)
        _, arrays = answered(probe, question(run=work.run.id, step=7))
    same(arrays, FeatureMaps(trainee.network)(IMAGE))


def test_snapshots_of_a_run_take_turns_in_one_network(
    probe: Probe, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = {step: tiny.classifier(tiny.CONFIG.changed([f"seed={step}"])) for step in (1, 2)}
    for step, trainee in trained.items():
        snapshots.save(work, trainee, step=step, epoch=0, wall_s=1.0)
    built: list[dict] = []
    build = probe._build
    monkeypatch.setattr(probe, "_build", lambda subject: built.append(subject) or build(subject))
    for step in (1, 2, 1, 3, 2):  # there is no snapshot 3, and the one before it does not answer instead
        header, arrays = answered(probe, question(method="answer", image=IMAGE[None], run=work.run.id, step=step))
        if step in trained:
            expected = trained[step].network(IMAGE[None], training=False)
            same(arrays, {"probabilities": np.array(expected)})
        else:
            assert "00000003.npz is not there" in header["error"]
    assert len(built) == 1


KINDS = {
    "augment_flip": "vertical",
    "augment_shift": 0.2,
    "augment_rotation": 30,
    "augment_zoom": 0.2,
    "augment_contrast": 0.5,
    "augment_noise": 0.1,
}


@pytest.mark.parametrize("names", [*([name] for name in KINDS), list(KINDS)], ids=[*KINDS, "all"])
def test_the_layers_that_augment_show_what_they_make_of_an_image(probe: Probe, names: list[str]) -> None:
    config = replace(tiny.CONFIG, **{name: KINDS[name] for name in names})
    header, arrays = answered(probe, question(config, method="augmented", part="augmentation"))
    assert (header, list(arrays)) == ({}, ["augmented"])
    keras.utils.set_random_seed(config.seed)
    same(arrays, Augmented(build_network(FAMILY.augmentation(config), tiny.SPEC))(IMAGE))
    assert (arrays["augmented"] != IMAGE).any()


def test_without_augmentation_the_image_itself_is_shown(probe: Probe) -> None:
    header, arrays = answered(probe, question(method="augmented", part="augmentation"))
    assert header == {}
    np.testing.assert_array_equal(arrays["augmented"], np.stack([IMAGE] * len(arrays["augmented"])))


GAN = GanConfig(
    generator=(Project(channels_out=3), Up(filters=2)), discriminator=(Conv(filters=3, stride=2),), latent=4, seed=5
)


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_each_network_of_a_gan_is_looked_into(probe: Probe, part: str) -> None:
    given = np.ones(4, np.float32) if part == "generator" else IMAGE.astype(np.float32)
    header, arrays = answered(probe, question(GAN, family="gan", method="layers", image=given, part=part))
    assert header == {}
    keras.utils.set_random_seed(GAN.seed)
    spec = {network.id: network for network in build_networks(GAN, tiny.SPEC)}[part]
    same(arrays, LayerOutputs(build_network(spec.specs, spec))(given))


NEAREST: dict[str, Any] = {"family": "gan", "method": "nearest", "part": "discriminator"}


def test_a_method_that_needs_the_data_is_given_it(probe: Probe, work: Work) -> None:
    prepare(work.settings, "tiny")
    known = tiny.arrays()["x_train"][17].astype(np.float32)
    _, arrays = answered(probe, question(GAN, image=known, options={"count": 2}, **NEAREST))
    assert len(arrays["pixels/ids"]) == 2
    assert arrays["pixels/ids"][0] == 17


def test_data_that_was_prepared_anew_is_what_a_method_is_given(probe: Probe, work: Work) -> None:
    prepare(work.settings, "tiny")
    arrays = tiny.arrays()
    asked = question(GAN, image=arrays["x_train"][17].astype(np.float32), options={"count": 1}, **NEAREST)
    assert answered(probe, asked)[1]["pixels/ids"][0] == 17
    turned = {**arrays, "x_train": arrays["x_train"][::-1], "y_train": arrays["y_train"][::-1]}
    shutil.rmtree(prepared_folder(work.settings, "tiny"))
    write_prepared(work.settings, "tiny", turned, tiny.SPEC, "test")
    assert answered(probe, asked)[1]["pixels/ids"][0] == len(turned["x_train"]) - 1 - 17


def test_data_that_is_not_there_is_said_in_words(probe: Probe) -> None:
    header, _ = answered(probe, question(GAN, image=IMAGE.astype(np.float32), **NEAREST))
    assert "tiny" in header["error"]


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({}, "none"),
        ({"count": 2, "colour": "red"}, "count=2, colour='red'"),
        ({"count": "2"}, "count='2'"),
        ({"count": 2.0}, "count=2.0"),
        ({"count": None}, "count=None"),
    ],
)
def test_options_that_do_not_fit_a_method_are_said_in_words_and_the_next_question_is_answered(
    probe: Probe, work: Work, options: dict[str, Option], received: str
) -> None:
    prepare(work.settings, "tiny")
    image = IMAGE.astype(np.float32)
    header, arrays = answered(probe, question(GAN, image=image, options=options, **NEAREST))
    expected = "expected count: int"
    assert header["error"] == f"method 'nearest' cannot take these options, {expected}, received {received}."
    assert arrays == {}
    header, _ = answered(probe, question(GAN, image=image, options={"count": 1}, **NEAREST))
    assert header == {}


UNITS_OFF: dict[str, Any] = {"method": "units_off", "image": IMAGE[None]}


def test_an_option_may_be_an_array(probe: Probe, work: Work) -> None:
    prepare(work.settings, "tiny")
    whole, arrays = protocol.unpack(question(options={"layer": "conv_1", "count": 11}, **UNITS_OFF))
    off = np.array([[False, False, False], [True, False, True]])
    header, found = answered(probe, protocol.pack(whole, {**arrays, "option/off": off}))
    assert header == {}
    assert found["right"].shape == (2, 3)
    header, _ = answered(probe, protocol.pack(whole, {**arrays, "option/of": off}))
    assert "received layer='conv_1', count=11, of=an array (2, 3)" in header["error"]


@pytest.mark.parametrize("count", [0, -1, 101])
def test_an_option_out_of_its_range_is_said_in_words(probe: Probe, work: Work, count: int) -> None:
    prepare(work.settings, "tiny")
    header, _ = answered(probe, question(GAN, image=IMAGE.astype(np.float32), options={"count": count}, **NEAREST))
    assert f"expected count from 1 to 100, received {count}" in header["error"]


def test_a_method_without_options_takes_none(probe: Probe) -> None:
    header, _ = answered(probe, question(options={"count": 6}))
    assert "expected none, received count=6" in header["error"]


def test_an_unexpected_error_is_an_answer_and_its_traceback_is_in_the_log(
    probe: Probe, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(probe._classes, "feature_maps", lambda network: {}["conv_9"])
    header, arrays = answered(probe, question())
    assert header["error"] == "the probe failed: KeyError: 'conv_9', and processes.log says where."
    assert arrays == {}
    assert "Traceback" in capsys.readouterr().out


def test_the_network_and_its_augmentation_are_two_subjects(probe: Probe, work: Work) -> None:
    config = replace(tiny.CONFIG, augment_noise=0.1)
    for _ in range(2):  # also when both are remembered
        _, seen = answered(probe, question(config))
        _, changed = answered(probe, question(config, method="augmented", part="augmentation"))
        same(seen, FeatureMaps(tiny.classifier(config).network)(IMAGE))
        assert list(changed) == ["augmented"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "lime"}, "no method 'lime', expected one of feature_maps, units"),
        ({"image": IMAGE[:7]}, "the input does not fit the network"),
        ({"image": IMAGE.astype(np.float32)}, "the input does not fit the network"),
        ({"family": "gnn"}, "no model family 'gnn'"),
        ({"dataset": "cifar"}, "no data set 'cifar'"),
        ({"run": "nope", "step": 1}, "no run 'nope'"),
        ({"config": tiny.CONFIG.changed(["layers=dense"])}, "dense_1 needs a list of numbers"),
        ({"part": "generator"}, "no network 'generator', expected one of network"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(probe: Probe, asked: dict, words: str) -> None:
    header, arrays = answered(probe, question(**asked))
    assert words in header["error"]
    assert arrays == {}


def test_a_snapshot_that_was_never_saved_is_said_in_words(probe: Probe, work: Work) -> None:
    header, _ = answered(probe, question(run=work.run.id, step=3))
    assert "00000003.npz is not there" in header["error"]


def test_a_question_without_its_parts_is_said_in_words(probe: Probe) -> None:
    header, _ = answered(probe, protocol.pack({"method": "feature_maps"}, {}))
    assert "subject" in header["error"]
    whole, given = protocol.unpack(question())
    header, _ = answered(probe, protocol.pack(whole, {}))
    assert "given" in header["error"]
    header, _ = answered(probe, protocol.pack({**whole, "subject": {"family": "cnn"}}, given))
    assert header["error"] == "the question is not whole, received no config, dataset, part, run."
    header, _ = answered(probe, protocol.pack({**whole, "steps": []}, given))
    assert header["error"] == "the question is about no snapshot, expected at least one step."


def test_a_network_is_built_once_and_the_longest_unused_one_is_dropped(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    set_seed = keras.utils.set_random_seed

    def count(seed: int) -> None:
        built.append(seed)
        set_seed(seed)

    monkeypatch.setattr(keras.utils, "set_random_seed", count)
    monkeypatch.setattr(server, "CACHED", 2)
    for seed in (0, 1, 0, 2, 0, 1):
        answered(probe, question(tiny.CONFIG.changed([f"seed={seed}"])))
    assert built == [0, 1, 2, 1]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_code_of_every_method_exists(method: Method) -> None:
    assert isinstance(method.load(), type)


# Visitors


KEY = b"a secret of this home"


@pytest.fixture
def visitor(probe: Probe) -> Iterator[Connection]:
    """A connection to a probe that attends to this one visitor."""
    lane = Lane(lambda message: probe.answer(message))  # a test may replace what answers
    with attended(lambda question: lane) as mine:
        yield mine


@contextmanager
def attended(choose: Choose) -> Iterator[Connection]:
    mine, theirs = Pipe()
    thread = threading.Thread(target=attend, args=(theirs, KEY, choose))
    thread.start()
    yield mine
    mine.close()
    thread.join(60)
    assert not thread.is_alive()


def greet(visitor: Connection, key: bytes = KEY) -> Connection:
    answer_challenge(visitor, key)
    deliver_challenge(visitor, key)
    return visitor


def test_a_visitor_who_knows_the_key_is_answered(visitor: Connection) -> None:
    greet(visitor).send_bytes(question())
    header, arrays = protocol.unpack(visitor.recv_bytes())
    assert header == {}
    assert "probabilities" in arrays


def test_a_visitor_who_does_not_know_the_key_is_sent_away(visitor: Connection) -> None:
    with pytest.raises(AuthenticationError):
        greet(visitor, b"another secret")
    with pytest.raises(EOFError):
        visitor.recv_bytes()


@pytest.mark.parametrize("message", [b"", b"hello", b"PK\x03\x04hello", protocol.pack({}, {})[:-1]])
def test_a_visitor_who_talks_nonsense_is_sent_away(visitor: Connection, message: bytes) -> None:
    greet(visitor).send_bytes(message)
    with pytest.raises(EOFError):
        visitor.recv_bytes()


def test_a_visitor_who_leaves_is_forgotten(visitor: Connection) -> None:
    visitor.close()


def test_a_question_whose_asker_has_given_up_is_not_answered_any_more(visitor: Connection, probe: Probe) -> None:
    asked: list[bytes] = []
    probe.answer = asked.append  # type: ignore[assignment, method-assign]
    header, arrays = protocol.unpack(question())
    greet(visitor).send_bytes(protocol.pack({**header, "deadline_s": 0}, arrays))
    with pytest.raises(EOFError):
        visitor.recv_bytes()
    assert asked == []


def test_a_quick_question_is_answered_while_slow_ones_take_their_turn(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "dawdle", replace(METHODS["answer"], is_slow=True))
    begun, over, order = threading.Event(), threading.Event(), list[str]()

    def dawdle(message: bytes) -> bytes:
        begun.set()
        over.wait(60)
        order.append(protocol.unpack(message)[0]["options"]["name"])
        return message

    choose = by_pace(Lane(probe.answer), Lane(dawdle))
    with attended(choose) as first, attended(choose) as second, attended(choose) as third:
        greet(first).send_bytes(question(method="dawdle", options={"name": "first"}))
        assert begun.wait(60)
        greet(second).send_bytes(question(method="dawdle", options={"name": "second"}))
        greet(third).send_bytes(question())
        assert "probabilities" in protocol.unpack(third.recv_bytes())[1]
        assert order == []
        assert not second.poll()
        over.set()
        first.recv_bytes(), second.recv_bytes()
    assert order == ["first", "second"]


class Endless:
    """A method that looks between its batches whether somebody still waits."""

    def __init__(self, network: keras.Model) -> None:
        pass

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        while True:
            check_patience()


def test_a_question_that_takes_too_long_says_so_in_time_and_leaves_its_lane_to_others(probe: Probe) -> None:
    probe._classes["test_answers"] = Endless
    lane = Lane(probe.answer)
    header, arrays = protocol.unpack(question(method="test_answers", image=IMAGE[None]))
    with attended(lambda question: lane) as first, attended(lambda question: lane) as second:
        greet(first).send_bytes(protocol.pack({**header, "deadline_s": 0.5}, arrays))
        assert first.poll(0.5 + 60)
        assert "takes too long" in protocol.unpack(first.recv_bytes())[0]["error"]
        greet(second).send_bytes(question())
        assert "probabilities" in protocol.unpack(second.recv_bytes())[1]


def test_lanes_that_build_networks_at_once_give_each_the_weights_of_its_seed(
    work: Work, tiny_arrays: dict[str, np.ndarray]
) -> None:
    configs = {seed: tiny.CONFIG.changed([f"seed={seed}"]) for seed in (3, 4)}
    lanes, start, found = {seed: Probe(work.settings) for seed in configs}, threading.Barrier(2), dict[int, Answer]()

    def ask(seed: int) -> None:
        start.wait(60)
        found[seed] = answered(lanes[seed], question(configs[seed]))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in configs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for seed, config in configs.items():
        same(found[seed][1], FeatureMaps(tiny.classifier(config).network)(IMAGE))
