"""Settings of this installation, read from the environment once and passed in."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError

ROOT = Path(__file__).parents[1]  # of the repository, where `python -m core` works


@dataclass(frozen=True)
class Settings:
    """Storage locations and resource limits of this installation.

    Args:
        home: Folder for the store, runs and prepared data; on a local disk.
        data_dir: Folder with data files such as `mnist.npz`.
        slots: Runs that may train at the same time on this host.
        spare_idle_s: Seconds without a visitor after which warm processes end.
        memory_mb: Memory limit in MB of one worker, whatever its task, and of the probe; one above it is ended.
        max_waiting: Waiting runs allowed per visitor; the command line and the server have no limit.
        seconds_an_hour: Training seconds allowed per visitor and hour; None for no limit.
    """

    home: Path
    data_dir: Path
    slots: int = 1
    spare_idle_s: float = 900.0
    memory_mb: int = 8192
    max_waiting: int = 20
    seconds_an_hour: float | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the `GLASSBOX_*` variables.

        Raises:
            SettingsError: A value is not a positive number.
        """
        home = Path(environment.get("GLASSBOX_HOME") or "~/.glassbox").expanduser().absolute()
        data_dir, hourly = environment.get("GLASSBOX_DATA_DIR"), "GLASSBOX_SECONDS_AN_HOUR"
        return cls(
            home=home,
            data_dir=Path(data_dir).expanduser().absolute() if data_dir else home / "datasets",
            slots=_count(environment, "GLASSBOX_SLOTS", cls.slots),
            spare_idle_s=_positive(environment, "GLASSBOX_SPARE_IDLE_S", cls.spare_idle_s),
            memory_mb=_count(environment, "GLASSBOX_MEMORY_MB", cls.memory_mb),
            max_waiting=_count(environment, "GLASSBOX_MAX_WAITING", cls.max_waiting),
            seconds_an_hour=_positive(environment, hourly, 1.0) if environment.get(hourly) else None,
        )

    def environment(self) -> dict[str, str]:
        """Return the environment variables that pass these settings to a child process."""
        return {
            "GLASSBOX_HOME": str(self.home),
            "GLASSBOX_DATA_DIR": str(self.data_dir),
            "GLASSBOX_SLOTS": str(self.slots),
            "GLASSBOX_SPARE_IDLE_S": str(self.spare_idle_s),
            "GLASSBOX_MEMORY_MB": str(self.memory_mb),
            "GLASSBOX_MAX_WAITING": str(self.max_waiting),
            "GLASSBOX_SECONDS_AN_HOUR": "" if self.seconds_an_hour is None else str(self.seconds_an_hour),
        }


def this_host() -> str:
    """Return the host name that this machine's slots and processes are stored under."""
    return socket.gethostname()


def _positive(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0 < value < float("inf"):
        return value
    raise SettingsError(f"{name} cannot be used", expected="a number above 0", received=repr(text))


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    value = _positive(environment, name, default)
    if value >= 1:
        return int(value)
    raise SettingsError(f"{name} cannot be used", expected="a whole number from 1", received=str(value))
