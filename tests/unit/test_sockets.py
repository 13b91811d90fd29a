import stat
import tempfile
from pathlib import Path

import pytest

from core.settings import Settings
from core.sockets import LONGEST_PATH, socket_path


def test_a_socket_lies_in_the_home() -> None:
    assert socket_path(Settings(Path("/a/home"), Path("/a")), "probe.sock") == Path("/a/home/probe.sock")


def test_a_home_with_a_long_path_has_short_private_sockets_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    first, second = (Settings(tmp_path / ("x" * 120) / name, tmp_path) for name in ("one", "two"))
    path = socket_path(first, "probe.sock")
    assert path.parent.parent == tmp_path
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert socket_path(first, "probe.sock") == path != socket_path(second, "probe.sock")
    assert len(str(path.relative_to(tmp_path))) < LONGEST_PATH / 2
