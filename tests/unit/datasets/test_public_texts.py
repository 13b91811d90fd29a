"""Public texts, from tiny files of the same form: what is read and learned, and the printed lines read the same."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, find_dataset, list_datasets, open_prepared, prepare
from core.datasets.features import Tokens
from core.datasets.public import plays, reviews, surnames
from core.settings import Settings


class _Keras:
    class utils:  # noqa: N801
        get_file = staticmethod(lambda name, url: name)


def same_as_printed(name: str, arrays: dict[str, np.ndarray], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    names: dict[str, Any] = {"np": np, "keras": _Keras}
    exec(DATASETS[name].program, names)
    for key, array in arrays.items():
        assert names[key].dtype == array.dtype
        np.testing.assert_array_equal(names[key], array)


def test_film_reviews_are_learned_with_a_vocabulary_of_their_training_part(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(settings, data_dir=tmp_path, home=tmp_path / "home")
    for end, mood in (("neg", "dull"), ("pos", "fine")):
        (tmp_path / f"rt-polarity.{end}").write_text("".join(f"a {mood} film , no {n}\n" for n in range(40)))
    before = find_dataset(here, "rt_polarity").spec
    prepare(here, "rt_polarity")
    spec, data = find_dataset(here, "rt_polarity").spec, open_prepared(here, "rt_polarity")
    assert isinstance(spec.features, Tokens)
    assert spec == data.spec != before
    assert (spec.train_size, spec.test_size) == (72, 8)
    assert spec.features.vocabulary[:5] == ("", ",", "a", "film", "no")
    row = spec.features.decode(data.x_train[0][-5:])
    assert row.startswith(("a dull film", "a fine film", "dull film", "fine film"))
    encoded = [spec.features.example(f"a {mood} film , no 3") for mood in ("dull", "fine")]
    assert all(any((row == found).all() for found in (*data.x_train, *data.x_test)) for row in encoded)
    arrays = {key: np.asarray(getattr(data, key)) for key in ("x_train", "y_train", "x_test", "y_test")}
    same_as_printed("rt_polarity", arrays, tmp_path, monkeypatch)
    signs = reviews.REVIEWS_IN_SIGNS.load(here, {file.name: tmp_path / file.name for file in reviews.REVIEWS}, _silent)
    same_as_printed("rt_polarity_characters", signs, tmp_path, monkeypatch)


def _silent(words: str, share: float) -> None: ...


def test_a_play_in_pieces_is_the_play(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n\n" * 60
    (tmp_path / "tinyshakespeare.txt").write_text(text)
    assert plays.SHAKESPEARE_PIECES.learn is not None
    arrays, spec = plays.SHAKESPEARE_PIECES.learn(
        settings, {"tinyshakespeare.txt": tmp_path / "tinyshakespeare.txt"}, _silent
    )
    spec.check(arrays, "it")
    assert isinstance(spec.features, Tokens)
    assert text.startswith(spec.features.decode(arrays["x_train"].ravel()))
    same_as_printed("tinyshakespeare_pieces", arrays, tmp_path, monkeypatch)


def test_first_names_come_once(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("emma\nolivia\nava\nemma\n")
    assert sorted(plays.read_first_names(str(path)).split("\n")) == ["ava", "emma", "olivia"]


def test_surnames_of_two_languages_are_left_out_and_the_data_is_listed_only_if_its_file_is_here(
    settings: Settings, tmp_path: Path
) -> None:
    here = replace(settings, data_dir=tmp_path)
    assert "surnames" not in list_datasets(here)
    path = tmp_path / "surnames-by-language.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for language in DATASETS["surnames"].spec.classes:
            archive.writestr(f"{language}.txt", f"Schmidt\n{language}ski\n")
    assert "surnames" in list_datasets(here)
    assert surnames.read_surnames(str(path), ["Dutch", "German"]) == {"Dutch": ["Dutchski"], "German": ["Germanski"]}
