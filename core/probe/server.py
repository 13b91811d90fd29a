"""The probe: a warm process that answers questions about networks in milliseconds.

    python -m core.probe.server

One a home, on the processor only. Started by the foreman; if it dies, the next question finds
another.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import Config
from core.datasets import DEFAULT_DATASET, find_dataset, open_prepared
from core.errors import GlassboxError
from core.explain.methods import METHODS, resolve_method
from core.families import DEFAULT_FAMILY, find_family
from core.jobs.submit import FOREMAN_LOCK
from core.locks import is_held
from core.probe import protocol
from core.probe.client import Subject
from core.settings import Settings, this_host
from core.store import open_store
from core.store.processes import READY

if TYPE_CHECKING:
    import keras

CACHED = 8  # networks kept
GRACE_S = 5.0  # a question that overruns its deadline by so much ends the process
ORPHAN_S = 30.0
LONGEST_QUESTION = 64 * 2**20  # bytes

Reader = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass
class _Network:
    """A network that is kept: at one saved moment at a time, with those who read it."""

    model: keras.Model
    step: int | None = None
    readers: dict[str, Reader] = field(default_factory=dict)


class Probe:
    """Answers questions one after another.

    Args:
        settings: Whose networks.
    """

    def __init__(self, settings: Settings) -> None:
        self._store = open_store(settings)
        self._networks: OrderedDict[str, _Network] = OrderedDict()
        self._methods: dict[str, Callable[..., Reader]] = {name: resolve_method(name) for name in METHODS}

    def answer(self, message: bytes) -> bytes:
        """Answer one message; what goes wrong is said in the answer."""
        header, arrays = protocol.unpack(message)
        try:
            name = header["method"]
            network, given = self._network(header["subject"]), arrays["given"]
            if name not in network.readers:
                network.readers[name] = self._reader(name, network.model, header["subject"]["dataset"])
            _check(given, network.model, takes_many=getattr(network.readers[name], "TAKES_MANY", False))
            return protocol.pack({}, network.readers[name](given))
        except GlassboxError as error:
            return protocol.pack({"error": str(error)}, {})
        except KeyError as error:
            return protocol.pack({"error": f"the question lacks or misnames {error}"}, {})

    def _reader(self, name: str, model: keras.Model, dataset: str) -> Reader:
        method = self._methods[name]
        if getattr(method, "NEEDS_DATA", False):
            return method(model, open_prepared(self._store.settings, dataset))
        return method(model)

    def _network(self, subject: dict[str, Any]) -> _Network:
        """Return the network that a question is about, at the moment that it names."""
        run, step = subject["run"], subject["step"]
        generation = None if run is None else self._store.runs.get(run).generation  # a resume saves its moments anew
        key = repr((sorted({**subject, "step": None}.items()), generation))
        if key not in self._networks:
            self._networks[key] = _Network(self._build(subject))
            while len(self._networks) > CACHED:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        from core.training.snapshots import prefix, set_weights_of

        network = self._networks[key]
        if step != network.step:
            network.step = None  # what fails halfway is no moment
            arrays = self._store.files(run).load_snapshot(step, prefix(subject["part"]))
            set_weights_of(network.model, arrays, subject["part"])
            network.step = step
        return network

    def _build(self, subject: dict[str, Any]) -> keras.Model:
        import keras

        from core.models.network import build_network

        family = find_family(subject["family"])
        config = family.config_type.from_dict(subject["config"])
        spec = find_dataset(self._store.settings, subject["dataset"]).spec
        keras.utils.set_random_seed(config.seed)
        if subject["part"] == "augmentation":
            return build_network(family.augmentation(config), spec)
        config.validate(spec)
        network = {network.id: network for network in family.networks(config, spec)}[subject["part"]]
        return build_network(network.specs, network)


def _check(given: np.ndarray, network: keras.Model, *, takes_many: bool) -> None:
    """Check that a network can be given this.

    Raises:
        GlassboxError: It has another shape or type.
    """
    shape, dtype = network.input_shape[1:], network.inputs[0].dtype
    found = given.shape[1:] if takes_many else given.shape
    if given.dtype != dtype or found != shape:
        wanted = f"{dtype} {('any number', *shape) if takes_many else shape}".replace("'", "")
        raise GlassboxError(
            "what was given does not fit the network", expected=wanted, received=f"{given.dtype} {given.shape}"
        )


def serve(settings: Settings) -> None:
    """Listen until the process is told to go."""
    place = Path(protocol.address(settings))
    place.unlink(missing_ok=True)
    old = os.umask(0o177)  # the socket is the owner's alone: 0600
    try:
        listener = Listener(str(place), "AF_UNIX")
    finally:
        os.umask(old)
    probe = Probe(settings)
    _warm_up(probe)
    store, host, pid = open_store(settings), this_host(), os.getpid()
    store.processes.register(host=host, pid=pid, role="probe", slot="probe", state=READY)
    threading.Thread(target=_end_with_foreman, args=(settings,), daemon=True).start()
    key, turn = protocol.key(settings), threading.Lock()
    while True:  # a thread a visitor, so that one who says nothing keeps nobody waiting
        with suppress(OSError):  # that visitor has gone already
            connection = listener.accept()
            threading.Thread(target=_attend, args=(connection, key, probe, turn), daemon=True).start()


def _attend(connection: Connection, key: bytes, probe: Probe, turn: threading.Lock) -> None:
    """Let one visitor prove who they are, and answer their question when it is their turn."""
    try:
        with connection:
            deliver_challenge(connection, key)
            answer_challenge(connection, key)
            message, arrived = connection.recv_bytes(LONGEST_QUESTION), time.monotonic()
            patience = protocol.unpack(message)[0].get("deadline_s", GRACE_S)
            with turn:
                if time.monotonic() - arrived < patience:
                    with _limit(patience + GRACE_S):
                        connection.send_bytes(probe.answer(message))
    except (OSError, EOFError, AuthenticationError, ValueError, KeyError):
        return  # that visitor is gone or was nobody of ours


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """End the process if the block takes far too long, so that another can take over."""
    timer = threading.Timer(seconds, os._exit, (4,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _warm_up(probe: Probe) -> None:
    """Answer one question of our own, so that the first visitor does not wait for TensorFlow."""
    family = DEFAULT_FAMILY
    config: Config = family.presets[family.default_preset].config
    subject = Subject(family.id, DEFAULT_DATASET, config)
    header = {"subject": subject.to_dict(), "method": family.look.method}
    probe.answer(protocol.pack(header, {"given": np.zeros((28, 28, 1), np.uint8)}))


def _end_with_foreman(settings: Settings) -> None:
    seen = time.monotonic()
    while time.monotonic() - seen < ORPHAN_S:
        time.sleep(ORPHAN_S / 10)
        if is_held(settings.home / FOREMAN_LOCK):
            seen = time.monotonic()
    os._exit(0)


def main() -> None:
    """Be the probe of this home."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from core.training.process.device import import_keras

    import_keras()
    serve(Settings.from_environment())


if __name__ == "__main__":
    main()
