"""The files of a run. Only this module knows the layout of its folder.

run.json                        copy of the run's database row
numbers.json.gz                 copy of its metrics, snapshots and checkpoints
config.json                     the run's settings
environment.json                versions and device of training
worker.log                      one JSON object per line
checkpoints/<step>/state.npz    everything needed to resume exactly; the last two and the best
snapshots/<step>.npz            weights and the arrays of the family's views
frame.npz                       while it trains and is watched: what its network makes of the sample just now
watched                         touched by every page that shows that
predictions.npz                 ids, y_true, probabilities_last, and probabilities_best if there is a best
answers/<name>.npz              answers asked for later: to test examples at all moments, or disturbed
judgement.json                  a classifier's findings about a GAN's images, snapshot by snapshot
model.keras                     float32, preprocessing inside, stock Keras classes only; a GAN has `generator.keras` and
                                `discriminator.keras` instead
exports/<format>.zip            its network in another format, with a program that uses it
data.json, imported.json        of an imported run: what it tells of its data, and where it comes from
exports/<format>.json           the findings of the check of that file, also if it was refused
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.arrays import read_npz
from core.disk import PART, replacing
from core.errors import ArtifactError

Arrays = Mapping[str, np.ndarray]
EXPORTS, ANSWERS = "exports", "answers"
LONGEST_STEP = 18  # digits that fit the database's integers
PORTABLE = re.compile(r"(environment|judgement)\.json|predictions\.npz|[a-z]+\.keras|snapshots/(\d{8,18})\.npz")
WATCHED_S = 3.0  # since a page last touched `watched`


class RunFiles:
    """The folder of one run.

    Args:
        folder: Its path; created with the first file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def log(self) -> Path:
        """The worker's log."""
        return self.folder / "worker.log"

    @property
    def model(self) -> Path:
        """The trained network as a `.keras` file."""
        return self.folder / "model.keras"

    def network(self, name: str) -> Path:
        """Return the path of one of several trained networks, a `.keras` file."""
        return self.folder / f"{name}.keras"

    def export(self, format_id: str) -> Path:
        """Return the path of the ZIP file with the network in a format."""
        return self.folder / EXPORTS / f"{format_id}.zip"

    def export_record(self, format_id: str) -> str:
        """Return the name by which `read_json` reads the findings about that file."""
        return f"{EXPORTS}/{format_id}"

    def drop_exports(self) -> None:
        """Delete the networks in other formats: the run trains on."""
        shutil.rmtree(self.folder / EXPORTS, ignore_errors=True)

    def portable(self) -> Iterator[tuple[str, Path]]:
        """Yield name and path of each file that goes where the run goes: networks, snapshots, answers, findings."""
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if self.is_portable(name) and path.is_file():
                yield name, path

    @staticmethod
    def is_portable(name: str) -> bool:
        """Return whether a file of this name is one of those."""
        found = PORTABLE.fullmatch(name)
        return found is not None and (not found[2] or name == f"snapshots/{int(found[2]):08d}.npz")

    @staticmethod
    def step_of(name: str) -> int | None:
        """Return the step of a snapshot by the name of its file; None of other files."""
        found = PORTABLE.fullmatch(name)
        return int(found[2]) if found and found[2] else None

    def write_json(self, name: str, data: Mapping[str, object]) -> None:
        """Write `<name>.json`."""
        with self.replacing(self.folder / f"{name}.json") as temporary:
            temporary.write_text(json.dumps(data, indent=1))

    def read_json(self, name: str) -> dict[str, Any]:
        """Read `<name>.json`.

        Raises:
            ArtifactError: It is missing or damaged.
        """
        try:
            data: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
            return data
        except FileNotFoundError:
            raise ArtifactError(f"{name}.json is not there") from None
        except (ValueError, RecursionError) as error:
            raise ArtifactError(f"{name}.json is damaged", received=str(error)) from error

    @property
    def numbers(self) -> Path:
        """The copy of metrics, snapshots and checkpoints."""
        return self.folder / "numbers.json.gz"

    def write_numbers(self, data: Mapping[str, object]) -> None:
        """Write the copy of the run's numbers."""
        with self.replacing(self.numbers) as temporary:
            temporary.write_bytes(gzip.compress(json.dumps(data).encode(), compresslevel=1))

    def read_numbers(self) -> dict[str, Any]:
        """Read the copy of the run's numbers.

        Raises:
            ArtifactError: It is missing or damaged.
        """
        try:
            numbers: dict[str, Any] = json.loads(gzip.decompress(self.numbers.read_bytes()))
            return numbers
        except FileNotFoundError:
            raise ArtifactError(f"{self.numbers.name} is not there") from None
        except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
            raise ArtifactError(f"{self.numbers.name} is damaged", received=str(error)) from error

    def snapshot_steps(self) -> list[int]:
        """Return the steps of the saved snapshots, sorted."""
        return sorted({int(file.stem) for file in self.folder.glob("snapshots/*.npz") if _is_step(file.stem)})

    def checkpoints(self) -> dict[int, str]:
        """Return the SHA-256 of each readable checkpoint by step."""
        found = {}
        for file in sorted(self.folder.glob("checkpoints/*/state.npz")):
            if _is_step(file.parent.name):
                with suppress(OSError):
                    found[int(file.parent.name)] = _sha256(file)
        return found

    def is_worth_keeping(self) -> bool:
        """Return whether there is more than a log, a frame and unfinished files."""
        ours = {self.log.name, self._frame.name, self._watched.name}
        return any(path.name not in ours and not path.name.startswith(PART) for path in self.folder.iterdir())

    def drop_parts(self) -> None:
        """Delete the unfinished files and the frame of a killed process."""
        self.drop_frame()
        for part in self.folder.rglob(f"{PART}*"):
            shutil.rmtree(part, ignore_errors=True)

    def save_checkpoint(self, step: int, arrays: Arrays) -> str:
        """Write a checkpoint and return the SHA-256 of its file."""
        path = self._checkpoint(step)
        self._save(path, arrays)
        return _sha256(path)

    def load_checkpoint(self, step: int, sha256: str) -> dict[str, np.ndarray]:
        """Read a checkpoint.

        Raises:
            ArtifactError: It is missing, or its hash differs.
        """
        path = self._checkpoint(step)
        if not path.is_file() or _sha256(path) != sha256:
            raise ArtifactError(f"the checkpoint of step {step} is damaged or missing")
        return _load(path)

    def copy_checkpoint(self, source: RunFiles, step: int, sha256: str) -> None:
        """Take over a checkpoint of another run.

        Raises:
            ArtifactError: It is missing, or its hash differs.
        """
        path = source._checkpoint(step)
        with suppress(FileNotFoundError), self.replacing(self._checkpoint(step)) as temporary:
            shutil.copyfile(path, temporary)
        if not self._checkpoint(step).is_file() or _sha256(self._checkpoint(step)) != sha256:
            self.drop_checkpoint(step)
            raise ArtifactError(f"the checkpoint of step {step} is damaged or missing")

    def drop_checkpoint(self, step: int) -> None:
        """Delete a checkpoint."""
        shutil.rmtree(self._checkpoint(step).parent, ignore_errors=True)

    def drop_after(self, step: int) -> None:
        """Delete checkpoints and snapshots of later steps."""
        for folder in self.folder.glob("checkpoints/*"):
            if int(folder.name) > step:
                shutil.rmtree(folder, ignore_errors=True)
        for file in self.folder.glob("snapshots/*.npz"):
            if int(file.stem) > step:
                file.unlink(missing_ok=True)

    def save_snapshot(self, step: int, arrays: Arrays) -> None:
        """Write a snapshot."""
        self._save(self._snapshot(step), arrays)

    def load_snapshot(self, step: int, *prefixes: str) -> dict[str, np.ndarray]:
        """Read the arrays of a snapshot whose names begin with one of these; all by default.

        Raises:
            ArtifactError: There is no such snapshot, or its file is damaged.
        """
        return _load(self._snapshot(step), *prefixes)

    def watch(self) -> None:
        """Say that somebody sees the network at work; of no use where the folder has gone."""
        with suppress(OSError):
            self._watched.touch()

    def is_watched(self) -> bool:
        """Return whether somebody has just said so."""
        try:
            return time.time() - self._watched.stat().st_mtime < WATCHED_S
        except OSError:
            return False

    def save_frame(self, step: int, arrays: Arrays) -> None:
        """Write what the network makes of the sample just now, unless the disk refuses: the next one comes soon.

        The last one is removed first, as ext4 waits for the disk where a file replaces another: 5 ms instead of 0.2.
        """
        part = self.folder / f"{PART}{self._frame.name}"
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                _write(file, {**arrays, "step": np.array(step)})
            self._frame.unlink(missing_ok=True)
            part.rename(self._frame)

    def frame_stamp(self) -> int:
        """Return a number that another frame changes; 0 if there is none."""
        try:
            return self._frame.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def load_frame(self) -> tuple[int, dict[str, np.ndarray]]:
        """Read what the network makes of the sample just now, and after which step.

        Raises:
            ArtifactError: There is no frame, or its file is damaged.
        """
        arrays = _load(self._frame)
        return int(arrays.pop("step")), arrays

    def drop_frame(self) -> None:
        """Delete the frame, and who watches it: there is nothing to see of a run that does not train."""
        for path in (self._frame, self._watched, self.folder / f"{PART}{self._frame.name}"):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def save_predictions(self, arrays: Arrays) -> None:
        """Write the predictions on the test data."""
        self._save(self.folder / "predictions.npz", arrays)

    def load_predictions(self) -> dict[str, np.ndarray]:
        """Read the predictions on the test data.

        Raises:
            ArtifactError: The run has none, or the file is damaged.
        """
        arrays = _load(self.folder / "predictions.npz")
        missing = sorted({"ids", "y_true"} - set(arrays))
        if missing or not any(name.endswith("_last") for name in arrays):
            raise ArtifactError("predictions.npz is damaged", received=f"no {', '.join(missing) or 'answers'}")
        return arrays

    def save_answers(self, name: str, arrays: Arrays) -> None:
        """Write answers that were asked for after the run."""
        self._save(self.folder / ANSWERS / f"{name}.npz", arrays)

    def load_answers(self, name: str) -> dict[str, np.ndarray]:
        """Read answers that were asked for after the run.

        Raises:
            ArtifactError: Nobody has asked for them, or the file is damaged.
        """
        return _load(self.folder / ANSWERS / f"{name}.npz")

    def drop_answers(self) -> None:
        """Delete them: the run trains on."""
        shutil.rmtree(self.folder / ANSWERS, ignore_errors=True)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def replacing(self, path: Path) -> Iterator[Path]:
        """Yield a temporary path that replaces `path` if the block succeeds; its folder is made if missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            yield temporary

    @property
    def _frame(self) -> Path:
        return self.folder / "frame.npz"

    @property
    def _watched(self) -> Path:
        return self.folder / "watched"

    def _checkpoint(self, step: int) -> Path:
        return self.folder / "checkpoints" / str(step) / "state.npz"

    def _snapshot(self, step: int) -> Path:
        return self.folder / "snapshots" / f"{step:08d}.npz"

    def _save(self, path: Path, arrays: Arrays) -> None:
        with self.replacing(path) as temporary, temporary.open("wb") as file:
            _write(file, arrays)
            file.flush()
            os.fsync(file.fileno())


def _write(file: BinaryIO, arrays: Arrays) -> None:
    np.savez(file, allow_pickle=False, **{_escape(name): array for name, array in arrays.items()})


def _load(path: Path, *prefixes: str) -> dict[str, np.ndarray]:
    try:
        arrays = read_npz(path, tuple(map(_escape, prefixes)) or "")
    except FileNotFoundError:
        raise ArtifactError(f"{path.name} is not there") from None
    except ValueError as error:
        raise ArtifactError(f"{path.name} is damaged", received=str(error)) from error
    return {_plain(name): array for name, array in arrays.items()}


def _is_step(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= LONGEST_STEP


def _escape(name: str) -> str:
    return name.replace("/", "|")  # a zip member with a slash would read as a folder


def _plain(name: str) -> str:
    return name.replace("|", "/")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
