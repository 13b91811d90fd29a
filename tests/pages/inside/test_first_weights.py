"""The view First weights: the same network begun in several ways."""

from typing import Any

import numpy as np
import pytest

from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import data_of, words_of

GRADIENTS = {"zeros": 0.0, "tiny": 1e-9, "glorot_uniform": 0.02, "he_normal": 0.03, "huge": 0.5}


def test_each_beginning_has_a_line_and_a_sentence(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def found(first: float, spread: float) -> dict[str, np.ndarray]:
        sizes = {"output/dense_1": spread, "gradient/dense_1": first, "gradient/logits": 2 * first}
        return {name: np.array(size) for name, size in sizes.items()}

    def untrained(store: Any, run: Any, config: Any, method: str, *given: Any, **more: Any) -> dict[str, np.ndarray]:
        begun.append(config.initializer)
        return found(GRADIENTS[config.initializer], 99.0 if config.initializer == "huge" else 1.0)

    monkeypatch.setattr("pages._ui.inside.signals.view.ask_untrained", untrained)
    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", lambda *given, **more: found(0.1, 1.0))
    run = past.finished(family="mlp", preset="digits")
    app = visit("inside", run=run.id, inside_view="First weights")
    assert not app.exception
    assert begun == list(GRADIENTS)
    words = words_of(app)
    assert "**Zero**: no weight gets a gradient" in words
    assert "**Tiny**: the first layer's gradient is 1e-09: it hardly learns" in words
    assert "**Glorot**: the first layer's gradient is 0.5 times the last one's" in words
    assert "**Huge**: outputs spread over 99" in words
    for key in ("signals_outputs", "signals_gradients"):
        assert data_of(app, key)["figure"].count('"name":') == len(GRADIENTS) + 1
