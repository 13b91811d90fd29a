"""The probe: a warm process that answers questions about networks in milliseconds.

    python -m core.probe.server

There is one per home, on the CPU only. The foreman starts it, and replaces it if it dies.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import Config
from core.datasets import DEFAULT_DATASET, find_dataset, open_prepared
from core.disk import note
from core.errors import GlassboxError, ProbeError
from core.families import DEFAULT_FAMILY, find_family
from core.jobs.submit import FOREMAN_LOCK
from core.locks import is_held
from core.probe import protocol
from core.probe.client import Subject
from core.probe.methods import METHODS, Option, find_method
from core.probe.patience import check_patience
from core.probe.visits import Choose, Lane, attend_all, open_socket
from core.settings import Settings, this_host
from core.store import open_store
from core.store.processes import READY

if TYPE_CHECKING:
    import keras

CACHED = 8  # networks kept
SLOW_GRACE_S = 120.0  # nobody else waits for the slow lane, and its questions give up themselves between their batches
ORPHAN_S = 30.0  # the probe ends after this time without a foreman
PARTS = {"subject", "steps", "method", "options"}  # of a question
SEEDING = threading.Lock()  # Keras has one seed for all lanes
SUBJECT = {part.name for part in fields(Subject)} - {"step"}

Arrays = dict[str, np.ndarray]
Reader = Callable[..., Arrays]  # (given, **options) -> named arrays


@dataclass
class _Network:
    """A cached network, at one saved snapshot at a time, with its readers by method and data version."""

    model: keras.Model
    step: int | None = None
    readers: dict[tuple[str, ...], Reader] = field(default_factory=dict)


class Probe:
    """Answer questions one after another.

    Args:
        settings: Settings of the home with the networks.
    """

    def __init__(self, settings: Settings) -> None:
        self._store = open_store(settings)
        self._networks: OrderedDict[str, _Network] = OrderedDict()
        self._classes = {name: method.load() for name, method in METHODS.items()}  # now: no question waits for imports

    def answer(self, message: bytes) -> bytes:
        """Answer one message; errors are part of the answer."""
        try:
            return protocol.pack({}, self._answer(*protocol.unpack(message)))
        except GlassboxError as error:
            return protocol.pack({"error": str(error)}, {})
        except Exception as error:  # ours or TensorFlow's: it ends this answer, not the visit or the probe
            note(traceback.format_exc())
            words = f"the probe failed: {type(error).__name__}: {error}, and processes.log says where."
            return protocol.pack({"error": words}, {})

    def _answer(self, question: Mapping[str, Any], arrays: Arrays) -> Arrays:
        """Return named arrays (snapshots, ...), one row for each step in the question."""
        _check_parts(question, arrays)
        subject, steps, name = (question[key] for key in ("subject", "steps", "method"))
        options = question["options"] | _named(arrays, protocol.OPTION)
        if not steps:
            raise ProbeError("the question is about no snapshot", expected="at least one step")
        method, network, given = find_method(name), self._network(subject), arrays["given"]
        reader = self._reader(name, network, subject["dataset"])
        _check_given(given, network.model, takes_many=method.takes_many)
        _check_options(name, reader, options)
        answers = []
        for step in steps:
            check_patience()
            if step != network.step:
                self._load(network, subject, step)
            answers.append(reader(given, **options))
        return {key: np.stack([answer[key] for answer in answers]) for key in answers[0]}

    def _network(self, subject: Mapping[str, Any]) -> _Network:
        """Return the network of a question, at any snapshot."""
        run = subject["run"]
        generation = None if run is None else self._store.runs.get(run).generation  # resuming replaces snapshots
        key = repr((sorted(subject.items()), generation))
        if key not in self._networks:
            self._networks[key] = _Network(self._build(subject))
            while len(self._networks) > CACHED:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        return self._networks[key]

    def _build(self, subject: Mapping[str, Any]) -> keras.Model:
        import keras

        from core.models.network import build_network

        family = find_family(subject["family"])
        config = family.config_type.from_dict(subject["config"])
        spec = find_dataset(self._store.settings, subject["dataset"]).spec
        with SEEDING:
            keras.utils.set_random_seed(config.seed)
            if subject["part"] == "augmentation":
                return build_network(family.augmentation(config), spec)
            config.validate(spec)
            networks = {network.id: network for network in family.networks(config, spec)}
            if (part := subject["part"]) not in networks:
                raise ProbeError(f"no network {part!r}", expected=f"one of {', '.join(networks)}")
            return build_network(networks[part].specs, networks[part])

    def _reader(self, name: str, network: _Network, dataset: str) -> Reader:
        """Return the instance of a method for a network, and for the data as it is prepared now."""
        data = [open_prepared(self._store.settings, dataset)] if METHODS[name].needs_data else []
        key = (name, *(prepared.version for prepared in data))
        if key not in network.readers:
            with SEEDING:  # some draw weights of their own, which must not change those of a network in the other lane
                network.readers[key] = self._classes[name](network.model, *data)
        return network.readers[key]

    def _load(self, network: _Network, subject: Mapping[str, Any], step: int) -> None:
        """Load the weights of a saved snapshot into a network."""
        from core.training.snapshots import prefix, set_weights_of

        network.step = None  # a failure halfway leaves no valid snapshot
        arrays = self._store.files(subject["run"]).load_snapshot(step, prefix(subject["part"]))
        set_weights_of(network.model, arrays, subject["part"])
        network.step = step


def _named(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _check_parts(question: Mapping[str, Any], arrays: Arrays) -> None:
    """Check that a question is whole.

    Raises:
        ProbeError: A part is missing.
    """
    missing = PARTS - question.keys() or SUBJECT - question["subject"].keys() or {"given"} - arrays.keys()
    if missing:
        raise ProbeError("the question is not whole", received=f"no {', '.join(sorted(missing))}")


def _check_given(given: np.ndarray, network: keras.Model, *, takes_many: bool) -> None:
    """Check that an input fits a network.

    Raises:
        ProbeError: It has another shape or dtype.
    """
    shape, dtype = network.input_shape[1:], network.inputs[0].dtype
    found = given.shape[1:] if takes_many else given.shape
    if given.dtype != dtype or found != shape:
        wanted = f"{dtype} {('any number', *shape) if takes_many else shape}".replace("'", "")
        raise ProbeError("the input does not fit the network", expected=wanted, received=f"{given.dtype} {given.shape}")


def _check_options(name: str, reader: Reader, options: Mapping[str, Option]) -> None:
    """Check the options of a method.

    Raises:
        ProbeError: One is unknown, missing, or of another type.
    """
    parameters = inspect.signature(reader, eval_str=True).parameters.values()
    declared = {one.name: one for one in parameters if one.kind is one.KEYWORD_ONLY}
    required = {key for key, one in declared.items() if one.default is one.empty}
    is_named = required <= options.keys() <= declared.keys()
    if not is_named or not all(isinstance(value, declared[key].annotation) for key, value in options.items()):
        raise ProbeError(
            f"method {name!r} cannot take these options",
            expected=", ".join(map(str, declared.values())) or "none",
            received=", ".join(f"{key}={_told(value)}" for key, value in options.items()) or "none",
        )


def _told(value: Option) -> str:
    return f"an array {value.shape}" if isinstance(value, np.ndarray) else f"{value!r}"


def serve(settings: Settings) -> None:
    """Listen until the process receives SIGTERM."""
    listener, probe, slow = open_socket(settings), Probe(settings), Probe(settings)
    _warm_up(probe)
    store, host, pid = open_store(settings), this_host(), os.getpid()
    store.processes.register(host=host, pid=pid, role="probe", slot="probe", state=READY)
    threading.Thread(target=_end_with_foreman, args=(settings,), daemon=True).start()
    attend_all(listener, protocol.key(settings), by_pace(Lane(probe.answer), Lane(slow.answer, SLOW_GRACE_S)))


def by_pace(quick: Lane, slow: Lane) -> Choose:
    """Return what sends questions to slow methods to a lane of their own, so that no quick one waits for them."""
    names = [name for name, method in METHODS.items() if method.is_slow]
    return lambda question: slow if question.get("method") in names else quick


def _warm_up(probe: Probe) -> None:
    """Answer one question in advance, so that the first visitor does not wait for TensorFlow."""
    family = DEFAULT_FAMILY
    config: Config = family.presets[family.default_preset].config
    subject = Subject(family.id, DEFAULT_DATASET, config)
    header = {"subject": subject.to_dict(), "steps": [None], "method": family.inspection.method, "options": {}}
    probe.answer(protocol.pack(header, {"given": np.zeros((28, 28, 1), np.uint8)}))


def _end_with_foreman(settings: Settings) -> None:
    seen = time.monotonic()
    while time.monotonic() - seen < ORPHAN_S:
        time.sleep(ORPHAN_S / 10)
        if is_held(settings.home / FOREMAN_LOCK):
            seen = time.monotonic()
    os._exit(0)


def main() -> None:
    """Run the probe of this home."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from core.training.process.device import import_keras

    import_keras()
    serve(Settings.from_environment())


if __name__ == "__main__":
    main()
