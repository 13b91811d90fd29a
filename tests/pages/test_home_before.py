"""The pages of a home that the version before has written: its runs, its results and its own data are there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.datasets import prepare
from core.settings import Settings
from core.store import Store, open_store
from tests.pages.conftest import Visit
from tests.support.home_before import CNN, GAN, OWN_CNN, STOPPED, unpack_home_before
from tests.support.reading import words_of


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("before") / "home"
    unpack_home_before(home)
    for dataset in ("digits_8x8", "ring"):
        prepare(Settings(home, home), dataset)
    return home


@pytest.fixture
def settings(tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    shutil.copytree(unpacked, settings.home)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("page", "run", "words"),
    [
        ("cnn", CNN, "283 of 360 unseen images right"),
        ("cnn", OWN_CNN, "Of 2 that are **rubbers**, 2 are found"),
        ("cnn", STOPPED, "Stopped at step 540 of 2,700: 85.3 %"),
        ("gan", GAN, "They cover **1 of 8** clouds"),
    ],
)
def test_a_run_of_the_version_before_shows_what_it_found(visit: Visit, page: str, run: str, words: str) -> None:
    assert words in words_of(visit(page, run=run))


def test_the_private_photos_of_a_run_stay_private(visit: Visit) -> None:
    assert "shown only to the owner of this data" in words_of(visit("cnn", run=OWN_CNN))


def test_the_form_holds_the_settings_of_the_run(visit: Visit) -> None:
    assert visit("cnn", run=CNN).get_by_key("cnn_learning_rate").value == 0.01
