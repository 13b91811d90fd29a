import io
import json
import pickle
import stat
import threading
from pathlib import Path

import numpy as np
import pytest

from core.probe import protocol
from core.settings import Settings


@pytest.fixture
def home(settings: Settings) -> Settings:
    settings.home.mkdir()
    return settings


def test_header_and_arrays_come_out_as_they_went_in() -> None:
    header = {"method": "feature_maps", "subject": {"config": {"layers": ["conv:32"]}, "run": None}, "deadline_s": 4.5}
    arrays = {
        "maps/conv_1": np.arange(12, dtype=np.float32).reshape(3, 4),
        "image": np.zeros((2, 2, 1), np.uint8),
        "header": np.array([1]),
        "file": np.array(2.5),
        "a_b": np.array([], np.int64),
    }
    got, found = protocol.unpack(protocol.pack(header, arrays))
    assert got == header
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_words_in_any_language_survive() -> None:
    assert protocol.unpack(protocol.pack({"error": "Größe ≠ 28 🙂"}, {}))[0] == {"error": "Größe ≠ 28 🙂"}


def test_objects_are_not_sent() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        protocol.pack({}, {"a": np.array([object()])})


def test_pickles_are_not_received() -> None:
    with pytest.raises(ValueError, match="pickled"):
        protocol.unpack(pickle.dumps({"header": {}}))
    buffer = io.BytesIO()
    header = np.frombuffer(json.dumps({}).encode(), np.uint8)
    np.savez(buffer, header=header, **{"array|a": np.array([None], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        protocol.unpack(buffer.getvalue())


def test_the_key_is_made_once_and_only_its_owner_can_read_it(home: Settings) -> None:
    key = protocol.key(home)
    assert len(key) == 32
    assert protocol.key(home) == key
    assert stat.S_IMODE((home.home / "probe.key").stat().st_mode) == 0o600


def test_two_homes_have_two_keys(home: Settings, tmp_path: Path) -> None:
    other = Settings(tmp_path / "other", tmp_path)
    other.home.mkdir()
    assert protocol.key(home) != protocol.key(other)


def test_all_who_ask_for_a_new_key_at_once_get_the_same_whole_key(tmp_path: Path) -> None:
    for number in range(20):
        settings = Settings(tmp_path / str(number), tmp_path)
        settings.home.mkdir()
        barrier, keys = threading.Barrier(8), []

        def ask(settings: Settings = settings, barrier: threading.Barrier = barrier, keys: list = keys) -> None:
            barrier.wait(60)
            keys.append(protocol.key(settings))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [len(key) for key in keys] == [32] * 8
        assert len(set(keys)) == 1
