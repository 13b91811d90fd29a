"""The MLP page's Code view: a run's training in NumPy alone."""

import io
import zipfile

import numpy as np
import pytest

from core.program.scratch.start import zipped
from core.store import Run, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions


@pytest.fixture
def run(past: PastRuns, store: Store) -> Run:
    run = past.finished(family="mlp", preset="xor", dataset="xor")
    shapes = [(2, 8), (8,), (8, 2), (2,)]
    for step in (0, 100):
        weights = {f"weights/{k:04d}": np.full(shape, step, np.float32) for k, shape in enumerate(shapes)}
        store.files(run.id).save_snapshot(step, weights)
    return run


def test_a_run_that_has_ended_is_offered_in_numpy_with_the_file_it_loads(visit: Visit, run: Run, store: Store) -> None:
    app = visit("mlp", mlp_view="Code", run=run.id)
    assert "keras.Model" in app.code[0].value
    app.segmented_control(key="code_as").set_value("NumPy from scratch").run()
    assert not app.exception
    assert "def backward(x, y):" in app.code[0].value
    assert "keras" not in app.code[0].value
    assert app.download_button(key="code_numpy").label == "Both files"
    with zipfile.ZipFile(io.BytesIO(zipped(store, run, ME, "from_scratch"))) as both:
        assert both.read("from_scratch.py").decode().rstrip() == app.code[0].value
        with np.load(io.BytesIO(both.read("start.npz"))) as start:
            assert start["order"].shape == (1, 900)
            np.testing.assert_array_equal(start["last_kernel_1"], np.full((8, 2), 100))


def test_without_such_a_run_it_says_when_it_appears(visit: Visit, run: Run) -> None:
    app = visit("mlp", mlp_view="Code", run=run.id)
    app.segmented_control(key="code_as").set_value("NumPy from scratch").run()
    app.slider(key="mlp_epochs").set_value(3).run()
    assert not app.code
    assert "when a run with these settings has ended" in app.info[0].value


def test_of_private_data_it_is_shown_but_its_weights_are_not_given_away(
    visit: Visit, past: PastRuns, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.studio.code.may_export", lambda store, run, actor: False)
    app = visit("mlp", mlp_view="Code", run=run.id)
    app.segmented_control(key="code_as").set_value("NumPy from scratch").run()
    assert "only those who may see the data can download" in captions(app)
    assert not app.download_button
