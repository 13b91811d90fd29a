"""Tables, texts, sounds and arrays on the data page: sent, read as a worker reads them, shown, accepted."""

import io
import wave
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.datasets import open_prepared, prepare
from core.datasets.own import own
from core.datasets.own.build import build
from core.datasets.targets import NextToken, Number
from core.errors import DatasetError
from core.settings import Settings
from core.store import Status, Store
from tests.pages.conftest import Visit
from tests.support import tiny
from tests.support.older_table import older_table
from tests.support.past_runs import ME, SOMEBODY_ELSE
from tests.support.reading import said, words_of
from tests.support.tab import Tab

CSV = "height,sex,species\n" + "".join(f"{150 + n},{'mf'[n % 2]},{'ab'[n % 2]}\n" for n in range(40)) + "170,m,\n"


@pytest.fixture
def alone(settings: Settings) -> Settings:
    """A home whose prepared data is its own."""
    (settings.home / "prepared").unlink()
    return settings


@pytest.fixture
def work(alone: Settings, store: Store) -> Callable[[], None]:
    """Do what is queued, as the worker does it."""

    def worked() -> None:
        while task := store.runs.claim("prepare", host="here", slot="prepare-0", pid=1):
            if not own.is_own(task.dataset):
                store.runs.move(task.id, Status.SUCCEEDED)
                continue
            try:
                build(alone, task.dataset, lambda words, share: None, task.config or None)
                store.runs.move(task.id, Status.SUCCEEDED)
            except DatasetError as error:
                store.runs.move(task.id, Status.FAILED, error=str(error))

    return worked


def send(visit: Visit, way: str, key: str, *files: tuple[str, bytes]) -> Tab:
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value(way).run()
    for name, data in files:
        app.file_uploader(key=key).upload(name, data)
    app.run()
    app.button(key="add_send").click().run()
    assert not app.exception
    return app


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def sounds() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for label, pitch in (("low", 3), ("high", 30)):
            for number in range(4):
                sound = io.BytesIO()
                with wave.open(sound, "wb") as written:
                    written.setparams((1, 2, 8000, 0, "NONE", ""))
                    tone = 9000 * np.sin(np.arange(4000) / 8000 * 2 * np.pi * 50 * pitch + number)
                    written.writeframes(tone.astype("<i2").tobytes())
                archive.writestr(f"{label}_{number}.wav", sound.getvalue())
    return file.getvalue()


def test_what_learns_from_it_is_said_before_anything_is_sent(visit: Visit) -> None:
    app = visit("data", data_view="Add your own")
    for way in ("A text", "Sounds", "A table"):
        app.segmented_control(key="add_way").set_value(way).run()
    assert "No network here" not in words_of(app)


def test_a_table_is_described_and_becomes_data_that_its_target_is_learned_from(
    visit: Visit, alone: Settings, store: Store, work: Callable[[], None]
) -> None:
    app = send(visit, "A table", "add_table", ("people.csv", CSV.encode()))
    work()
    app.run()
    assert "41 rows, 3 columns, missing values: 1" in words_of(app.main)
    assert app.button(key="add_accept").disabled
    assert "Choose below what to predict, then select Apply." in words_of(app.main)
    card_id = app.query_params["adding"]
    app.selectbox(key=f"add_target_{card_id}").set_value("species").run()
    app.button(key="add_again").click().run()
    work()
    app.run()
    shown = words_of(app.main)
    assert "2 classes: a 20, b 20" in shown
    assert "will be left out" in shown
    assert "32 training rows, 8 test rows." in shown
    app.button(key="add_accept").click().run()
    assert own.read_card(alone, card_id).options["target"] == "species"
    assert open_prepared(alone, card_id).spec.features.names == ("height", "sex = f", "sex = m")
    shown = words_of(app.main)
    assert "Our split, seed 0: 32 training rows, 8 test rows." in shown
    assert "Source: added by you; licence: not stated." in words_of(visit("mlp", dataset=card_id).main)
    assert "**height**" in shown
    rows = app.dataframe[0].value
    assert list(rows.columns) == ["height", "sex", "class"]
    assert {(150 + n, "mf"[n % 2], "ab"[n % 2]) for n in range(40)} > set(rows.itertuples(index=False, name=None))
    assert store.runs.list(kind="check") == []
    app = visit("data")
    shown = words_of(app.main)
    assert "**people**" in shown
    assert "Rows of a table, 2 classes · 40 rows of 2 columns" in shown
    assert "Target: **species**" in shown
    links = [link for link in app.get("page_link") if f"dataset={card_id}" in link.proto.query_string]
    assert [link.proto.label for link in links] == ["Train an MLP"]


def test_a_number_is_proposed_to_be_learned_as_one_and_what_cannot_help_is_listed(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    table = CSV.replace("species", "name").replace(",a\n", ",Ann\n").replace(",b\n", ",Ann\n")
    app = send(visit, "A table", "add_table", ("people.csv", table.encode()))
    work()
    app.run()
    card_id = app.query_params["adding"]
    app.selectbox(key=f"add_target_{card_id}").set_value("height").run()
    assert app.selectbox(key=f"add_as_{card_id}").value == "number"
    app.button(key="add_again").click().run()
    work()
    app.run()
    assert "Target: **height**, a number from 150 to 189." in words_of(app.main)
    assert "1 column was left out; it is listed below." in words_of(app.main)
    assert app.table[0].value.to_numpy().tolist() == [["name", "it has a single value"]]
    app.selectbox(key=f"add_as_{card_id}").set_value("category").run()
    assert app.button(key="add_accept").disabled  # what is chosen was not applied
    assert "Select Apply below" in words_of(app.main)
    app.selectbox(key=f"add_as_{card_id}").set_value("number").run()
    app.button(key="add_accept").click().run()
    spec = open_prepared(alone, card_id).spec
    assert (spec.target.name, spec.features.names) == ("height", ("sex = f", "sex = m"))
    assert list(app.dataframe[0].value.columns) == ["sex", "height"]


def test_another_target_takes_the_place_of_the_first(visit: Visit, alone: Settings, work: Callable[[], None]) -> None:
    app = send(visit, "A table", "add_table", ("people.csv", CSV.encode()))
    work()
    app.run()
    card_id = app.query_params["adding"]
    for target in ("species", "sex"):
        app.selectbox(key=f"add_target_{card_id}").set_value(target).run()
        app.button(key="add_again").click().run()
        work()
        app.run()
    assert open_prepared(alone, card_id).spec.classes == ("f", "m")
    app.button(key="add_accept").click().run()
    options = {**own.read_card(alone, card_id).options, "target": "species"}
    with pytest.raises(DatasetError, match="accepted meanwhile"):
        build(alone, card_id, lambda words, share: None, options)
    assert open_prepared(alone, card_id).spec.classes == ("f", "m")


def test_a_look_at_a_table_that_is_refused_keeps_the_table(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    app = send(visit, "A table", "add_table", ("people.csv", CSV.encode()))
    work()
    app.run()
    card_id = app.query_params["adding"]
    app.selectbox(key=f"add_target_{card_id}").set_value("sex").run()
    app.selectbox(key=f"add_as_{card_id}").set_value("number").run()
    app.button(key="add_again").click().run()
    work()
    app.run()
    assert "sex" in said(app.error[0])
    assert app.button(key="add_accept")
    assert own.read_card(alone, card_id).notes["rows"] == 41


def test_a_table_that_an_older_version_described_is_made_ready_in_the_list(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    table = older_table(alone, ME)
    app = visit("data")
    assert said(app.info[0]).startswith("This data has no target to predict yet.")
    assert "20 rows, 2 columns" in words_of(app.main)
    assert app.button(key=f"target_{table}").disabled
    app.selectbox(key=f"add_target_{table}").set_value("sex").run()
    app.button(key=f"target_{table}").click().run()
    assert "Waiting in the queue" in app.get("progress")[0].proto.text
    work()
    app.run()
    assert not app.info
    assert "Target: **sex**, 2 classes: f 10, m 10." in words_of(app.main)
    links = [link for link in app.get("page_link") if f"dataset={table}" in link.proto.query_string]
    assert [link.proto.label for link in links] == ["Train an MLP"]
    assert not app.exception


def test_a_choice_that_is_refused_is_said_and_asked_again(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    table = older_table(alone, ME)
    app = visit("data")
    app.selectbox(key=f"add_target_{table}").set_value("sex").run()
    app.selectbox(key=f"add_as_{table}").set_value("number").run()
    app.button(key=f"target_{table}").click().run()
    work()
    app.run()
    assert said(app.error[0]).startswith("Preparation failed.")
    assert "'sex' does not fit the kind number" in said(app.error[0])
    assert app.button(key=f"target_{table}")


def test_only_its_owner_is_asked_what_to_predict(visit: Visit, alone: Settings) -> None:
    table = older_table(alone, SOMEBODY_ELSE)
    own.update(alone, table, published=True)
    app = visit("data")
    assert said(app.info[0]).startswith("This data has no target to predict yet.")
    assert not [button for button in app.button if button.key == f"target_{table}"]


def test_a_table_of_many_columns_is_known_page_by_page(visit: Visit, alone: Settings, store: Store) -> None:
    prepare(alone, "wine")
    app = visit("data", data_view="Inspect", dataset="wine")
    assert "**alcohol**" in words_of(app.main)
    assert "**proline**" not in words_of(app.main)
    app.number_input(key="know_columns_wine").set_value(3).run()
    assert "**proline**" in words_of(app.main)
    assert "**alcohol**" not in words_of(app.main)
    assert app.dataframe[0].value.shape == (20, 14)
    assert not app.exception
    assert store.runs.list(kind="check") == []


def excel() -> bytes:
    file = io.BytesIO()
    pd.read_csv(io.StringIO(CSV)).to_excel(file, index=False)
    return file.getvalue()


def parquet() -> bytes:
    return pd.read_csv(io.StringIO(CSV)).to_parquet()


@pytest.mark.parametrize(("name", "data"), [("people.xlsx", excel), ("people.parquet", parquet)])
def test_excel_and_parquet_are_tables_too(
    visit: Visit, work: Callable[[], None], name: str, data: Callable[[], bytes]
) -> None:
    app = send(visit, "A table", "add_table", (name, data()))
    work()
    app.run()
    assert "41 rows, 3 columns" in words_of(app.main)


def test_a_text_is_described_and_becomes_data_to_write_on_in_the_tokens_that_are_chosen(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    app = send(visit, "A text", "add_text", ("café.txt", ("Ein Café.\nEin Haus.\n" * 40).encode("latin-1")))
    work()
    app.run()
    shown = words_of(app.main)
    assert "160 words, 80 lines" in shown
    assert "The file was read as Latin-1" in shown
    assert "Café" in app.code[0].value
    [card] = own.cards(alone)
    app.selectbox(key=f"add_unit_{card.id}").set_value("piece").run()
    assert app.button(key="add_accept").disabled
    app.button(key="add_again").click().run()
    work()
    app.run()
    app.button(key="add_accept").click().run()
    spec = open_prepared(alone, card.id).spec
    assert " Café" in spec.features.vocabulary  # type: ignore[union-attr]
    assert isinstance(spec.target, NextToken)


REVIEWS = "id,review,sentiment,length\n" + "".join(
    f"{n},{'a fine' if n % 2 else 'a dull'} film number {n} of mine,{'good' if n % 2 else 'bad'},{n % 5 + n / 100}\n"
    for n in range(40)
)


def test_texts_with_labels_become_data_from_the_columns_that_are_chosen(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    app = send(visit, "Texts with labels", "add_texts", ("reviews.csv", (REVIEWS + "40,,good,1\n").encode()))
    work()
    app.run()
    shown = words_of(app.main)
    assert "1 text without any character was left out." in shown
    assert "32 training texts, 8 test texts." in shown
    [card] = own.cards(alone)
    assert (card.options["text"], card.options["target"], card.options["unit"]) == ("review", "sentiment", "word")
    app.selectbox(key=f"add_target_{card.id}_review").set_value("length")
    app.selectbox(key=f"add_as_{card.id}").set_value("number").run()
    app.button(key="add_again").click().run()
    work()
    app.run()
    app.button(key="add_accept").click().run()
    assert isinstance(open_prepared(alone, card.id).spec.target, Number)


def test_texts_of_one_class_are_refused_by_the_names_of_the_file_and_its_column(
    visit: Visit, work: Callable[[], None]
) -> None:
    rows = "".join(f"text number {n},good\n" for n in range(20))
    app = send(visit, "Texts with labels", "add_texts", ("mine.csv", f"text,mood\n{rows}".encode()))
    work()
    app.run()
    assert "there are too few classes in the column 'mood' of mine.csv" in said(app.error[0])


def test_sounds_are_described_and_become_data_that_a_network_listens_to(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    app = send(visit, "Sounds", "add_sounds", ("tones.zip", sounds()))
    work()
    app.run()
    shown = words_of(app.main)
    assert "8 sounds in 2 classes" in shown
    assert "8,000 Hz (8)" in shown
    assert "high 4, low 4" in shown
    assert "6 training sounds, 2 test sounds" in shown
    card_id = app.query_params["adding"]
    app.button(key="add_accept").click().run()
    assert open_prepared(alone, card_id[0] if isinstance(card_id, list) else card_id).spec.classes == ("high", "low")


def test_a_column_becomes_a_series_to_forecast_with_a_window_that_can_be_changed(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    rows = [f"{day},{number % 7}" for number, day in enumerate(days) if number != 9]
    app = send(visit, "A series", "add_series", ("sales.csv", "\n".join(["day,sold", *rows]).encode()))
    work()
    app.run()
    shown = words_of(app.main)
    assert "A step every day, from 2024-01-01, as the dates say." in shown
    assert "1 of 60 steps had no value" in shown
    card_id = app.query_params["adding"]
    app.number_input(key=f"add_horizon_{card_id}").set_value(2).run()
    assert app.button(key="add_accept").disabled
    app.button(key="add_again").click().run()
    work()
    app.run()
    app.button(key="add_accept").click().run()
    spec = open_prepared(alone, card_id).spec
    assert (spec.features.shape, spec.features.to_dict()["horizon"], spec.test_size) == ((14, 1), 2, 12)
    assert "In the order of time, the last fifth for testing" in words_of(app.main)


def pixels() -> bytes:
    arrays = tiny.arrays()
    rows = np.column_stack([arrays["y_train"], arrays["x_train"].reshape(30, 64)])
    return (
        b"label,"
        + ",".join(f"p{n}" for n in range(64)).encode()
        + b"\n"
        + b"\n".join(",".join(map(str, row)).encode() for row in rows.tolist())
    )


ARRAYS: dict[str, Callable[[], list[tuple[str, bytes]]]] = {
    "pair": lambda: [("few.npy", npy(tiny.arrays()["y_train"])), ("big.npy", npy(tiny.arrays()["x_train"]))],
    "pixels": lambda: [("digits.csv", pixels())],
}


@pytest.mark.parametrize("files", ARRAYS.values(), ids=ARRAYS)
def test_pairs_of_arrays_and_tables_of_pixels_become_images(
    visit: Visit, alone: Settings, work: Callable[[], None], files: Callable[[], list[tuple[str, bytes]]]
) -> None:
    app = send(visit, "Arrays or pixels", "add_arrays", *files())
    work()
    app.run()
    app.button(key="add_accept").click().run()
    (card,) = own.cards(alone)
    data = open_prepared(alone, card.id)
    wanted = {
        image.tobytes(): int(y) for image, y in zip(tiny.arrays()["x_train"], tiny.arrays()["y_train"], strict=True)
    }
    found: dict[bytes, Any] = {}
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        found |= {image.tobytes(): int(data.spec.classes[label]) for image, label in zip(x, y, strict=True)}
    assert found == wanted


def test_files_that_do_not_belong_together_are_not_sent(visit: Visit) -> None:
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value("Arrays or pixels").run()
    app.file_uploader(key="add_arrays").upload("x.npy", npy(np.zeros(3))).run()
    assert "two .npy files" in said(app.warning[0])
    assert not [button for button in app.button if button.key == "add_send"]


def test_what_cannot_be_read_is_refused_in_words_and_nothing_is_kept(
    visit: Visit, alone: Settings, work: Callable[[], None]
) -> None:
    app = send(visit, "A text", "add_text", ("song.txt", bytes(range(256)) * 10))
    work()
    app.run()
    assert said(app.error[0]).startswith("The data was not added.")
    assert own.cards(alone) == []
