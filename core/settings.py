"""Settings of this installation, read from the environment once and passed in."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from core.errors import SettingsError

ROOT = Path(__file__).parents[1]  # of the repository, where `python -m core` works


def _limit(default: Any, words: str, *, counts: bool = True) -> Any:
    """Declare a setting that is a number above 0; `counts` tells that it is a whole one."""
    return dataclasses.field(default=default, metadata={"words": words, "counts": counts})


@dataclass(frozen=True)
class Settings:
    """Storage locations and resource limits of this installation; those of visitors do not hold for the command line.

    Args:
        home: Folder for the store, runs and prepared data; on a local disk.
        data_dir: Folder with data files such as `mnist.npz`.
    """

    home: Path
    data_dir: Path
    slots: int = _limit(1, "runs that train at the same time")
    spare_idle_s: float = _limit(900.0, "seconds without a visitor after which warm processes end", counts=False)
    memory_mb: int = _limit(8192, "most memory of one process in MB: a worker, whatever its task, or the probe")
    max_waiting: int = _limit(20, "most waiting runs of one visitor")
    seconds_an_hour: float | None = _limit(
        None, "most seconds of training per hour and visitor, deleted and waiting runs included", counts=False
    )
    seconds_a_run: float | None = _limit(None, "most seconds that a visitor's run may take, as estimated", counts=False)
    max_parameters: int | None = _limit(None, "most parameters of a visitor's run, all its networks together")
    disk_mb: int | None = _limit(None, "MB in the home folder beyond which no run of a visitor begins")
    kept_runs: int | None = _limit(
        None,
        "newest runs of each visitor that are kept; older ones go a day after it is said, unless starred or published",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the `GLASSBOX_*` variables.

        Raises:
            SettingsError: A value is not a positive number.
        """
        home = Path(environment.get("GLASSBOX_HOME") or "~/.glassbox").expanduser().absolute()
        data_dir = environment.get("GLASSBOX_DATA_DIR")
        numbers: dict[str, Any] = {
            one.field: (_count if one.counts else _positive)(one.name, text)
            for one in LIMITS
            if (text := environment.get(one.name))
        }
        return cls(home, Path(data_dir).expanduser().absolute() if data_dir else home / "datasets", **numbers)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that pass these settings to a child process."""
        values = {one.name: getattr(self, one.field) for one in LIMITS}
        texts = {name: "" if value is None else str(value) for name, value in values.items()}
        return {"GLASSBOX_HOME": str(self.home), "GLASSBOX_DATA_DIR": str(self.data_dir), **texts}


@dataclass(frozen=True)
class Limit:
    """A setting that is a number.

    Args:
        field: Its name in `Settings`.
        default: Its default; None for no limit.
        words: What it is.
        counts: Whether it is a whole number.
    """

    field: str
    default: float | None
    words: str
    counts: bool

    @property
    def name(self) -> str:
        """Name of its environment variable."""
        return f"GLASSBOX_{self.field.upper()}"


_FIELDS = [(one.name, cast("float | None", one.default), one.metadata) for one in dataclasses.fields(Settings)]
LIMITS = tuple(Limit(name, default, **about) for name, default, about in _FIELDS if about)


def this_host() -> str:
    """Return the host name that this machine's slots and processes are stored under."""
    return socket.gethostname()


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0 < value < float("inf"):
        return value
    raise SettingsError(f"{name} cannot be used", expected="a number above 0", received=repr(text))


def _count(name: str, text: str) -> int:
    value = _positive(name, text)
    if value >= 1:
        return int(value)
    raise SettingsError(f"{name} cannot be used", expected="a whole number from 1", received=str(value))
