"""A backup is made while Glassbox runs, and a home made of it holds the same."""

import json
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.datasets import find_dataset
from core.datasets.points.drawn import keep_points
from core.datasets.prepared import open_prepared
from core.errors import StoreError
from core.settings import Settings
from core.store import Status, open_store
from core.store.recovery.backup import ABOUT, back_up, restore
from tests.unit.store.recovery.test_recovery import NEW, begun, contents, trained


def test_a_home_of_a_backup_holds_every_run_that_its_database_and_files_held(tmp_path: Path) -> None:
    settings, other = Settings(tmp_path / "home", tmp_path / "data"), Settings(tmp_path / "new", tmp_path / "data")
    store = open_store(settings)
    done, trains = trained(store), begun(store, "it still trains").run
    mine = keep_points(settings, "ann", "Some", np.full((84, 84), 255, np.uint8))
    (settings.home / "prepared" / "made_anew").mkdir()
    (settings.home / "prepared" / "made_anew" / "x_train.npy").write_bytes(b"0" * 1000)
    said = back_up(settings.home, tmp_path / "all.zip")
    before = [contents(store, run.id) for run in (done, trains)]
    store.runs.submit(NEW)
    store.close()
    assert said == restore(other.home, tmp_path / "all.zip")
    again = open_store(other)
    assert [contents(again, run.id) for run in (done, trains)] == before
    assert again.runs.get(trains.id).status is Status.RUNNING, "the next foreman finds it without a process"
    assert len(again.runs.list()) == 2
    again.close()
    assert said.runs == 2
    assert not (other.home / "prepared" / "made_anew").exists()
    assert find_dataset(other, mine).title == "Some"
    before, after = (np.array(open_prepared(one, mine).x_train) for one in (settings, other))
    np.testing.assert_array_equal(before, after)
    assert stat.S_IMODE((tmp_path / "all.zip").stat().st_mode) == 0o600
    assert stat.S_IMODE(other.home.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("../outside", b"", "is no backup, or is damaged"),
        ("/etc/outside", b"", "is no backup, or is damaged"),
        ("glassbox.db", b"no database", "the database in .* is damaged"),
        (ABOUT, json.dumps({"format": 1, "schema": "9999"}).encode(), "a newer Glassbox made"),
        (ABOUT, b"[]", "is no backup, or is damaged"),
    ],
)
def test_what_is_no_sound_backup_makes_no_home(tmp_path: Path, name: str, text: bytes, said: str) -> None:
    file = {ABOUT: json.dumps({"format": 1, "schema": "0001"}).encode(), "glassbox.db": b"", name: text}
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for entry, content in file.items():
            archive.writestr(entry, content)
    with pytest.raises(StoreError, match=said):
        restore(tmp_path / "home", tmp_path / "bad.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"bad.zip"}


def test_the_commands_overwrite_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "all.zip"
    assert main(["backup", str(file)]) == 2
    assert "there is nothing to back up" in capsys.readouterr().err
    trained(open_store(settings))
    assert main(["backup", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 1
    assert main(["backup", str(file)]) == 2
    assert "there is already a file" in capsys.readouterr().err
    assert main(["restore", str(file)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "none.zip")]) == 2
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "none.zip")]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert main(["restore", str(file)]) == 0
    assert f"1 run, 7 files, 0 MB restored in {tmp_path / 'new'}" in capsys.readouterr().out
