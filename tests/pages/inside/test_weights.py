"""Inside, Weights: the kernels of a layer at the chosen moment, and what all layers put out."""

from typing import Any

import numpy as np
import pytest

from core.errors import ProbeError
from core.explain.weights import histogram
from core.store import Store
from pages._ui.components.timeline.timeline import Moved
from tests.pages.conftest import Visit
from tests.pages.data.test_private_data import private
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, data_of, said, words_of

__all__ = ["private"]

COUNTS, EDGES = histogram(np.array([-1.0, 0.5]))
WEIGHTS = {
    "layers": np.array(2),
    **{f"counts/{name}": COUNTS for name in ("conv_1", "conv_2")},
    **{f"edges/{name}": EDGES for name in ("conv_1", "conv_2")},
    **{f"numbers/{name}": np.array([0.0, 0.5, 1.0, 0.0]) for name in ("conv_1", "conv_2")},
    "shape/conv_1": np.array([3, 3, 1, 4]),
    "shape/conv_2": np.array([3, 3, 4, 8]),
}
OUTPUTS = {
    "examples": np.array(256),
    "counts/conv_1": COUNTS,
    "edges/conv_1": EDGES,
    "shares/conv_1": np.array([0.5, np.nan]),
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str, dict[str, Any]]]:
    """What the page asks about a snapshot."""
    found: list[tuple[int, str, dict[str, Any]]] = []

    def answer(store: Any, run: Any, step: int, method: str, given: Any, **options: Any) -> dict[str, np.ndarray]:
        known = {key: options[key] for key in ("layer", "channel", "split") if key in options}
        found.append((step, method, known))
        if method == "kernels":
            return {"kernels": np.ones((3, 3, 1, 4), np.float32)}
        return {"weights": WEIGHTS, "activations": OUTPUTS}[method]

    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", answer)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    return found


def test_kernels_histograms_and_shares_of_the_chosen_moment_are_shown(
    visit: Visit, past: PastRuns, store: Store, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = past.finished()
    dead = np.array([[[True, False, False, False]]])  # as Layers marks it
    store.files(run.id).save_snapshot(100, {**store.files(run.id).load_snapshot(100), "dead/conv_1": dead})
    app = visit("inside", run=run.id, inside_view="Weights")
    assert not app.exception
    assert not app.error
    assert "conv_1: 4 of 3×3" in data_of(app, "weights_kernels")["pictures"][0]["title"]
    table = app.dataframe[0].value
    assert table["Layer"].tolist() == ["conv_1", "conv_2"]
    assert (table["Dead"][0], table["Zeros"][0]) == (0.25, 0.5)
    assert np.isnan(table["Dead"][1])
    assert "Saturated" not in table, "no layer here can be"
    assert "Most dead units: 25 % of conv_1." in captions(app)
    monkeypatch.setattr("pages._ui.inside.page.moved", lambda key: Moved(3, 0))
    app.run()
    assert {step for step, *_ in asked[-4:]} == {0}


def test_a_deeper_layer_shows_the_kernels_of_one_input_channel(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run = past.finished()
    app = visit("inside", run=run.id, inside_view="Weights")
    app.selectbox(key=f"weights_layer_{run.id}_network").select("conv_2").run()
    app.select_slider(key=f"weights_channel_{run.id}_network_conv_2").set_value(3).run()
    assert (100, "kernels", {"layer": "conv_2", "channel": 3}) in asked
    app.segmented_control(key=f"weights_split_{run.id}").set_value("training").run()
    assert (100, "activations", {"split": "training"}) in asked


def test_a_stranger_sees_how_weights_are_spread_but_not_the_weights_or_what_private_examples_give(
    visit: Visit, past: PastRuns, asked: list[Any], private: str
) -> None:
    app = visit("inside", key="c" * 32, run=past.finished(dataset=private).id, inside_view="Weights")
    assert not app.error
    assert "The weights of this network one by one are shown only to the owner" in words_of(app)
    assert not app.dataframe
    assert {method for _, method, _ in asked} == {"weights"}


def test_what_the_probe_refuses_is_said(visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **options: Any) -> None:
        raise ProbeError("it cannot say")

    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", refuse)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    app = visit("inside", run=past.finished().id, inside_view="Weights")
    assert "it cannot say." in [said(error) for error in app.error]
