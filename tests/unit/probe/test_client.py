import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection, Listener
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS
from core.datasets.points.drawn import keep_points
from core.errors import NotAllowedError, ProbeAwayError, ProbeError
from core.families.cnn import CnnConfig
from core.families.sequence.config import SequenceConfig
from core.probe import protocol
from core.probe.client import Subject, ask, ask_snapshots
from core.probe.methods import METHODS
from core.settings import Settings
from core.sockets import socket_path
from core.store.records import LOCAL

IMAGE = np.arange(4, dtype=np.uint8).reshape(2, 2, 1)
SUBJECT = Subject("cnn", "mnist_5k", CnnConfig(epochs=3), run="abc", step=7)
Answer = Callable[[Connection], None]


@pytest.fixture
def asked() -> list[Any]:
    """What the probe was asked."""
    return []


@pytest.fixture
def probe(settings: Settings, asked: list[Any]) -> Iterator[Callable[[Answer], None]]:
    """Start something that answers one question in the place of the probe."""
    settings.home.mkdir()
    threads: list[threading.Thread] = []

    def start(answer: Answer) -> None:
        listener = Listener(str(socket_path(settings, protocol.SOCKET)), "AF_UNIX", authkey=protocol.key(settings))

        def serve() -> None:
            with listener, listener.accept() as connection:
                asked.append(protocol.unpack(connection.recv_bytes()))
                answer(connection)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_the_question_arrives_whole_and_the_answer_comes_back(
    settings: Settings, probe: Callable[[Answer], None], asked: list[Any]
) -> None:
    probe(lambda connection: connection.send_bytes(protocol.pack({}, {"maps/conv_1": np.ones((1, 3))})))
    found = ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=60, actor=LOCAL, count=3, share=0.5, label=None)
    np.testing.assert_array_equal(found["maps/conv_1"], np.ones(3))
    [(header, arrays)] = asked
    assert (header["method"], header["steps"]) == ("feature_maps", [7])
    assert header["options"] == {"count": 3, "share": 0.5, "label": None}
    assert 0 < header["deadline_s"] <= 60
    assert header["subject"] == {
        "family": "cnn",
        "dataset": "mnist_5k",
        "config": CnnConfig(epochs=3).to_dict(),
        "run": "abc",
        "part": "network",
    }
    np.testing.assert_array_equal(arrays["given"], IMAGE)


def test_arrays_are_options_too(settings: Settings, probe: Callable[[Answer], None], asked: list[Any]) -> None:
    probe(lambda connection: connection.send_bytes(protocol.pack({}, {"a": np.ones((1, 1))})))
    rows = np.array([3, 1])
    ask(settings, SUBJECT, "alike", IMAGE, deadline_s=60, actor=LOCAL, layer="input", rows=rows)
    [(header, arrays)] = asked
    assert header["options"] == {"layer": "input"}
    assert arrays.keys() == {"given", "option/rows"}
    np.testing.assert_array_equal(arrays["option/rows"], rows)


def test_many_snapshots_are_one_message_and_one_answer(
    settings: Settings, probe: Callable[[Answer], None], asked: list[Any]
) -> None:
    said = {"a": np.arange(6.0).reshape(3, 2), "b": np.arange(3)}
    probe(lambda connection: connection.send_bytes(protocol.pack({}, said)))
    found = ask_snapshots(settings, SUBJECT, [9, 0, 4], "answer", IMAGE, deadline_s=60, actor=LOCAL)
    assert found.keys() == said.keys()
    for name, array in said.items():
        np.testing.assert_array_equal(found[name], array)
    [(header, _)] = asked
    assert header["steps"] == [9, 0, 4]


@pytest.mark.parametrize("value", [np.int64(3), np.array([{}]), [1, 2], {"a": 1}])
def test_an_option_that_cannot_be_sent_is_an_error_in_words(settings: Settings, value: Any) -> None:
    with pytest.raises(
        ProbeError, match=r"option count cannot be sent, expected text, a number, a bool, None or an array"
    ):
        ask(settings, SUBJECT, "nearest", IMAGE, actor=LOCAL, count=value)


def test_a_method_that_there_is_not_is_an_error_in_words(settings: Settings) -> None:
    with pytest.raises(ProbeError, match="no method 'lime', expected one of feature_maps, units"):
        ask(settings, SUBJECT, "lime", IMAGE, actor=LOCAL)


@pytest.mark.parametrize(
    ("family", "method"),
    [*(("cnn", name) for name, method in METHODS.items() if method.may_repeat), ("gan", "path")],
)
def test_what_could_repeat_private_data_is_refused_of_one_snapshot_and_of_several(
    settings: Settings, family: str, method: str
) -> None:
    settings.home.mkdir()
    data = keep_points(settings, "ann", "Some", np.full((84, 84), 255, np.uint8))
    subject = replace(SUBJECT, dataset=data, family=family)
    with pytest.raises(NotAllowedError, match="private and belongs to somebody else"):
        ask(settings, subject, method, IMAGE, actor="bob")
    with pytest.raises(NotAllowedError, match="private and belongs to somebody else"):
        ask_snapshots(settings, subject, [0, 7], method, IMAGE, actor="bob")
    with pytest.raises(ProbeAwayError):  # it may be asked; nobody answers here
        ask_snapshots(settings, subject, [0, 7], method, IMAGE, actor="ann", deadline_s=0.0)


@pytest.mark.parametrize(
    ("dataset", "method", "options"),
    [
        ("python_docs", "states", {"layer": "logits"}),
        ("python_docs", "sequence_gradients", {}),
        ("sums", "answer", {}),
        ("names", "states", {"layer": "embedding"}),
    ],
)
def test_a_network_that_writes_says_nothing_to_strangers_and_an_embedding_not_its_weights(
    settings: Settings, dataset: str, method: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.home.mkdir()
    data = keep_points(settings, "ann", "Some", np.full((84, 84), 255, np.uint8))
    monkeypatch.setattr("core.probe.client.find_dataset", lambda *_: DATASETS[dataset])
    subject = Subject("sequence", data, SequenceConfig(), run="abc", step=7)
    with pytest.raises(NotAllowedError, match="private and belongs to somebody else"):
        ask(settings, subject, method, IMAGE, actor="bob", **options)
    with pytest.raises(ProbeAwayError):  # it may be asked; nobody answers here
        ask(settings, subject, method, IMAGE, actor="ann", deadline_s=0.0, **options)


def test_what_the_probe_cannot_do_is_an_error_in_its_words(settings: Settings, probe: Callable[[Answer], None]) -> None:
    probe(lambda connection: connection.send_bytes(protocol.pack({"error": "the image does not fit."}, {})))
    with pytest.raises(ProbeError, match=r"^the image does not fit\.$"):
        ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=60, actor=LOCAL)


def test_a_probe_that_dies_at_work_is_an_error_that_says_to_try_again(
    settings: Settings, probe: Callable[[Answer], None]
) -> None:
    probe(lambda connection: connection.close())
    with pytest.raises(ProbeError, match=r"ended before it answered.*try again"):
        ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=60, actor=LOCAL)


def test_nobody_waits_longer_than_the_deadline(settings: Settings, probe: Callable[[Answer], None]) -> None:
    over = threading.Event()
    probe(lambda connection: over.wait(60))  # type: ignore[arg-type, return-value]
    with pytest.raises(ProbeError, match="did not answer within"):
        ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=0.3, actor=LOCAL)
    over.set()


def test_nobody_waits_longer_than_the_deadline_for_a_probe_that_is_busy_with_others(settings: Settings) -> None:
    settings.home.mkdir()
    said: list[str] = []

    def try_it() -> None:
        with pytest.raises(ProbeError) as caught:
            ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=0.3, actor=LOCAL)
        said.append(str(caught.value))

    with Listener(
        str(socket_path(settings, protocol.SOCKET)), "AF_UNIX", authkey=protocol.key(settings)
    ):  # it accepts nobody
        asker = threading.Thread(target=try_it)
        asker.start()
        asker.join(5)
        answered_in_time = list(said)
    asker.join(60)
    assert answered_in_time


def test_without_a_probe_the_error_says_that_it_is_starting(settings: Settings) -> None:
    settings.home.mkdir()
    with pytest.raises(ProbeError, match="not running yet"):
        ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=0.05, actor=LOCAL)


def test_a_probe_that_starts_a_moment_later_is_waited_for(
    settings: Settings, probe: Callable[[Answer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_it(_: float) -> None:
        monkeypatch.undo()
        probe(lambda connection: connection.send_bytes(protocol.pack({}, {"a": np.ones((1, 1))})))

    monkeypatch.setattr("core.probe.client.time.sleep", start_it)
    assert set(ask(settings, SUBJECT, "feature_maps", IMAGE, deadline_s=60, actor=LOCAL)) == {"a"}
