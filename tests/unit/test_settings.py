from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import LIMITS, ROOT, Settings

NUMBERS = (
    "GLASSBOX_SLOTS",
    "GLASSBOX_SPARE_IDLE_S",
    "GLASSBOX_MEMORY_MB",
    "GLASSBOX_MAX_WAITING",
    "GLASSBOX_SECONDS_AN_HOUR",
    "GLASSBOX_SECONDS_A_RUN",
    "GLASSBOX_MAX_PARAMETERS",
    "GLASSBOX_DISK_MB",
    "GLASSBOX_KEPT_RUNS",
)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings.home == Path.home() / ".glassbox"
    assert settings.data_dir == settings.home / "datasets"
    assert (settings.slots, settings.spare_idle_s, settings.memory_mb) == (1, 900.0, 8192)
    assert (settings.max_waiting, settings.seconds_an_hour) == (20, None)


def test_every_variable_is_read() -> None:
    settings = Settings.from_environment(
        {
            "GLASSBOX_HOME": "/a/home",
            "GLASSBOX_DATA_DIR": "/a/data",
            "GLASSBOX_SLOTS": "3",
            "GLASSBOX_SPARE_IDLE_S": "2.5",
            "GLASSBOX_MEMORY_MB": "512",
            "GLASSBOX_MAX_WAITING": "5",
            "GLASSBOX_SECONDS_AN_HOUR": "600",
            "GLASSBOX_SECONDS_A_RUN": "60",
            "GLASSBOX_MAX_PARAMETERS": "1000000",
            "GLASSBOX_DISK_MB": "5000",
            "GLASSBOX_KEPT_RUNS": "100",
        }
    )
    assert settings == Settings(Path("/a/home"), Path("/a/data"), 3, 2.5, 512, 5, 600.0, 60.0, 1_000_000, 5000, 100)


def test_every_setting_has_its_line_in_the_readme() -> None:
    assert tuple(one.name for one in LIMITS) == NUMBERS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for one in LIMITS:
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{one.name}` |")]
        assert line.endswith("| no limit |" if one.default is None else f"| {one.default:g} |")


def test_the_tilde_is_the_users_home() -> None:
    settings = Settings.from_environment({"GLASSBOX_HOME": "~/x", "GLASSBOX_DATA_DIR": "~/y"})
    assert (settings.home, settings.data_dir) == (Path.home() / "x", Path.home() / "y")


def test_a_relative_home_does_not_depend_on_the_folder_later_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({"GLASSBOX_HOME": "x"}).home == tmp_path / "x"


def test_an_empty_variable_counts_as_unset() -> None:
    empty = dict.fromkeys((*NUMBERS, "GLASSBOX_HOME", "GLASSBOX_DATA_DIR"), "")
    assert Settings.from_environment(empty) == Settings.from_environment({})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["0", "-1", "many", "nan"])
def test_a_number_that_cannot_be_used_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({name: text})
    assert name in str(caught.value)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("name", ["GLASSBOX_SLOTS", "GLASSBOX_MEMORY_MB", "GLASSBOX_MAX_WAITING"])
@pytest.mark.parametrize("text", ["0.5", "inf"])
def test_a_count_below_one_or_without_end_is_refused(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: text})


def test_a_child_process_gets_the_same_settings() -> None:
    mine = Settings(Path("/a/home"), Path("/a/data"), 3, 2.5, 512, 5, 600.0, disk_mb=7)
    assert Settings.from_environment(mine.environment()) == mine
