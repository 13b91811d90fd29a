"""Public data sets: their files as their publishers wrote them, fetched from a server that may fail."""

import gzip
import hashlib
import io
import pickle
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.datasets import DATASETS, open_prepared, prepare
from core.datasets.dataset import Dataset, Remote
from core.datasets.download import fetch, fetched
from core.datasets.prepared import is_prepared
from core.errors import DatasetError, UnreachableError
from core.settings import Settings
from tests.support import tiny


def silent(words: str, share: float) -> None:
    """A progress that nobody looks at."""


# Small digits


def test_small_digits_are_scikit_learns_enlarged_and_split_with_equal_shares(settings: Settings) -> None:
    prepare(settings, "digits_8x8")
    data = open_prepared(settings, "digits_8x8")
    assert len(data.x_train) + len(data.x_test) == 1797
    whole = Counter(load_digits().target.tolist())
    tested = Counter(data.y_test.tolist())
    assert all(abs(tested[digit] / whole[digit] - 0.2) < 0.01 for digit in range(10))
    dark = load_digits().images.mean() * 255 / 16
    assert np.concatenate([data.x_train, data.x_test]).mean() == pytest.approx(dark, rel=0.02)
    exec_names: dict[str, np.ndarray] = {"np": np}  # type: ignore[dict-item]
    exec(DATASETS["digits_8x8"].program, exec_names)
    np.testing.assert_array_equal(exec_names["x_test"], data.x_test)
    np.testing.assert_array_equal(exec_names["y_train"], data.y_train)


# Fashion-MNIST


def idx(values: np.ndarray) -> bytes:
    """Return a file of LeCun's IDX format, big-endian."""
    head = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return gzip.compress(head + values.astype(np.uint8).tobytes())


def put_fashion(settings: Settings, train: int = 60_000, test: int = 10_000) -> dict[str, np.ndarray]:
    settings.data_dir.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    arrays = {}
    for part, name, size in (("train", "train", train), ("test", "t10k", test)):
        images, labels = np.zeros((size, 28, 28), np.uint8), rng.permutation(np.arange(size) % 10)
        images[:9] = rng.integers(0, 256, (9, 28, 28))
        (settings.data_dir / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(images))
        (settings.data_dir / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(labels))
        arrays |= {f"x_{part}": images, f"y_{part}": labels}
    return arrays


def test_fashion_mnist_is_read_from_its_four_files(settings: Settings) -> None:
    arrays = put_fashion(settings)
    prepare(settings, "fashion_mnist")
    data = open_prepared(settings, "fashion_mnist")
    for name, expected in arrays.items():
        np.testing.assert_array_equal(np.squeeze(getattr(data, name)), expected)


def test_a_damaged_file_of_fashion_mnist_is_named(settings: Settings) -> None:
    put_fashion(settings, 20, 10)
    path = settings.data_dir / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DatasetError, match=r"t10k-images-idx3-ubyte\.gz"):
        prepare(settings, "fashion_mnist")
    assert not is_prepared(settings, "fashion_mnist")


# CIFAR


class OldPickler(pickle._Pickler):  # type: ignore[name-defined, misc]
    """Writes byte strings as Python 2 did, in which the files of CIFAR were written."""

    dispatch = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]  # noqa: RUF012

    def save_old(self, value: bytes) -> None:
        self.write(pickle.BINSTRING + len(value).to_bytes(4, "little") + value)
        self.memoize(value)

    dispatch[bytes] = save_old


def old_pickle(value: object) -> bytes:
    file = io.BytesIO()
    OldPickler(file, protocol=2).dump(value)
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def put_cifar(settings: Settings, name: str, members: dict[str, bytes]) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    with tarfile.open(settings.data_dir / name, "w:gz", compresslevel=1) as archive:
        for member, data in members.items():
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def batch(size: int, classes: int, key: bytes) -> tuple[bytes, np.ndarray, list[int]]:
    rng = np.random.default_rng(size)
    rows = np.zeros((size, 3072), np.uint8)
    rows[:3] = rng.integers(0, 256, (3, 3072))
    labels = rng.permutation(np.arange(size) % classes).tolist()
    return old_pickle({b"data": rows, key: labels, b"batch_label": b"a batch"}), rows, labels


@pytest.mark.parametrize(
    ("dataset", "file", "train", "test", "key"),
    [
        (
            "cifar10",
            "cifar-10-python.tar.gz",
            [f"cifar-10-batches-py/data_batch_{n}" for n in range(1, 6)],
            "cifar-10-batches-py/test_batch",
            b"labels",
        ),
        ("cifar100", "cifar-100-python.tar.gz", ["cifar-100-python/train"], "cifar-100-python/test", b"fine_labels"),
    ],
)
def test_cifar_is_read_from_its_old_pickles(
    settings: Settings, dataset: str, file: str, train: list[str], test: str, key: bytes
) -> None:
    classes = len(DATASETS[dataset].spec.classes)
    learn, rows, labels = batch(50_000 // len(train), classes, key)
    tested, _, test_labels = batch(10_000, classes, key)
    put_cifar(settings, file, {**dict.fromkeys(train, learn), test: tested})
    prepare(settings, dataset)
    data = open_prepared(settings, dataset)
    assert data.x_train.shape == (50_000, 32, 32, 3)
    np.testing.assert_array_equal(data.x_train[1].transpose(2, 0, 1).ravel(), rows[1])
    assert data.y_train[: len(labels)].tolist() == labels
    assert data.y_test.tolist() == test_labels


def test_a_cifar_file_that_would_run_code_is_refused(settings: Settings, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (__import__("os").system, (f"touch {tmp_path / 'ran'}",))

    put_cifar(settings, "cifar-100-python.tar.gz", {"cifar-100-python/train": pickle.dumps({b"data": Evil()})})
    with pytest.raises(DatasetError, match=r"cannot be read as CIFAR.*it holds \w+\.system"):
        prepare(settings, "cifar100")
    assert not (tmp_path / "ran").exists()


# Fetching


class Server:
    """A server of one file; it can break off in the middle, send something else, or say that it has nothing."""

    def __init__(self) -> None:
        self.data, self.breaks, self.asked = b"", 0, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(200 if outer.data else 404)
                self.send_header("Content-Length", str(len(outer.data)))
                self.end_headers()
                sent = outer.data[: len(outer.data) // 2] if outer.asked <= outer.breaks else outer.data
                self.wfile.write(sent)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/tiny.npz"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def remote(server: Server, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A data set whose one file that server has."""
    file = io.BytesIO()
    np.savez(file, **tiny.arrays())
    server.data = file.getvalue()
    checksum = f"sha256:{hashlib.sha256(server.data).hexdigest()}"
    dataset = replace(tiny.dataset(tiny.arrays()), files=(Remote("tiny.npz", server.url, checksum, 0.01),))
    monkeypatch.setitem(DATASETS, "tiny", dataset)
    return dataset


def left_behind(settings: Settings) -> list[Path]:
    return [path for path in settings.home.rglob("*") if path.is_file()]


def test_a_file_is_fetched_once_with_progress_and_kept(settings: Settings, server: Server, remote: Dataset) -> None:
    shares: list[float] = []
    prepare(settings, "tiny", lambda words, share: shares.append(share))
    assert (fetched(settings) / "tiny.npz").read_bytes() == server.data
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    fetch(settings, remote.files, silent)
    assert server.asked == 1


def test_a_file_whose_publisher_gives_no_checksum_is_fetched_too(
    settings: Settings, server: Server, remote: Dataset
) -> None:
    [file] = remote.files
    [path] = fetch(settings, [replace(file, checksum="")], silent).values()
    assert path.read_bytes() == server.data


def test_a_file_in_the_data_folder_is_not_fetched(settings: Settings, server: Server, remote: Dataset) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "tiny.npz").write_bytes(server.data)
    assert fetch(settings, remote.files, silent) == {"tiny.npz": settings.data_dir / "tiny.npz"}
    assert server.asked == 0


def test_a_fetch_that_breaks_off_leaves_nothing_and_the_next_one_succeeds(
    settings: Settings, server: Server, remote: Dataset
) -> None:
    server.breaks = 1
    with pytest.raises(UnreachableError, match=r"tiny\.npz could not be downloaded from http"):
        prepare(settings, "tiny")
    assert left_behind(settings) == []
    prepare(settings, "tiny")
    assert is_prepared(settings, "tiny")


def test_a_file_that_is_not_the_right_one_is_refused_and_not_kept(
    settings: Settings, server: Server, remote: Dataset
) -> None:
    server.data = server.data[:-1] + b"?"
    with pytest.raises(UnreachableError, match="is not the expected file"):
        prepare(settings, "tiny")
    assert left_behind(settings) == []


def test_a_server_that_has_it_not_or_is_not_there_is_said(settings: Settings, server: Server, remote: Dataset) -> None:
    server.data = b""
    with pytest.raises(UnreachableError, match=r"could not be downloaded.*put the file into"):
        prepare(settings, "tiny")
    server.stop()
    with pytest.raises(UnreachableError, match=r"could not be downloaded.*ConnectionError"):
        prepare(settings, "tiny")
    assert left_behind(settings) == []
