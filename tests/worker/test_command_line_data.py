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

WIDE, SIDE = (96, 32), 28


def striped(rng: np.random.Generator, label: str) -> Image.Image:
    """Noise with a white square at the left, or at the right: whoever cuts out the middle sees neither."""
    pixels = rng.integers(0, 120, (WIDE[1], WIDE[0], 3), np.uint8)
    left = 4 if label == "left" else WIDE[0] - 28
    pixels[4:28, left : left + 24] = 255
    return Image.fromarray(pixels)


def squeezed(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for label in ("left", "right"):
        place = tmp_path / "squares" / label
        place.mkdir(parents=True)
        for number in range(20):
            striped(rng, label).save(place / f"{number}.png")
    (tmp_path / "squares" / "left" / "words.txt").write_text("no picture")
    return tmp_path / "squares"


def test_a_folder_becomes_data_is_learned_from_and_pictures_are_answered_as_the_saved_network_does(
    shared_lab: Lab, folder: Path, tmp_path: Path
) -> None:
    found = json.loads(shared_lab.command("data", "add", str(folder), "--size", str(SIDE), "--json"))
    assert list(found) == ["id", "kind", "classes", "left_out", "notes"]
    assert (found["kind"], found["classes"]) == ("photos", {"left": 20, "right": 20})
    assert [file["name"] for file in found["left_out"]] == ["left/words.txt"]
    options = ["--preset", "fast", "--set", "epochs=20", "--set", "batch_size=8", "--dataset", found["id"], "--json"]
    trained = json.loads(shared_lab.command("train", "cnn", *options))
    run = trained["run"]
    assert trained["test_accuracy_last"] == 1.0  # left and right are told apart by any network that sees them
    assert shared_lab.run(run).dataset_version == open_prepared(shared_lab.settings, found["id"]).version

    files = [tmp_path / name for name in ("new.gif", "new.tif")]
    for path, label in zip(files, ("left", "right"), strict=True):
        striped(np.random.default_rng(1), label).save(path)
    said = json.loads(shared_lab.command("predict", run, *map(str, files), "--json"))
    assert [row["file"] for row in said] == [str(path) for path in files]
    assert [row["answer"] for row in said] == ["left", "right"]

    import keras

    model = keras.saving.load_model(shared_lab.store.files(run).model)
    expected = model.predict(np.stack([squeezed(path) for path in files]), verbose=0)
    shares = [[row["probabilities"][name] for name in ("left", "right")] for row in said]
    np.testing.assert_allclose(shares, expected, atol=0.03)  # bfloat16, and a picture that is shrunk in two passes

    words = str(folder / "left" / "words.txt")
    refused = shared_lab.command("predict", run, str(files[0]), words, "--json", status=1)
    assert refused.startswith("glassbox: words.txt is not a readable image")

    shared_lab.command("data", "delete", found["id"])
    assert own.read_card(shared_lab.settings, found["id"]).deleted  # it stays for the run
    assert not list(prepared_folder(shared_lab.settings, found["id"]).glob("*.npy"))


def test_what_is_refused_leaves_one_sentence_and_nothing_else(shared_lab: Lab, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", x_train=np.zeros((3, 8, 8)))
    before = {card.id for card in own.cards(shared_lab.settings)}
    said = shared_lab.command("data", "add", str(tmp_path / "bad.npz"), "--json", status=1)
    assert said.startswith("glassbox: bad.npz")
    assert len(said.splitlines()) == 1
    assert {card.id for card in own.cards(shared_lab.settings)} == before
    places = {place.name for part in ("own", "prepared") for place in (shared_lab.settings.home / part).glob("*own_*")}
    assert places <= before


def test_photos_are_learned_asked_about_and_exported_with_a_pretrained_network(shared_lab: Lab, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label, colour in (("red", (220, 30, 30)), ("blue", (30, 30, 220))):
        place = tmp_path / "photos" / label
        place.mkdir(parents=True)
        for number in range(15):
            pixels = np.clip(rng.normal(colour, 40, (70, 64, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{number}.png")
    found = json.loads(shared_lab.command("data", "add", str(tmp_path / "photos"), "--json"))
    data = open_prepared(shared_lab.settings, found["id"])
    assert data.spec.input_shape == (64, 64, 3)
    trained = json.loads(shared_lab.command("train", "cnn", "--dataset", found["id"], "--json"))
    run = shared_lab.run(trained["run"])
    assert (run.preset, trained["test_accuracy_last"]) == ("photos", 1.0)
    folder = prepared_folder(shared_lab.settings, found["id"])
    assert len(list(folder.glob("features-*.f32"))) == 1
    said = json.loads(
        shared_lab.command("predict", run.id, *map(str, sorted((tmp_path / "photos" / "red").iterdir())[:2]), "--json")
    )
    assert len(said) == 2
    program = shared_lab.command("export", run.id)
    assert "def features(examples)" in program
    shared_lab.command("data", "delete", found["id"])
    assert not list(folder.glob("features-*"))
