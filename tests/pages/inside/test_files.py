"""Inside, files: what is shown can be taken along, as picture, arrays and table."""

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pages._ui.inside.files import by_place
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import PastRuns, look

Saved = dict[str, bytes]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """What each button would save, by the name of the file."""
    files: Saved = {}

    def button(label: str, data: Callable[[], bytes], file: str, key: str, help: str) -> None:
        files[file] = data()

    monkeypatch.setattr("pages._ui.inside.files._button", button)
    return files


def test_the_maps_of_an_opened_layer_and_an_opened_map_can_be_saved(
    visit: Visit, past: PastRuns, probe: FakeProbe, saved: Saved
) -> None:
    run = past.finished(changes=["layers=conv:2,pool,flatten"])
    link = {"run": run.id, "inside_input": "test.1"}
    visit("inside", **link)
    assert not saved
    maps = look(100)["maps/conv_1"]
    visit("inside", **link, inside_open="conv_1")
    name = f"inside-{run.id}-step-100-conv_1"
    assert sorted(saved) == [f"{name}.csv", f"{name}.npz", f"{name}.png"]
    assert np.array_equal(np.load(io.BytesIO(saved[f"{name}.npz"]))["opened"], maps)
    table = pd.read_csv(io.BytesIO(saved[f"{name}.csv"]))
    assert np.allclose(maps[tuple(table[axis] for axis in ("row", "column", "channel"))], table["value"])
    assert len(table) == maps.size
    assert min(Image.open(io.BytesIO(saved[f"{name}.png"])).size) > 2 * maps.shape[0], "some beside and below others"
    saved.clear()
    visit("inside", **link, inside_open="conv_1.1")
    one = pd.read_csv(io.BytesIO(saved[f"inside-{run.id}-step-100-conv_1-1.csv"]))
    assert np.allclose(one["value"], maps[..., 1].ravel())


def test_a_table_has_a_line_for_each_place() -> None:
    image, map_ = np.arange(6, dtype=np.uint8).reshape(2, 3, 1), np.linspace(0, 1, 6).reshape(2, 3)
    table = by_place({"attribution": map_, "input": image, "answers": np.ones(10)})
    assert table.columns.tolist() == ["row", "column", "attribution", "input"]
    assert table.iloc[-1].tolist() == [1, 2, 1.0, 5]
    assert by_place({"changed": np.array([3.0, 4.0])}, ("age", "weight"))["column"].tolist() == ["age", "weight"]
