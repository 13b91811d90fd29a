"""The section of the CNN page in which data is broken on purpose, and what the results say of it."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_prepared
from core.datasets.corruptions import shifted_images
from core.families.cnn import CnnConfig
from core.schedule.split import training_rows
from core.settings import Settings
from core.store import Store
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, data_of, drawn_texts, own, said, section, summary, words_of
from tests.support.tab import Tab

BROKEN = {"label_noise": "0.2", "imbalance": "10", "test_shift": "dark"}


def test_the_section_stands_before_the_budget_and_says_that_nothing_is_broken(visit: Visit) -> None:
    app = visit("cnn")
    keys = [part.key for part in app.expander]
    assert keys.index("cnn_section_broken") == keys.index("cnn_section_budget") - 1
    assert summary(app, "broken") == "nothing broken"
    assert galleries(app) == []


def test_what_is_moved_is_in_the_summary_the_link_the_strip_and_the_run(visit: Visit, store: Store) -> None:
    app = visit("cnn", preset="article")
    app.slider(key="cnn_label_noise").set_value(0.2).run()
    app.select_slider(key="cnn_imbalance").set_value(10.0).run()
    app.selectbox(key="cnn_test_shift").set_value("dark").run()
    assert not app.exception
    assert summary(app, "broken") == "20 % wrong labels, 10 times more of the first class, tested on darkened images"
    assert {name: own(app)[name] for name in BROKEN} == BROKEN
    kept = sum(round(400 * 10 ** (-c / 9)) for c in range(10))
    assert f"{kept:,} training images, 1,000 test images · {5 * -(-kept // 64)} steps" in captions(
        app.get_by_key("strip")
    )
    app.button(key="train").click().run()
    (run,) = store.runs.list(owners=[ME])
    assert (run.config["label_noise"], run.config["imbalance"], run.config["test_shift"]) == (0.2, 10.0, "dark")


def test_the_preview_shows_labels_counts_and_test_images_and_asks_no_probe(
    visit: Visit, probe: FakeProbe, settings: Settings
) -> None:
    app = visit("cnn", **BROKEN)
    data = open_prepared(settings, "mnist_5k")
    rows = training_rows(CnnConfig(label_noise=0.2, imbalance=10.0), data.y_train, 10)
    wrong = int((rows.labels != data.y_train).sum())
    assert f"{wrong} of {len(rows.used):,} training labels are wrong." in words_of(section(app, "broken"))
    labelled, counts, tests = galleries(app)
    assert labelled == counts - 1 == tests - 2 == 0
    below = [picture["below"] for picture in pictures_of(app, labelled)]
    assert len([text for text in below if "wrong: is " in text]) == len([t for t in below if t.endswith("right")]) == 6
    told = np.bincount(rows.labels[rows.used], minlength=10)
    shown = drawn_texts(app, "cnn_preview_broken_1")
    assert [text.split(",")[0] for text in shown[1::2]] == [str(count) for count in told]
    dark = shifted_images(data.x_test[:6], "dark")
    for picture, image in zip(pictures_of(app, tests), dark, strict=True):
        np.testing.assert_array_equal(pixels(picture)[..., 0], image[..., 0])
    assert [asked.part for asked in probe.asked] == ["network"]


def test_the_preview_follows_its_controls_and_the_number_of_images(visit: Visit) -> None:
    app = visit("cnn", label_noise="0.5")
    assert "2,000 of 4,000 training labels are wrong." in words_of(section(app, "broken"))
    app.number_input(key="cnn_train_images").set_value(100).run()  # in another section
    assert "50 of 100 training labels are wrong." in words_of(section(app, "broken"))
    app.selectbox(key="cnn_shuffle_labels").set_value("on").run()
    assert app.slider(key="cnn_label_noise").disabled
    assert "50 of 100" not in words_of(section(app, "broken"))
    app.selectbox(key="cnn_shuffle_labels").set_value("off").run()
    app.slider(key="cnn_label_noise").set_value(0.0).run()
    assert galleries(app) == []
    app.selectbox(key="cnn_test_shift").set_value("noise").run()
    assert galleries(app) == [0, 1]


def test_until_the_data_is_prepared_there_is_no_preview_and_then_it_comes(visit: Visit, settings: Settings) -> None:
    prepared = (settings.home / "prepared").resolve()
    (settings.home / "prepared").unlink()
    app = visit("cnn", label_noise="0.2")
    assert not app.exception
    assert galleries(app) == []
    (settings.home / "prepared").symlink_to(prepared)
    app.tick()
    assert not app.exception
    assert galleries(app) == [0, 1]


def test_imbalance_that_leaves_less_than_a_batch_is_said_at_its_control(visit: Visit) -> None:
    app = visit("cnn", imbalance="100", batch_size="1024")
    (here,), (above,) = section(app, "broken").error, app.get_by_key("strip").error
    assert "fewer than a batch of 1,024" in said(here)
    assert said(above) == f"Train is off. {said(here)}"
    assert app.button(key="train").disabled
    app.select_slider(key="cnn_imbalance").set_value(1.0).run()
    assert not app.button(key="train").disabled


def test_imbalance_works_on_a_file_whose_labels_are_counted(visit: Visit, settings: Settings) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    labels = np.arange(300) % 3
    images = np.zeros((300, 12, 12), np.uint8)
    np.savez(settings.data_dir / "some.npz", x_train=images, y_train=labels, x_test=images[:9], y_test=labels[:9])
    app = visit("cnn", dataset="file_some", imbalance="4", layers="conv:4:3,flatten", batch_size="16")
    assert not app.exception
    assert "175 training images" in captions(app.get_by_key("strip"))  # 100, 50, 25
    assert not app.button(key="train").disabled


# Results


def test_a_result_on_changed_images_says_so_and_shows_its_mistakes_as_they_were_seen(
    visit: Visit, past: PastRuns, settings: Settings
) -> None:
    app = visit("cnn", run=past.finished(changes=["test_shift=noise"]).id)
    assert "It was **tested on noisy images**" in words_of(app.get_by_key("result"))
    seen = shifted_images(np.asarray(open_prepared(settings, "mnist_5k").x_test), "noise")
    (first, *_) = data_of(app, "mistakes")["pictures"]
    np.testing.assert_array_equal(pixels(first)[..., 0], seen[0, ..., 0])


@pytest.mark.parametrize("changes", [[], ["label_noise=0.2", "imbalance=10"]])
def test_a_result_on_images_as_they_are_says_nothing_of_them(visit: Visit, past: PastRuns, changes: list[str]) -> None:
    app = visit("cnn", run=past.finished(changes=changes).id)
    assert "It was" not in words_of(app.get_by_key("result"))


def galleries(app: Tab) -> list[int]:
    """Return the numbers of what the preview shows."""
    keys = [str(getattr(element, "key", "")) for element in section(app, "broken")]
    return [int(key.rpartition("_")[2]) for key in keys if key.startswith("cnn_preview_broken_")]


def pictures_of(app: Tab, number: int) -> list[dict[str, Any]]:
    return data_of(app, f"cnn_preview_broken_{number}")["pictures"]


def pixels(picture: dict[str, Any]) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(picture["png"]))) as image:
        return np.asarray(image)


def test_fewer_images_are_counted_where_they_are_chosen(visit: Visit, settings: Settings) -> None:
    app = visit("cnn", train_images="300")
    rows = training_rows(CnnConfig(train_images=300), open_prepared(settings, "mnist_5k").y_train, 10)
    assert len(rows.used) == 300
    assert "300 in total" in words_of(section(app, "data"))
    app.number_input(key="cnn_train_images").set_value(0).run()
    assert "in all" not in words_of(section(app, "data"))
