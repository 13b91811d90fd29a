"""Data that is brought, learned from, asked about and deleted from the command line, by real processes."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_prepared
from core.datasets.dataset import prepared_folder
from core.datasets.own import own
from tests.support.lab import Lab

SIDE = 64
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}


def coloured(rng: np.random.Generator, label: str) -> Image.Image:
    pixels = np.clip(rng.normal(COLOURS[label], 40, (70, SIDE, 3)), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def squeezed(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for label in COLOURS:
        place = tmp_path / "photos" / label
        place.mkdir(parents=True)
        for number in range(15):
            coloured(rng, label).save(place / f"{number}.png")
    (tmp_path / "photos" / "red" / "words.txt").write_text("no picture")
    return tmp_path / "photos"


def test_a_folder_of_photos_is_learned_answered_as_the_saved_network_does_printed_and_deleted(
    shared_lab: Lab, folder: Path, tmp_path: Path
) -> None:
    found = json.loads(shared_lab.command("data", "add", str(folder), "--json"))
    assert list(found) == ["id", "kind", "classes", "left_out", "notes"]
    assert (found["kind"], found["classes"]) == ("photos", {"blue": 15, "red": 15})
    assert [file["name"] for file in found["left_out"]] == ["red/words.txt"]
    trained = json.loads(shared_lab.command("train", "cnn", "--dataset", found["id"], "--json"))
    run = shared_lab.run(trained["run"])
    assert (run.preset, trained["test_accuracy_last"]) == ("photos", 1.0)
    data = open_prepared(shared_lab.settings, found["id"])
    assert (run.dataset_version, data.spec.input_shape) == (data.version, (SIDE, SIDE, 3))
    prepared = prepared_folder(shared_lab.settings, found["id"])
    assert len(list(prepared.glob("features-*.f32"))) == 1

    files = [tmp_path / name for name in ("new.gif", "new.tif")]
    for path, label in zip(files, COLOURS, strict=True):
        coloured(np.random.default_rng(1), label).save(path)
    said = json.loads(shared_lab.command("predict", run.id, *map(str, files), "--json"))
    assert [row["file"] for row in said] == [str(path) for path in files]
    assert [row["answer"] for row in said] == list(COLOURS)

    import keras

    model = keras.saving.load_model(shared_lab.store.files(run.id).model)
    expected = model(np.stack([squeezed(path) for path in files]), training=False).numpy()
    shares = [[row["probabilities"][name] for name in ("blue", "red")] for row in said]
    np.testing.assert_allclose(shares, expected, atol=0.03)  # bfloat16, and a picture that is shrunk in two passes

    words = str(folder / "red" / "words.txt")
    refused = shared_lab.command("predict", run.id, str(files[0]), words, "--json", status=1)
    assert refused.startswith("glassbox: words.txt is not a readable image")

    assert "def features(examples)" in shared_lab.command("export", run.id)
    shared_lab.command("data", "delete", found["id"])
    assert own.read_card(shared_lab.settings, found["id"]).deleted  # it stays for the run
    assert not [*prepared.glob("*.npy"), *prepared.glob("features-*")]


def test_what_is_refused_leaves_one_sentence_and_nothing_else(shared_lab: Lab, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", x_train=np.zeros((3, 8, 8)))
    before = {card.id for card in own.cards(shared_lab.settings)}
    said = shared_lab.command("data", "add", str(tmp_path / "bad.npz"), "--json", status=1)
    assert said.startswith("glassbox: bad.npz")
    assert len(said.splitlines()) == 1
    assert {card.id for card in own.cards(shared_lab.settings)} == before
    places = {place.name for part in ("own", "prepared") for place in (shared_lab.settings.home / part).glob("*own_*")}
    assert places <= before
