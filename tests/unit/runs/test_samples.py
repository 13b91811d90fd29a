import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.datasets import DATASETS, find_dataset, open_prepared, prepare
from core.datasets.images.photos import Shaping
from core.datasets.own import own
from core.errors import ConfigError, NotAllowedError, RunError
from core.families.gan.noise import draw_noise
from core.layers.blocks import BatchNorm
from core.probe.client import Subject
from core.runs import samples
from core.runs.samples import Made, Request, label_of
from core.settings import Settings
from core.store import Run, Store
from core.store.metrics import Snapshot
from core.store.records import NewRun
from tests.support import tiny, tiny_gan

TOLD = replace(tiny_gan.CONFIG, conditional="on")


def seen(images: np.ndarray) -> np.ndarray:
    """Return what a classifier sees, float32 (n, 3): something that differs from image to image."""
    bright = images.reshape(len(images), -1)[:, :3].astype(np.float32)
    odds = np.exp(bright - bright.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


@pytest.fixture(autouse=True)
def asked(tiny_arrays: dict, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Subject, int]]:
    """Answer as the probe does, and record what was asked."""
    found: list[tuple[Subject, int]] = []

    def ask(settings: Settings, subject: Subject, method: str, given: np.ndarray, **_: Any) -> dict[str, np.ndarray]:
        found.append((subject, len(given)))
        if subject.family == "cnn":
            assert (method, subject.part) == ("answer", "network")
            return {"probabilities": seen(given)}
        assert (method, subject.part) == ("samples", "generator")
        return tiny_gan.answer(subject.config, subject, given)

    monkeypatch.setattr(samples, "ask", ask)
    return found


def test_what_is_made_is_what_keras_makes_of_the_noise_of_that_seed(store: Store) -> None:
    run = tiny_gan.trained(store)
    made = samples.generate(store, run, Request(5, seed=7), actor="ann")
    noise = draw_noise(tiny_gan.CONFIG, 0, 5, 7)
    expected = tiny_gan.generator(tiny_gan.CONFIG, 4)(noise, training=False).numpy()
    assert made.examples.dtype == np.uint8
    assert np.abs(made.examples - expected).max() <= 0.5
    assert made.labels is None
    assert made.about == {
        "run": run.id,
        "name": "mine",
        "dataset": "tiny",
        "step": 4,
        "count": 5,
        "seed": 7,
        "class": None,
    }


def test_the_same_seed_makes_the_same_images_and_another_one_others(store: Store) -> None:
    run = tiny_gan.trained(store)
    first, same, more, other = (
        samples.generate(store, run, Request(count, seed), actor="ann").examples
        for count, seed in ((6, 1), (6, 1), (9, 1), (6, 2))
    )
    np.testing.assert_array_equal(first, same)
    np.testing.assert_array_equal(first, more[:6])
    assert (first != other).any()


def test_many_are_asked_for_in_parts_and_told_of(store: Store, asked: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "AT_ONCE", 4)
    told: list[float] = []
    made = samples.generate(store, tiny_gan.trained(store), Request(10, step=2), told.append, actor="ann")
    assert len(made.examples) == 10
    assert [(subject.step, count) for subject, count in asked] == [(2, 4), (2, 4), (2, 2)]
    assert told == [0.4, 0.8, 1.0]


def test_one_that_can_be_told_makes_the_class_it_is_told_or_one_after_the_other(store: Store) -> None:
    run = tiny_gan.trained(store, TOLD)
    made = samples.generate(store, run, Request(4, label=label_of(store, run, "c")), actor="ann")
    assert made.labels is not None
    assert made.labels.tolist() == [2, 2, 2, 2]
    assert made.about["class"] == "c"
    in_turn = samples.generate(store, run, Request(4), actor="ann").labels
    assert in_turn is not None
    assert in_turn.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(0), "so many cannot be made at once, expected 1 to 10,000, received 0"),
        (Request(10_001), "received 10,001"),
        (Request(seed=-1), "that seed cannot be used, expected 0 or more"),
        (Request(step=3), "saved no snapshot at step 3, expected one of 0, 2, 4"),
        (Request(label=0), "takes no class"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_sentence(request_: Request, words: str, store: Store) -> None:
    with pytest.raises((ConfigError, RunError), match=words):
        samples.generate(store, tiny_gan.trained(store), request_, actor="ann")


def test_classes_and_runs_that_are_none_are_refused(store: Store) -> None:
    run = tiny_gan.trained(store, TOLD)
    with pytest.raises(ConfigError, match="no class 'x', expected one of a, b, c"):
        label_of(store, run, "x")
    with pytest.raises(ConfigError, match="no such class"):
        samples.generate(store, run, Request(label=3), actor="ann")
    with pytest.raises(RunError, match="has saved no snapshot yet"):
        samples.generate(store, tiny_gan.trained(store, steps=()), Request(), actor="ann")
    cnn = store.runs.submit(NewRun(kind="train", dataset="tiny", owner="ann", name="a run", family="cnn"))
    with pytest.raises(RunError, match="is not a GAN"):
        samples.generate(store, cnn, Request(), actor="ann")


def test_the_archive_has_every_image_under_its_class_and_says_how_to_make_it_again() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    made = Made(images, np.array([1, 0, 1]), ("a/..", "b"), {"seed": 7})
    with zipfile.ZipFile(io.BytesIO(made.archive())) as file:
        assert file.namelist() == ["about.json", "b/00000.png", "a___/00001.png", "b/00002.png"]
        assert json.loads(file.read("about.json")) == {"seed": 7}
        for name, image in zip(file.namelist()[1:], images, strict=True):
            np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file.read(name)))), image)


def test_the_sheet_shows_the_images_side_by_side() -> None:
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 1), np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(Made(images, None, (), {}).sheet())))
    assert sheet.shape == (2 * 5 - 1, 3 * 5 - 1)
    assert (sheet[5:9, 5:9] == 4).all()


# The command line


@pytest.fixture
def _at_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", id)


@pytest.mark.usefixtures("_at_home")
def test_samples_are_written_with_their_labels(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = tiny_gan.trained(store, TOLD), tmp_path / "folder" / "made.npz"
    options = ["--n", "4", "--seed", "3", "--moment", "2", "--label", "b", "--out", str(out), "--json"]
    assert main(["samples", run.id, *options]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "run": run.id,
        "name": "mine",
        "dataset": "tiny",
        "step": 2,
        "count": 4,
        "seed": 3,
        "class": "b",
        "out": str(out),
    }
    with np.load(out) as file:
        assert sorted(file) == ["images", "labels"]
        assert (file["images"].dtype, file["images"].shape) == (np.uint8, (4, *tiny.SPEC.input_shape))
        assert file["labels"].tolist() == [1, 1, 1, 1]
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.usefixtures("_at_home")
def test_a_request_that_cannot_be_met_writes_nothing(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = tiny_gan.trained(store), tmp_path / "made.npz"
    assert main(["samples", run.id, "--n", "0", "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.err == "glassbox: so many cannot be made at once, expected 1 to 10,000, received 0.\n"
    assert said.out == ""
    assert not out.exists()


# Added to data


@pytest.fixture
def judge(store: Store) -> Run:
    """A classifier with two snapshots."""
    new = NewRun(kind="train", dataset="tiny", owner="ann", name="my CNN", family="cnn", config=tiny.CONFIG.to_dict())
    run = store.runs.submit(new)
    for step in (0, 7):
        store.metrics.add_snapshot(run.id, Snapshot(step, 0, float(step)))
    return run


def test_a_classifier_labels_what_it_is_sure_of_and_the_rest_is_left_out(
    store: Store, judge: Run, asked: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "AT_ONCE", 16)
    made = samples.generate(store, tiny_gan.trained(store), Request(40), actor="ann")
    asked.clear()
    said = seen(made.examples)
    least = float(np.median(said.max(1)))
    found = samples.label_by(store, made, judge, least, actor="ann")
    assert [(subject.run, subject.step, count) for subject, count in asked] == [(judge.id, 7, n) for n in (16, 16, 8)]
    rows = [row for row in range(40) if said[row].max() >= least]
    assert 10 < len(rows) < 30
    np.testing.assert_array_equal(found.examples, made.examples[rows])
    assert found.labels is not None
    assert found.labels.tolist() == [said[row].argmax() for row in rows]
    assert (found.about["judge"], found.about["sure_at_least"]) == (judge.id, least)
    np.testing.assert_array_equal(samples.label_by(store, made, judge, 0.0, actor="ann").examples, made.examples)


def test_what_cannot_be_labelled_is_refused_in_one_sentence(store: Store, judge: Run) -> None:
    made = samples.generate(store, tiny_gan.trained(store), Request(5), actor="ann")
    most = 100 * seen(made.examples).max()
    with pytest.raises(ConfigError, match=rf"not certain enough.*expected 100.0 % or more.*received {most:.1f} % at"):
        samples.label_by(store, made, judge, 1.0, actor="ann")
    elsewhere = replace(made, about={**made.about, "dataset": "mnist"})
    with pytest.raises(RunError, match=f"{judge.id} cannot label these, expected a finished classifier"):
        samples.label_by(store, elsewhere, judge, 0.5, actor="ann")


def test_data_says_who_labelled_what_was_added(store: Store, judge: Run) -> None:
    prepare(store.settings, "tiny")
    run = tiny_gan.trained(store)
    made = samples.label_by(store, samples.generate(store, run, Request(40), actor="ann"), judge, 0.6, actor="ann")
    assert made.labels is not None
    data = open_prepared(store.settings, samples.enlarge(store, run, made, "ann"))
    np.testing.assert_array_equal(data.y_train, [*tiny.arrays()["y_train"], *made.labels])
    [card] = own.cards(store.settings)
    assert card.title == f"Tiny + {len(made.labels)} made"
    assert "labelled by my CNN with at least 60 % certainty each" in card.description
    assert card.notes["judge"] == judge.id


def test_data_is_enlarged_by_its_owner_with_labelled_examples_only(store: Store) -> None:
    prepare(store.settings, "tiny")
    run = tiny_gan.trained(store, TOLD)
    made = samples.generate(store, run, Request(5, seed=2), actor="ann")
    with pytest.raises(NotAllowedError):
        samples.enlarge(store, run, made, "bob")
    with pytest.raises(ConfigError, match="no labels"):
        samples.enlarge(store, run, replace(made, labels=None), "ann")
    assert own.cards(store.settings) == []
    data = open_prepared(store.settings, samples.enlarge(store, run, made, "ann"))
    before = tiny.arrays()
    np.testing.assert_array_equal(data.x_train, np.concatenate([before["x_train"], made.examples]))
    np.testing.assert_array_equal(data.y_train, [*before["y_train"], 0, 1, 2, 0, 1])
    np.testing.assert_array_equal(data.x_test, before["x_test"])
    assert (data.spec.classes, data.spec.train_size) == (tiny.SPEC.classes, 35)
    [card] = own.cards(store.settings)
    assert (card.title, card.owner, card.accepted) == ("Tiny + 5 made", "ann", True)
    assert (card.notes["run"], card.notes["seed"]) == (run.id, 2)


@pytest.mark.parametrize("generator", [tiny_gan.CONFIG.generator, (BatchNorm(), *tiny_gan.CONFIG.generator)])
def test_the_first_kernel_is_that_of_the_layer_that_takes_the_noise(store: Store, generator: Any) -> None:
    config = replace(TOLD, generator=generator)
    run = tiny_gan.trained(store, config, steps=(2,))
    layer = tiny_gan.generator(config, 2).get_layer("project_1_dense")
    kernel = samples.first_kernel(store, run, 2)
    np.testing.assert_array_equal(kernel, layer.get_weights()[0])


def test_enlarged_data_takes_pictures_as_the_data_that_it_was_made_from(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(store.settings, "tiny")
    run = tiny_gan.trained(store, TOLD)
    made = samples.generate(store, run, Request(5, seed=2), actor="ann")
    for changes in ({"is_centred": True}, {"shaping": Shaping(32, "pad", 1, white=1023)}):
        known = replace(find_dataset(store.settings, "tiny"), **changes)
        monkeypatch.setitem(DATASETS, "tiny", known)
        enlarged = find_dataset(store.settings, samples.enlarge(store, run, made, "ann"))
        assert (enlarged.is_centred, enlarged.shaping) == (known.is_centred, known.shaping)
