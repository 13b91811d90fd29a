"""Try it: one network on a whole screen, for anyone with the link."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS, Dataset
from core.datasets.images.photos import Shaping
from core.datasets.images.prepare_image import prepare_image
from core.datasets.sounds.ask import hear
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.families.mlp import PRESETS as MLP_PRESETS
from core.families.sequence.family import PRESETS as SEQUENCE_PRESETS
from core.settings import Settings
from core.store import Status
from pages._ui.components.drawing.canvas import CanvasDrawing
from pages._ui.home.try_it import _asks
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import SOMEBODY_ELSE, PastRuns, look
from tests.support.reading import data_of, said
from tests.support.wav import pcm

NAME_CONFIG = SEQUENCE_PRESETS["language_of_name"].config.to_dict()
INK = np.zeros((84, 84), np.uint8)
INK[10:70, 40:48] = 255


def answer(app: AppTest) -> dict:
    return data_of(app, "try_reading")


def photo() -> bytes:
    grey = np.full((200, 300), 220, np.uint8)
    grey[40:160, 140:156] = 20
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()


def test_anyone_with_the_link_sees_canvas_and_answer_and_no_footer(visit: Visit, past: PastRuns) -> None:
    run = past.finished(owner=SOMEBODY_ELSE, name="Ada's network")
    app = visit("try", run=run.id)
    assert not app.exception
    assert app.title[0].value == "Draw a digit: what is it?"
    assert data_of(app, "try_canvas")["hint"].startswith("Draw here")
    assert [(s["title"], s["snapshots"]) for s in answer(app)["series"]] == [("Ada's network", [])]
    assert not [caption for caption in app.caption if "Glassbox trains on this server" in caption.value]


def test_a_visitor_is_told_whose_network_it_is_and_led_to_train_their_own(visit: Visit, past: PastRuns) -> None:
    app = visit("try", run=past.finished(owner=SOMEBODY_ELSE, name="Ada's network").id)
    assert app.markdown[0].value.startswith("**Ada's network** is a CNN that learned from MNIST, 5,000 digits.")
    yours, home = (link.proto for link in app.page_link)
    assert (yours.label, yours.page, yours.query_string) == ("Train yours", "cnn", "preset=fast&dataset=mnist_5k")
    assert (home.label, home.page) == ("Glassbox", "")


def test_few_classes_are_named_in_the_title(visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = DATASETS["mnist_5k"]
    named = replace(digits, spec=replace(digits.spec, target=Classes(("cat", "*dog*", "ship"))))
    monkeypatch.setitem(DATASETS, "mnist_5k", named)
    assert visit("try", run=past.finished().id).title[0].value == r"Cat, \*dog\* or ship?"
    colour = replace(DATASETS["cifar10"].spec, target=Classes(("1", "2")))
    assert _asks(replace(DATASETS["cifar10"], spec=colour)) == "1 or 2?"  # photos are no digits


def test_a_drawing_is_answered_by_the_newest_snapshot(
    visit: Visit, past: PastRuns, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.home.try_it.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = past.finished()
    app = visit("try", run=run.id)
    (moment,) = answer(app)["series"][0]["snapshots"]
    np.testing.assert_allclose(moment["values"], look(100)["probabilities"], atol=1e-4)
    assert data_of(app, "try_filters")["maps"]["png"]
    assert [(subject.run, subject.step) for subject in probe.asked] == [(run.id, 100)]


def test_the_best_network_by_validation_answers_and_is_said_with_its_own_accuracy(
    visit: Visit, past: PastRuns, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.home.try_it.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = past.finished(summary={"best_step": 0, "test_accuracy_best": 0.987})
    said = visit("try", run=run.id).markdown[0].value
    assert "98.7 % of unseen pictures" in said
    assert "best network by validation, of step 0." in said
    assert [(subject.run, subject.step) for subject in probe.asked] == [(run.id, 0)]


def test_a_photo_is_answered_and_shown_as_the_network_sees_it(visit: Visit, past: PastRuns) -> None:
    app = visit("try", run=past.finished().id)
    app.segmented_control(key="try_how").set_value("Upload").run()
    app.file_uploader[0].set_value(("seven.png", photo(), "image/png")).run()
    assert not app.exception
    assert len(answer(app)["series"][0]["snapshots"]) == 1
    assert data_of(app, "try_seen")["pictures"][0]["alt"] == "the picture as the network sees it"


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_photo_is_decoded_once_and_by_another_process_until_another_comes(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    asked: list[str] = []

    def prepare_apart(settings: Settings, data: bytes, name: str, dataset: Dataset) -> np.ndarray:
        asked.append(name)
        if is_refused:
            raise DatasetError(f"{name} takes too long")
        return np.full((28, 28, 1), 9, np.uint8)

    monkeypatch.setattr("pages._ui.home.own_picture.prepare_image_apart", prepare_apart)
    app = visit("try", run=past.finished().id)
    app.segmented_control(key="try_how").set_value("Upload").run()
    app.file_uploader[0].set_value(("seven.png", photo(), "image/png")).run()
    app.run()
    assert asked == ["seven.png"]
    assert [said(error) for error in app.error] == ["seven.png takes too long."] * is_refused
    app.file_uploader[0].set_value(("eight.png", photo(), "image/png")).run()
    assert asked == ["seven.png", "eight.png"]


def test_a_photo_is_shaped_as_the_photos_of_the_data_were(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(DATASETS["mnist_5k"], is_centred=False, shaping=Shaping(28, "squeeze", 1))
    monkeypatch.setitem(DATASETS, "mnist_5k", own)
    monkeypatch.setattr("pages._ui.home.own_picture.prepare_image_apart", lambda settings, *args: prepare_image(*args))
    wide = Image.new("L", (120, 40), 60)
    wide.paste(250, (0, 0, 30, 40))
    buffer = io.BytesIO()
    wide.save(buffer, "GIF")
    app = visit("try", run=past.finished().id)
    app.segmented_control(key="try_how").set_value("Upload").run()
    app.file_uploader[0].set_value(("left.gif", buffer.getvalue(), "image/gif")).run()
    shown = Image.open(io.BytesIO(base64.b64decode(data_of(app, "try_seen")["pictures"][0]["png"])))
    expected = np.asarray(wide.resize((28, 28), Image.Resampling.BICUBIC), float)
    assert np.abs(np.asarray(shown.convert("L").resize((28, 28), Image.Resampling.NEAREST)) - expected).mean() < 2


def test_an_empty_picture_gets_no_answer(visit: Visit, past: PastRuns, probe: FakeProbe) -> None:
    buffer = io.BytesIO()
    Image.new("L", (50, 50), 255).save(buffer, "PNG")
    app = visit("try", run=past.finished().id)
    app.segmented_control(key="try_how").set_value("Upload").run()
    app.file_uploader[0].set_value(("blank.png", buffer.getvalue(), "image/png")).run()
    (error,) = app.error
    assert said(error).startswith("blank.png is empty")
    assert not probe.asked


def test_a_file_that_is_no_picture_is_one_clear_sentence(visit: Visit, past: PastRuns) -> None:
    app = visit("try", run=past.finished().id)
    app.segmented_control(key="try_how").set_value("Upload").run()
    app.file_uploader[0].set_value(("seven.png", b"no picture", "image/png")).run()
    assert not app.exception
    (error,) = app.error
    assert said(error).startswith("seven.png is not a readable image")


def test_a_probe_that_wakes_up_is_said(
    visit: Visit, past: PastRuns, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.home.try_it.drawn", lambda key: CanvasDrawing(4, INK, False))
    probe.is_awake = False
    app = visit("try", run=past.finished().id)
    assert answer(app)["note"] == "The process that answers is busy."
    assert data_of(app, "try_canvas")["again_ms"] > 0


@pytest.mark.parametrize(("query", "words"), [({}, "this link names no run"), ({"run": "nope"}, "there is no run")])
def test_a_link_to_nothing_is_one_clear_sentence(visit: Visit, query: dict[str, str], words: str) -> None:
    app = visit("try", **query)
    assert not app.exception
    (error,) = app.error
    assert said(error).startswith(words)


def test_a_run_that_has_no_network_yet_says_so(visit: Visit, past: PastRuns) -> None:
    (error,) = visit("try", run=past.queued().id).error
    assert "has no network to try yet" in said(error)


def test_the_studio_links_to_it_once_there_is_a_network(visit: Visit, past: PastRuns) -> None:
    def links(app: AppTest) -> list[str]:
        return [link.proto.query_string for link in app.page_link if link.label == "Try it"]

    stopped, waiting = past.ended(Status.STOPPED), past.queued()
    assert links(visit("cnn", run=waiting.id)) == []
    assert links(visit("cnn", run=stopped.id)) == [f"run={stopped.id}"]


def test_a_sound_is_heard_once_and_by_another_process(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hear_apart(settings: Settings, data: bytes, name: str, dataset: Dataset) -> np.ndarray:
        asked.append(name)
        return hear(data, name, dataset.spec.features)

    monkeypatch.setattr("pages._ui.home.try_sound.hear_apart", hear_apart)
    config = SEQUENCE_PRESETS["spoken_digits"].config.to_dict()
    run = past.running(step=100, family="sequence", preset="spoken_digits", dataset="fsdd", config=config)
    app = visit("try", run=run.id)
    app.segmented_control(key="try_how").set_value("Upload").run()
    app.file_uploader(key="try_upload").set_value(("seven.wav", pcm(0.5 * np.sin(np.arange(4000))), "audio/wav")).run()
    app.run()
    assert not app.exception
    assert asked == ["seven.wav"]
    assert data_of(app, "try_seen")["pictures"][0]["alt"] == "the sound as the network hears it"
    assert len(answer(app)["series"][0]["snapshots"]) >= 1


def test_a_network_that_learned_from_points_reads_no_pictures(visit: Visit, past: PastRuns) -> None:
    config = MLP_PRESETS["xor"].config.to_dict()
    run = past.running(owner=SOMEBODY_ELSE, family="mlp", dataset="xor", preset="fast", config=config)
    assert "learned from points; it cannot be tried here" in said(visit("try", run=run.id).error[0])
    assert "Try it" not in [link.label for link in visit("mlp", run=run.id).page_link]


def test_a_typed_text_is_answered_and_what_it_does_not_see_is_said(
    visit: Visit, past: PastRuns, probe: FakeProbe
) -> None:
    run = past.running(step=100, family="sequence", preset="language_of_name", dataset="names", config=NAME_CONFIG)
    app = visit("try", run=run.id)
    assert not app.exception
    assert app.title[0].value == "Type something: what is it?"
    assert answer(app)["series"][0]["snapshots"] == []
    app.text_input(key="try_text").set_value("Ковалёва Ångström").run()
    assert not app.exception
    assert len(answer(app)["series"][0]["snapshots"]) >= 1
    assert probe.asked[-1].run == run.id
    assert "8 of 17 characters" in " ".join(caption.value for caption in app.caption)
    probe.is_awake = False
    app.text_input(key="try_text").set_value("Smith").run()
    assert "The process that answers is" in answer(app)["note"]
