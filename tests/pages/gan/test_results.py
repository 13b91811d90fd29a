"""What the GAN page says of a finished run: how a classifier judges it, and what can be made with it."""

import io
import json
import threading
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core.analysis.gan.quality import judge
from core.analysis.gan.quality_report import JudgedSnapshot, QualityReport
from core.datasets import find_dataset, open_prepared
from core.datasets.own import own
from core.errors import GlassboxError, ProbeError
from core.families.gan.family import PRESETS
from core.families.gan.noise import draw_noise
from core.probe.client import Subject
from core.runs.gan_quality import last_judging
from core.store import Run, Status, Store
from core.store.records import SERVER
from tests.pages.conftest import Visit
from tests.pages.gan.test_page import a_run
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import data_of, said
from tests.support.tab import Tab


def text_of(app: Tab) -> str:
    return "\n".join(said(part) for part in (*app.markdown, *app.caption)).replace("**", "")


def quality(*, shares: tuple[int, ...] = (20,) * 10, judge_: str = "gone", **changes: Any) -> QualityReport:
    """Judge samples of which the classifier calls so many each class."""
    rng = np.random.default_rng(0)
    real, floor, fake = (rng.normal(size=(100, 4)) + shift for shift in (0, 0, 1))
    said_of = np.repeat(np.arange(10), shares)
    probabilities = np.full((len(said_of), 10), 0.02)
    probabilities[np.arange(len(said_of)), said_of] = 0.82
    found = judge(real, np.resize(fake, (len(said_of), 4)), probabilities, floor_features=floor)
    known = {
        "judge_name": "Fast digits",
        "accuracy": 0.978,
        "confidence_floor": 0.9,
        "generation": 0,
        "fair": (0.1,) * 10,
    }
    moments = (JudgedSnapshot(0, 200, found), JudgedSnapshot(900, 200, found))
    return QualityReport(**{**known, "judge": judge_, "moments": moments, **changes})


def judged(store: Store, run: Run, found: QualityReport) -> Run:
    store.files(run.id).write_json("judgement", found.to_dict())
    return run


CHARTS = ("judge_classes", "judge_frechet", "judge_kernel", "judge_pr", "judge_sure")


def charts(app: Tab) -> list[str]:
    return [node.key for node in app if getattr(node, "key", "") in CHARTS]


# The judge


def test_without_a_classifier_one_can_be_trained_and_then_judges(visit: Visit, store: Store) -> None:
    run = a_run(store)
    app = visit("gan", run=run.id)
    assert "None has learned this data yet" in text_of(app)
    assert app.button(key="judge_now").label == "Train a classifier, then evaluate"
    app.button(key="judge_now").click().run()
    task = last_judging(store, run)
    assert task is not None
    demo = store.runs.get(str(task.after))
    assert (demo.family, demo.owner) == ("cnn", SERVER)
    assert "A classifier is trained first" in said_by_progress(app)


def test_with_a_classifier_it_is_asked_by_a_button(visit: Visit, store: Store, past: PastRuns) -> None:
    run = a_run(store)
    best = past.finished(name="my best", mistakes=10, summary={"train_accuracy_last": 0.99})
    past.finished(name="worse", mistakes=99, summary={"train_accuracy_last": 0.9})
    app = visit("gan", run=run.id)
    assert app.get_by_key(f"judge_{run.id}").options == [
        "my best, 99.0 % of test images",
        "worse, 90.1 % of test images",
    ]
    app.button(key="judge_now").click().run()
    task = last_judging(store, run)
    assert task is not None
    assert (task.after, task.config["judge"]) == (None, best.id)
    assert "starting within seconds" in said_by_progress(app)
    assert "judge_now" not in [button.key for button in app.button]


def test_another_judge_can_be_chosen(visit: Visit, store: Store, past: PastRuns) -> None:
    run, other = a_run(store), past.finished(name="worse", mistakes=99)
    past.finished(name="my best", mistakes=10)
    app = visit("gan", run=run.id)
    app.get_by_key(f"judge_{run.id}").select(other.id).run()
    app.button(key="judge_now").click().run()
    task = last_judging(store, run)
    assert task is not None
    assert task.config["judge"] == other.id


def test_while_it_is_judged_its_progress_is_shown_until_it_is_there(visit: Visit, store: Store, past: PastRuns) -> None:
    run = a_run(store)
    past.finished()
    app = visit("gan", run=run.id)
    app.button(key="judge_now").click().run()
    task = store.runs.claim("judge", host="there", slot="judge-0", pid=1)
    assert task is not None
    store.runs.report(task.id, str(task.lease), progress={"phase": "evaluating step 450", "share": 0.5})
    assert "evaluating step 450" in said_by_progress(app.tick())
    judged(store, run, quality())
    store.runs.move(task.id, Status.SUCCEEDED, lease=task.lease)
    app.tick()
    assert "All 10 classes are made" in text_of(app)
    assert app.button(key="judge_now").label == "Evaluate again"


def test_a_judging_that_failed_says_why_and_can_be_tried_again(visit: Visit, store: Store, past: PastRuns) -> None:
    run = a_run(store)
    past.finished()
    app = visit("gan", run=run.id)
    app.button(key="judge_now").click().run()
    task = store.runs.claim("judge", host="there", slot="judge-0", pid=1)
    assert task is not None
    store.runs.move(task.id, Status.FAILED, lease=task.lease, error="No file /usr/lib/x.so.")
    app.tick()
    assert "It could not be evaluated. No file x.so." in said(app.error[0])
    app.button(key="judge_now").click().run()
    again = last_judging(store, run)
    assert again is not None
    assert (again.status, again.id != task.id) == (Status.QUEUED, True)


def test_the_quality_is_said_in_words_and_drawn(visit: Visit, store: Store) -> None:
    found = quality(shares=(38, 2, *(20,) * 8))
    app = visit("gan", run=judged(store, a_run(store), found).id)
    words = text_of(app)
    assert "By the classifier Fast digits (97.8 % right on unseen real images): its mean confidence is 82 %" in words
    assert "(on real images: 90 %)" in words
    assert "9 of 10 classes are made; rarely or never made: 1." in words
    last = found.last.judgement
    assert f"Fréchet distance {last.frechet:.3g} ({last.frechet_interval[0]:.3g}" in words
    assert f"two halves of the real images: {last.frechet_floor:.3g}" in words
    assert "9 % of the images would need another class to match" in words
    assert charts(app) == list(CHARTS)
    assert all(data_of(app, key)["figure"] for key in CHARTS)


def test_the_scarcest_class_is_named(visit: Visit, store: Store) -> None:
    app = visit("gan", run=judged(store, a_run(store), quality(shares=(30, 10, *(20,) * 8))).id)
    assert "All 10 classes are made; the scarcest is 1: 5.0 % instead of 10.0 %." in text_of(app)


def test_what_the_judge_has_seen_counts_for_what_went_wrong(visit: Visit, store: Store) -> None:
    few = quality(shares=(100, 100, *(0,) * 8))
    app = visit("gan", run=judged(store, a_run(store), few).id)
    assert "The samples show only 2 of 10 classes" in said(app.warning[0])


def test_a_quality_report_from_before_the_run_was_resumed_does_not_count(visit: Visit, store: Store) -> None:
    app = visit("gan", run=judged(store, a_run(store), replace(quality(), generation=1)).id)
    assert not charts(app)


def test_others_see_the_quality_and_cannot_ask_for_one(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, owner=SOMEBODY_ELSE).id)
    assert "No classifier has evaluated these images yet" in text_of(app)
    other = judged(store, a_run(store, owner=SOMEBODY_ELSE), quality())
    app = visit("gan", run=other.id)
    assert "All 10 classes are made" in text_of(app)
    assert "judge_now" not in [button.key for button in app.button]


def test_points_are_not_judged(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, dataset="ring", preset="ring").id)
    assert "Evaluated by a classifier" not in [said(part) for part in app.subheader]


def said_by_progress(app: Tab) -> str:
    return "\n".join(part.proto.text for part in app.get("progress"))


# What is made


class Maker:
    """Stands in for the probe: what it makes of noise depends on the noise and the moment.

    A classifier sees in an image the class of its last decimal digit, and is the surer the brighter it is.
    """

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.error: GlassboxError | None = None
        self.asked: list[int] = []

    def ask(self, settings: Any, subject: Subject, method: str, given: np.ndarray, **_: Any) -> dict[str, np.ndarray]:
        self.may_answer.wait(30)
        if self.error:
            raise self.error
        if method == "answer":
            return {"probabilities": self.seen(given)}
        assert (method, subject.part) == ("samples", "generator")
        self.asked.append(len(given))
        grey = (127 + 40 * given[:, :1] + int(subject.step or 0)).clip(0, 255).astype(np.uint8)
        return {"samples/images": np.broadcast_to(grey[:, :, None, None], (len(given), 28, 28, 1))}

    def seen(self, images: np.ndarray) -> np.ndarray:
        light = images[:, 0, 0, 0].astype(int)
        sure = 0.1 + 0.9 * light / 255
        probabilities = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
        probabilities[np.arange(len(images)), light % 10] = sure
        return probabilities.astype(np.float32)


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    fake = Maker()
    monkeypatch.setattr("core.runs.samples.ask", fake.ask)
    monkeypatch.setattr("pages._ui.gan.generate.PATIENCE_S", 30.0)
    return fake


TOLD = {"config": replace(PRESETS["conditional"].config, latent=8).to_dict(), "preset": "conditional"}


def make(app: Tab, count: int = 12, seed: int = 3, kind: str = "") -> Tab:
    app.number_input(key="make_count").set_value(count)
    app.number_input(key="make_seed").set_value(seed)
    if kind:
        app.get_by_key("make_kind").select(kind)
    app.run()
    return app.button(key="make").click().run()


def saved(app: Tab) -> bytes:
    return app.download(next(part for part in app.get("download_button") if "images" in part.proto.label))


def test_a_zip_of_images_is_made_and_the_same_seed_makes_the_same(visit: Visit, store: Store, maker: Maker) -> None:
    run = a_run(store)
    first = saved(make(visit("gan", run=run.id)))
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert json.loads(file.read("about.json"))["seed"] == 3
        assert len(file.namelist()) == 13
        one = np.asarray(Image.open(io.BytesIO(file.read("00005.png"))))
    noise = draw_noise(PRESETS["digits_30s"].config, 0, 12, 3)
    assert one[0, 0] == (127 + 40 * noise[5, :1] + 900).clip(0, 255).astype(np.uint8)
    st.cache_resource.clear()
    again = saved(make(visit("gan", run=run.id)))
    with zipfile.ZipFile(io.BytesIO(again)) as file:
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file.read("00005.png")))), one)


def test_one_sheet_is_shown_and_can_be_saved(visit: Visit, store: Store, maker: Maker) -> None:
    app = make(visit("gan", run=a_run(store).id), kind="One sheet")
    assert len(app.get("image")) == 1
    assert Image.open(io.BytesIO(saved(app))).size == (4 * 29 - 1, 3 * 29 - 1)


def test_a_class_and_a_moment_can_be_asked_for(visit: Visit, store: Store, maker: Maker) -> None:
    run = a_run(store, **TOLD)
    app = visit("gan", run=run.id)
    app.get_by_key(f"make_class_{run.id}").select(8)
    app.get_by_key(f"make_step_{run.id}_0").select(0)
    with zipfile.ZipFile(io.BytesIO(saved(make(app)))) as file:
        about = json.loads(file.read("about.json"))
        assert (about["class"], about["step"]) == ("7", 0)
        assert {name.split("/")[0] for name in file.namelist()} == {"about.json", "7"}


def test_the_page_does_not_wait_and_says_how_far_it_is(
    visit: Visit, store: Store, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.gan.generate.PATIENCE_S", 0.0)
    maker.may_answer.clear()
    app = make(visit("gan", run=a_run(store).id))
    assert "Waiting" in said_by_progress(app)
    maker.may_answer.set()
    monkeypatch.setattr("pages._ui.gan.generate.PATIENCE_S", 30.0)
    assert saved(app.tick())


def test_what_cannot_be_made_is_said_in_one_sentence(visit: Visit, store: Store, maker: Maker) -> None:
    maker.error = ProbeError("this snapshot is damaged")
    app = make(visit("gan", run=a_run(store).id))
    assert [said(part) for part in app.error] == ["this snapshot is damaged."]
    assert not [part for part in app.get("progress") if "made" in part.proto.text]


def test_real_and_made_ones_become_data_that_a_cnn_can_learn_from(visit: Visit, store: Store, maker: Maker) -> None:
    run = a_run(store, **TOLD)
    app = make(visit("gan", run=run.id), count=30, kind="A data set")
    [card] = own.cards(store.settings)
    assert (card.owner, card.title, card.accepted) == (ME, "MNIST, 5,000 digits + 30 made", True)
    data, before = (open_prepared(store.settings, key) for key in (card.id, "mnist_5k"))
    np.testing.assert_array_equal(data.x_train[:4000], before.x_train)
    np.testing.assert_array_equal(data.y_train[4000:], np.arange(30) % 10)
    np.testing.assert_array_equal(data.x_test, before.x_test)
    assert data.spec.train_counts == tuple(n + 3 for n in before.spec.train_counts)
    [link] = [part.proto for part in app.get("page_link") if "real and made" in part.proto.label]
    assert f"dataset={card.id}" in link.query_string
    app.run()
    assert len(own.cards(store.settings)) == 1
    opened = visit("cnn", dataset=card.id)
    assert opened.get_by_key("cnn_dataset").value == card.id
    assert not opened.button(key="train").disabled
    assert "4,030 training images, 1,000 test images" in text_of(opened)


def test_a_classifier_labels_what_a_gan_makes_that_cannot_be_told_a_class(
    visit: Visit, store: Store, maker: Maker, past: PastRuns
) -> None:
    best, other = past.finished(name="my best", mistakes=10), past.finished(name="worse", mistakes=99)
    run = a_run(store)
    app = visit("gan", run=run.id)
    app.get_by_key(f"make_step_{run.id}_0").select(0)
    app.get_by_key("make_kind").select("A data set").run()
    assert sorted(app.get_by_key(f"make_judge_{run.id}").options) == [
        "my best, 99.0 % of test images",
        "worse, 90.1 % of test images",
    ]
    app.get_by_key(f"make_judge_{run.id}").select(other.id)
    usual = np.quantile(store.files(other.id).load_predictions()["probabilities_last"].max(1), 0.1)
    app.run()
    assert app.slider(key=f"make_sure_{other.id}").value == int(100 * usual)
    app.slider(key=f"make_sure_{other.id}").set_value(60)
    make(app, count=50)
    noise = draw_noise(PRESETS["digits_30s"].config, 0, 50, 3)
    light = (127 + 40 * noise[:, 0]).clip(0, 255).astype(np.uint8)
    kept = light[0.1 + 0.9 * light / 255 >= 0.6]
    assert 10 < len(kept) < 40
    [card] = own.cards(store.settings)
    assert card.title == f"MNIST, 5,000 digits + {len(kept)} made"
    data = open_prepared(store.settings, card.id)
    np.testing.assert_array_equal(data.x_train[4000:, 0, 0, 0], kept)
    np.testing.assert_array_equal(data.y_train[4000:], kept % 10)
    assert (card.notes["judge"], other.id != best.id) == (other.id, True)
    said_ = f"MNIST, 5,000 digits + {len(kept)} made is now among your data. {50 - len(kept)} of the 50 are left out"
    assert said_ in text_of(app)
    assert "wrong about 9.9 % of unseen real images" in text_of(app)
    assert "CC BY-SA" in find_dataset(store.settings, card.id).licence


def test_without_a_classifier_nobody_can_label_what_is_made(visit: Visit, store: Store, maker: Maker) -> None:
    app = visit("gan", run=a_run(store).id)
    app.get_by_key("make_kind").select("A data set").run()
    assert "No classifier has learned these classes yet" in said(app.info[-1])
    assert app.button(key="make").disabled
    [link] = [part.proto for part in app.get("page_link") if part.proto.label == "Train one"]
    assert (link.page, link.query_string) == ("cnn", "dataset=mnist_5k")


def test_what_no_classifier_is_sure_of_is_said_in_one_sentence(
    visit: Visit, store: Store, maker: Maker, past: PastRuns
) -> None:
    judge_ = past.finished()
    run = a_run(store)
    app = visit("gan", run=run.id)
    app.get_by_key(f"make_step_{run.id}_0").select(0)
    app.get_by_key("make_kind").select("A data set").run()
    app.slider(key=f"make_sure_{judge_.id}").set_value(99)
    make(app, count=3)
    wanted = "not certain enough about any generated image, expected 99.0 % or more for at least one"
    assert wanted in said(app.error[-1])
    assert wanted in said(app.run().error[-1])  # until something else is asked for
    assert own.cards(store.settings) == []


def test_no_data_is_offered_of_somebody_elses_run(visit: Visit, store: Store, maker: Maker) -> None:
    app = visit("gan", run=a_run(store, **TOLD, owner=SOMEBODY_ELSE).id)
    assert app.get_by_key("make_kind").options == ["A ZIP of images", "One sheet"]


def test_points_are_not_taken_away_as_images(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, dataset="ring", preset="ring").id)
    assert "make" not in [button.key for button in app.button]
