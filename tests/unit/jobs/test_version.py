import os
from pathlib import Path

import pytest

from core.jobs import version


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "one.py").write_text("a = 1")
    monkeypatch.setattr(version, "_CORE", tmp_path)
    return tmp_path


def test_unchanged_code_has_the_same_version(code: Path) -> None:
    before = version.code_version()
    (code / "notes.txt").write_text("no code")
    assert version.code_version() == before


def test_a_change_of_any_file_is_another_version(code: Path) -> None:
    found = [version.code_version()]
    (code / "jobs" / "one.py").write_text("a = 12")
    found.append(version.code_version())
    os.utime(code / "jobs" / "one.py", (1, 1))
    found.append(version.code_version())
    (code / "two.py").touch()
    found.append(version.code_version())
    (code / "two.py").rename(code / "jobs" / "two.py")
    found.append(version.code_version())
    assert len(set(found)) == 5
