"""The data page: what there is, add your own, know it."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.analysis.data.check import check_data
from core.datasets import DATASETS, find_dataset, open_prepared, prepare
from core.datasets.dataset import prepared_folder
from core.datasets.features import Column, Image, Vector
from core.datasets.own import own, removal
from core.datasets.own.build import build
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.figures.data import draw_points
from core.runs.examples.marks import DataVersion
from core.settings import Settings
from core.store import Status, Store
from core.store.notes.marks import Mark
from core.store.records import NewRun
from pages._ui.data.own_card import to_npz
from pages._ui.data.wall import _of_kind, shelf_of
from tests.pages.conftest import Visit
from tests.support import tiny
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import captions, data_of, said, words_of
from tests.support.tab import Tab
from tests.unit.datasets.own.test_own import OPTIONS, photos_zip


def silent(words: str, share: float) -> None:
    """A progress that nobody looks at."""


@pytest.fixture
def alone(settings: Settings) -> Settings:
    """A home whose prepared data is its own."""
    (settings.home / "prepared").unlink()
    return settings


@pytest.fixture
def small(alone: Settings) -> Settings:
    """A file in the data folder, prepared."""
    alone.data_dir.mkdir()
    arrays = tiny.arrays()
    arrays["x_test"][0] = arrays["x_train"][0]  # leakage
    np.savez(alone.data_dir / "small.npz", **arrays)
    prepare(alone, "file_small")
    return alone


def check(settings: Settings, dataset_id: str) -> None:
    data = open_prepared(settings, dataset_id)
    found = check_data(data.x_train, data.y_train, data.x_test, data.y_test, data.spec.classes, silent)
    found.save(prepared_folder(settings, dataset_id))


def photos(settings: Settings, owner: str = ME, *, accept: bool = True) -> own.Card:
    card = own.begin(settings, owner, "My photos", "photos", OPTIONS)
    photos_zip(own.raw(settings, card.id) / "upload.zip")
    build(settings, card.id, silent)
    return own.change(settings, card.id, owner, accepted=True) if accept else own.read_card(settings, card.id)


def texts(app: Tab) -> str:
    return words_of(app.main)


# All data


def choose(app: Tab, dataset_id: str) -> Tab:
    """Click a data set's picture."""
    shelf = shelf_of(find_dataset(Settings.from_environment(), dataset_id).spec)
    app.session_state[f"_chosen_of_{shelf.id}"] = dataset_id
    return app.run()


def test_every_data_set_stands_with_a_picture_on_the_shelf_of_its_kind(visit: Visit) -> None:
    app = visit("data")
    assert not app.exception
    below = [
        picture["below"].split("\n")
        for shelf in ("images", "tables", "sounds", "sequences", "answered", "points")
        for picture in data_of(app, f"shelf_{shelf}")["pictures"]
        if picture["png"]
    ]
    assert len(below) == len(DATASETS) - 1  # the file of one has no address
    assert ["Fashion-MNIST, clothes", "downloads 31 MB at first use"] in below
    assert {("Wine", "178 rows"), ("XOR", "1,500 points"), ("A spiral", "10,000 points")} <= set(map(tuple, below))


def test_data_of_one_title_and_two_kinds_has_two_pictures() -> None:
    kinds = Image(8, 8, 1), Vector((Column("a"),))
    image, table = (DataSpec(features, Classes(("a", "b")), 4, 2) for features in kinds)
    assert _of_kind(image, "Mine").png != _of_kind(table, "Mine").png


def test_the_chosen_one_says_where_it_comes_from_and_leads_to_the_families_that_take_it(visit: Visit) -> None:
    app = visit("data")
    for name in ("mnist_5k", "cifar10", "wine", "spirals", "spiral"):
        choose(app, name)
        for words in (DATASETS[name].title, DATASETS[name].source, DATASETS[name].licence):
            assert words in texts(app)
    links = [part.proto for part in app.get("page_link") if part.proto.label.startswith("Train a")]
    found = {(link.label, link.page, link.query_string) for link in links}
    assert found == {
        ("Train an MLP", "mlp", "preset=wine&dataset=wine"),
        ("Train an RNN", "sequence", "dataset=python_docs"),
        ("Train a GAN", "gan", "preset=ring&dataset=spiral"),
        ("Train a GAN", "gan", "preset=ring&dataset=spirals"),
        ("Train an MLP", "mlp", "preset=spirals&dataset=spirals"),
    }
    assert app.button(key="get_cifar10").label == "Download"


def test_a_download_is_queued_followed_and_can_be_tried_again(visit: Visit, store: Store) -> None:
    app = choose(visit("data"), "mnist")
    app.button(key="get_mnist").click().run()
    (task,) = store.runs.list(kind="prepare", status=[Status.QUEUED])
    assert task.dataset == "mnist"
    assert app.button(key="get_mnist").disabled
    claimed = store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    assert claimed is not None
    store.runs.move(task.id, Status.LOST, error="mnist.npz could not be fetched into /srv/data/mnist.npz.")
    app = choose(visit("data"), "mnist")
    assert app.button(key="get_mnist").label == "Try again"
    assert "could not be fetched into mnist.npz." in said(app.warning[0])
    app.button(key="get_mnist").click().run()
    assert store.runs.list(kind="prepare", status=[Status.QUEUED])


def test_a_file_that_cannot_be_read_is_shown_with_the_reason(visit: Visit, settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "broken.npz").write_bytes(b"no arrays")
    app = visit("data")
    assert "broken.npz cannot be read" in said(app.error[0])


# Own data


def test_my_data_is_renamed_described_and_published(visit: Visit, alone: Settings) -> None:
    card = photos(alone)
    app = visit("data")
    app.text_input(key=f"title_{card.id}").set_value("Cups")
    app.text_area(key=f"words_{card.id}").set_value("From the **kitchen**")
    app.toggle(key=f"public_{card.id}").set_value(True)
    app.button(key=f"keep_{card.id}").click().run()
    changed = own.read_card(alone, card.id)
    assert (changed.title, changed.description, changed.published) == ("Cups", "From the **kitchen**", True)
    assert "From the **kitchen**" in texts(app)


def test_its_arrays_can_be_saved_as_the_printed_program_reads_them(
    visit: Visit, alone: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = photos(alone)
    app = visit("data")
    assert app.get_by_key(f"npz_{card.id}").label == "Download as .npz"
    (tmp_path / f"{card.id}.npz").write_bytes(to_npz(alone, card.id, ME))  # which a click calls
    monkeypatch.chdir(tmp_path)
    names: dict[str, np.ndarray] = {"np": np}  # type: ignore[dict-item]
    exec(find_dataset(alone, card.id).program, names)
    for name in ("x_train", "y_test"):
        np.testing.assert_array_equal(names[name], getattr(open_prepared(alone, card.id), name))


def test_a_name_that_cannot_be_is_said_and_nothing_changes(visit: Visit, alone: Settings) -> None:
    card = photos(alone)
    app = visit("data")
    app.text_input(key=f"title_{card.id}").set_value("   ")
    app.button(key=f"keep_{card.id}").click().run()
    assert own.read_card(alone, card.id).title == "My photos"
    assert "needs a name" in said(app.error[0])


def test_somebody_elses_data_is_not_shown_until_it_is_published_and_cannot_be_changed(
    visit: Visit, alone: Settings
) -> None:
    card = photos(alone, SOMEBODY_ELSE)
    assert "My photos" not in texts(visit("data"))
    own.change(alone, card.id, SOMEBODY_ELSE, published=True)
    app = visit("data")
    assert "My photos" in texts(app)
    assert not [button for button in app.button if button.key == f"keep_{card.id}"]


def test_data_is_deleted_unless_a_run_learns_from_it(visit: Visit, alone: Settings, past: PastRuns) -> None:
    card = photos(alone)
    past.queued(dataset=card.id)
    app = visit("data")
    app.button(key=f"sure_{card.id}").click().run()
    assert own.read_card(alone, card.id) == card
    assert "a run is learning from it" in said(app.error[0])
    past._store.runs.stop(past._store.runs.list(owners=[ME])[0].id, ME)
    app = visit("data")
    app.button(key=f"sure_{card.id}").click().run()
    assert own.read_card(alone, card.id).deleted
    assert "My photos" not in texts(app)


def test_a_run_on_deleted_data_still_opens(visit: Visit, alone: Settings, past: PastRuns) -> None:
    card = photos(alone)
    run = past.queued(dataset=card.id)
    past._store.runs.stop(run.id, ME)
    removal.delete(alone, card.id, ME, has_runs=lambda: True)
    assert "My photos" in captions(visit("home").main)
    app = visit("cnn", run=run.id)
    assert not app.exception
    assert app.selectbox(key="cnn_dataset").value is None
    assert "This data was deleted" in said(app.error[0])


def test_a_run_on_data_that_is_gone_keeps_its_curves(visit: Visit, alone: Settings, past: PastRuns) -> None:
    card = photos(alone)
    run = past.running(dataset=card.id)
    shutil.rmtree(alone.home / "own" / card.id)
    app = visit("cnn", run=run.id, cnn_view="Live")
    assert "only its curves are left to see" in app.info[0].value
    assert [chart["title"] for chart in data_of(app, "run_curves")["charts"]] == ["Loss", "Accuracy"]


def test_the_form_that_held_deleted_data_takes_the_data_of_the_next_link(visit: Visit, alone: Settings) -> None:
    card = photos(alone)
    app = visit("cnn", dataset=card.id)
    assert app.selectbox(key="cnn_dataset").value == card.id
    removal.delete(alone, card.id, ME, has_runs=lambda: False)
    app.switch_page("pages/data.py").run()
    app.query_params.clear()
    app.query_params["dataset"] = "digits_8x8"
    app.switch_page("pages/cnn.py").run()
    assert not app.exception
    assert app.selectbox(key="cnn_dataset").value == "digits_8x8"


# Adding


def send(app: Tab, tmp_path: Path, name: str = "weather.zip") -> Tab:
    photos_zip(tmp_path / name)
    return app.get_by_key("add_zip").upload(name, (tmp_path / name).read_bytes()).run()


def test_limits_are_said_before_anything_is_sent(visit: Visit) -> None:
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value("A ZIP of photos").run()
    assert "at most 20,000 images, 200 MB in total" in texts(app)
    assert "2 to 100 classes, each with at least 4 images" in texts(app)


def test_what_was_sent_is_followed_by_its_progress(visit: Visit, alone: Settings, store: Store) -> None:
    card = own.begin(alone, ME, "My photos", "photos", OPTIONS)
    task = store.runs.submit(NewRun(kind="prepare", dataset=card.id, owner=ME, name="Prepare"))
    claimed = store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    assert claimed is not None
    store.runs.report(task.id, str(claimed.lease), progress={"phase": "reading image 3 of 9", "share": 0.3})
    app = visit("data", data_view="Add your own", adding=card.id)
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (30, "Reading image 3 of 9")
    app.button(key="add_stop").click().run()
    assert "adding" not in app.query_params
    assert [control.kind for control in store.runs.pending(task.id)] == ["stop"]


def test_a_refusal_is_said_and_another_can_be_sent(visit: Visit, alone: Settings, store: Store) -> None:
    card = own.begin(alone, ME, "My photos", "photos", OPTIONS)
    task = store.runs.submit(NewRun(kind="prepare", dataset=card.id, owner=ME, name="Prepare"))
    store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    store.runs.move(task.id, Status.FAILED, error="the ZIP /srv/x/photos.zip is damaged.")
    removal.discard(alone, card.id)
    app = visit("data", data_view="Add your own", adding=card.id)
    assert "the ZIP photos.zip is damaged." in said(app.error[0])
    assert app.get_by_key("add_way")


def sent(store: Store, card: own.Card) -> None:
    """Let the preparation of a card have succeeded."""
    task = store.runs.submit(NewRun(kind="prepare", dataset=card.id, owner=ME, name="Prepare"))
    store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    store.runs.move(task.id, Status.SUCCEEDED)


def test_what_was_found_is_shown_before_it_is_accepted(visit: Visit, alone: Settings, store: Store) -> None:
    card = photos(alone, accept=False)
    sent(store, card)
    app = visit("data", data_view="Add your own", adding=card.id)
    assert "16 training images, 4 test images." in texts(app)
    app.button(key="add_accept").click().run()
    assert own.read_card(alone, card.id).accepted
    assert app.query_params["dataset"] == card.id
    assert app.segmented_control(key="data_view").value == "Inspect"


def test_what_reading_has_to_say_is_shown_as_plain_text_before_it_is_accepted(
    visit: Visit, alone: Settings, store: Store
) -> None:
    card = own.begin(alone, ME, "My photos", "photos", OPTIONS)
    path = own.raw(alone, card.id) / "upload.zip"
    photos_zip(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("mine/# *bar*/", "")
        archive.writestr("mine/preview.png", b"")
    build(alone, card.id, silent)
    sent(store, card)
    app = visit("data", data_view="Add your own", adding=card.id)
    assert "The class # *bar* is left out: its folder has no images." in texts(app)
    assert "1 file was left out; it is listed below." in texts(app)


def test_a_file_that_was_left_out_is_named_as_text(visit: Visit, alone: Settings, store: Store) -> None:
    card = own.begin(alone, ME, "# My *photos*", "photos", OPTIONS)
    photos_zip(
        own.raw(alone, card.id) / "upload.zip", **{"$x^2$ [here](http://a.example)": b"none", "y" * 200: b"none"}
    )
    build(alone, card.id, silent)
    sent(store, card)
    app = visit("data", data_view="Add your own", adding=card.id)
    assert not app.exception
    named = [str(cell) for cell in app.table[0].value["File"]]
    assert r"\$x^2\$ \[here\]" in "".join(named)
    assert max(map(len, named)) < 120
    assert app.subheader[0].value == r"\# My \*photos\*"


def test_what_was_sent_is_found_again_without_its_link(visit: Visit, alone: Settings, store: Store) -> None:
    sent(store, photos(alone, accept=False))
    assert visit("data", data_view="Add your own").button(key="add_accept")
    assert not visit("data", data_view="Add your own", key="b" * 32).exception


def test_what_is_thrown_away_is_gone(visit: Visit, alone: Settings, store: Store) -> None:
    card = photos(alone, accept=False)
    sent(store, card)
    app = visit("data", data_view="Add your own", adding=card.id)
    app.button(key="add_discard").click().run()
    assert own.cards(alone) == []
    assert app.get_by_key("add_way")


def test_somebody_elses_upload_is_not_shown(visit: Visit, alone: Settings, store: Store) -> None:
    card = photos(alone, SOMEBODY_ELSE, accept=False)
    store.runs.submit(NewRun(kind="prepare", dataset=card.id, owner=SOMEBODY_ELSE, name="Prepare"))
    app = visit("data", data_view="Add your own", adding=card.id)
    assert not [button for button in app.button if button.key in ("add_accept", "add_stop")]


# Inspect


def test_a_check_is_queued_and_followed(visit: Visit, small: Settings, store: Store) -> None:
    app = visit("data", dataset="file_small")
    (task,) = store.runs.list(kind="check")
    assert (task.dataset, len(app.get("progress"))) == ("file_small", 1)
    assert app.get_by_key("know_images")  # what needs no check is there at once


def test_what_was_found_is_said_and_shown(visit: Visit, small: Settings) -> None:
    check(small, "file_small")
    app = visit("data", dataset="file_small")
    assert not app.exception
    shown = texts(app)
    assert "1 image is in both training and test" in shown
    assert "30 training images, 11 test images, 3 classes" in shown
    keys = {str(getattr(part, "key", "")) for part in app}
    assert {"know_images", "know_balance", "know_histogram", "know_mean", "know_spread", "know_pairs"} <= keys


def test_points_are_drawn_where_they_are(
    visit: Visit, alone: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[np.ndarray] = []
    monkeypatch.setattr("pages._ui.data.inspect.draw_points", lambda *parts: drawn.extend(parts) or draw_points(*parts))
    prepare(alone, "two_gaussians")
    app = visit("data", dataset="two_gaussians")
    assert not app.exception
    assert "8,000 training points and 2,000 test points" in texts(app)
    assert store.runs.list(kind="check") == []
    data = open_prepared(alone, "two_gaussians")
    for found, expected in zip(drawn, (data.x_train[::8], data.x_test[::8]), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert data_of(app, "know_plane")["figure"]


def test_a_check_of_another_version_is_made_anew(visit: Visit, small: Settings, store: Store) -> None:
    check(small, "file_small")
    (prepared_folder(small, "file_small") / "check.json").write_text("{}")
    app = visit("data", dataset="file_small")
    assert not app.exception
    assert [task.dataset for task in store.runs.list(kind="check")] == ["file_small"]


def test_what_is_known_leads_to_the_studios_that_learn_from_it(visit: Visit, small: Settings) -> None:
    app = visit("data", dataset="file_small")
    ways = {(link.label, link.proto.page) for link in app.page_link}
    families = {("Train a CNN", "cnn"), ("Train an MLP", "mlp"), ("Train a GAN", "gan"), ("Train an RNN", "sequence")}
    assert ways == families


def test_marked_training_images_lead_to_a_form_with_the_corrections(
    visit: Visit, small: Settings, store: Store
) -> None:
    check(small, "file_small")
    data, given = open_prepared(small, "file_small"), int(tiny.arrays()["y_train"][4])
    version = DataVersion(data.id, data.version)
    app = visit("data", dataset="file_small")
    app.session_state["_mark_open"] = (version, "train", 4)
    app.run()
    app.selectbox(key="mark_label_train_4").set_value((given + 1) % 3)
    app.button(key="mark_set").click().run()
    assert not app.exception
    assert store.marks.of(ME, data.id, data.version, "train") == [Mark(4, (given + 1) % 3)]
    links = [link for link in visit("data", dataset="file_small").page_link if "with corrections" in link.label]
    assert [link.proto.page for link in links] == ["cnn", "mlp", "sequence"]
    asked = f"corrections=4%3A{given}%3A{(given + 1) % 3}"
    assert all(asked in link.proto.query_string for link in links)
    stranger = visit("data", key="c" * 32, dataset="file_small")
    assert "marks_train" not in {str(getattr(part, "key", "")) for part in stranger}


def test_images_are_browsed_by_class_and_found_by_number(visit: Visit, small: Settings) -> None:
    check(small, "file_small")

    app = visit("data", dataset="file_small")
    wanted = int((tiny.arrays()["y_train"] == 1).sum())
    app.selectbox(key="know_class").set_value(1).run()
    shown = data_of(app, "know_images")["pictures"]
    assert len(shown) == wanted
    assert all(picture["below"].startswith("1\n") for picture in shown)
    app.text_input(key="know_index").set_value("7").run()
    assert [picture["below"].split("\n")[1] for picture in data_of(app, "know_images")["pictures"]] == ["#7"]
    app.text_input(key="know_index").set_value("²").run()
    assert "run from 0 to 29" in said(app.warning[0])


def test_data_that_nobody_knows_is_said(visit: Visit) -> None:
    app = visit("data", dataset="own_nothing", data_view="Know it")
    assert not app.exception
    assert "own_nothing" in said(app.warning[0])


def test_a_link_from_another_page_decides_what_is_shown(visit: Visit) -> None:
    app = visit("data")
    assert app.segmented_control(key="data_view").value == "All data"
    app.segmented_control(key="data_view").set_value("Inspect").run()
    app.switch_page("pages/home.py").run()
    app.button(key="open_data").click().run()
    assert app.segmented_control(key="data_view").value == "Add your own"
    assert app.segmented_control(key="add_way").value == "Photos"


def test_a_late_message_of_the_list_does_not_take_away_what_is_known(visit: Visit, small: Settings) -> None:
    check(small, "file_small")
    app = visit("data")
    app.segmented_control(key="data_view").set_value("Add your own").run()
    app.segmented_control(key="data_view").set_value("All data").run()
    choose(app, "file_small")
    known = app.states
    app.button(key="know_file_small").click().run()
    app._run(known)  # from a browser that has not heard of the answer yet
    assert app.segmented_control(key="data_view").value == "Inspect"
