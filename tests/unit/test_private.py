"""What the home keeps is its owner's alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.private import without_paths
from core.settings import Settings
from core.store import open_store


def modes(home: Path) -> dict[str, int]:
    found = {path.relative_to(home).as_posix(): path.lstat().st_mode & 0o777 for path in home.rglob("*")}
    return {**found, ".": home.stat().st_mode & 0o777}


def test_a_new_home_is_private_and_so_is_all_that_its_processes_write(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = (
        "import os; os.umask(0o022)\n"
        "from core.cli.parser import main; assert main(['runs']) == 0\n"
        "from core.jobs import submit; from core.store import open_store; from core.settings import Settings\n"
        "store = open_store(Settings.from_environment()); store.files('r').write_json('config', {})\n"
    )
    env = {**os.environ, **Settings(home, tmp_path / "data").environment()}
    stub = "import core.jobs.submit as s; s._start_foreman = lambda settings: None\n"
    subprocess.run([sys.executable, "-c", stub + code], env=env, check=True)
    found = modes(home)
    assert {"glassbox.db", "runs/r/config.json", "alive.lock"} <= set(found)
    for name, mode in found.items():
        assert mode == (0o700 if (home / name).is_dir() else 0o600), name


def test_a_home_that_was_open_to_others_is_closed(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "own").mkdir()
    (settings.home / "own" / "card.json").touch()
    outside = settings.home.parent / "outside"
    outside.touch()
    outside.chmod(0o644)
    (settings.home / "link").symlink_to(outside)
    for path, mode in (
        (settings.home, 0o755),
        (settings.home / "own", 0o755),
        (settings.home / "own/card.json", 0o644),
    ):
        path.chmod(mode)
    open_store(settings).close()
    found = modes(settings.home)
    assert (found["."], found["own"], found["own/card.json"]) == (0o700, 0o700, 0o600)
    assert outside.stat().st_mode & 0o777 == 0o644


def test_a_file_that_was_asked_for_is_like_all_new_files_of_its_user(settings: Settings, tmp_path: Path) -> None:
    code = (
        "import os, sys; os.umask(0o027)\n"
        "from core.settings import Settings; from core.store import open_store; from pathlib import Path\n"
        "open_store(Settings.from_environment())\n"
        "from core.cli.report import write_file; write_file(Path(sys.argv[1]), b'')\n"
    )
    env = {**os.environ, **settings.environment()}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.py")], env=env, check=True)
    assert (tmp_path / "out.py").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("put the file into /srv/data.", "put the file into GLASSBOX_DATA_DIR."),
        (
            "Glassbox cannot write to /srv/box/own/own_1, a folder",
            "Glassbox cannot write to GLASSBOX_HOME/own/own_1, a folder",
        ),
        ("[Errno 2] No such file: '/opt/venv/lib/keras/a.py'", "[Errno 2] No such file: 'a.py'"),
        ("see ~/.glassbox/runs/worker.log", "see worker.log"),
        ("cifar.tgz could not be fetched from https://example.org/a/b/cifar.tgz, received HTTPError", None),
        ("cats/tabby/1.png is left out: 3/4/5 of 1 / 2 bits, GET /", None),
    ],
)
def test_visitors_are_told_no_path_of_the_server(said: str, told: str | None) -> None:
    assert without_paths(said, Settings(Path("/srv/box"), Path("/srv/data"))) == (told or said)
