"""One step of a GAN, taken apart on the page."""

from typing import Any

import numpy as np
import pytest

from core.analysis.gan.one_step import d_loss, g_loss
from core.families.gan.config import GanConfig
from core.store import Store
from core.store.metrics import Point
from pages._ui.gan.one_step import PARTS, SHOWN
from tests.pages.conftest import LONGEST_RUN_S, Visit
from tests.pages.gan.test_page import a_run
from tests.support.reading import data_of, said
from tests.support.tab import Tab

ON_REAL, ON_FAKE = np.linspace(0, 2, SHOWN), np.linspace(-2, 1, SHOWN)


@pytest.fixture(autouse=True)
def _probe(probe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(settings: Any, subject: Any, method: str, given: np.ndarray, **more: Any) -> dict[str, np.ndarray]:
        if method == "samples":
            return {"samples/images": np.zeros((len(given), 28, 28, 1), np.uint8)}
        assert (subject.part, method, given.shape) == ("discriminator", "answer", (2 * SHOWN, 28, 28, 1))
        return {"score": np.concatenate([ON_REAL, ON_FAKE])[:, None]}

    monkeypatch.setattr("core.probe.client.ask", ask)
    monkeypatch.setattr("pages._ui.gan.snapshot.PATIENCE_S", LONGEST_RUN_S)


@pytest.fixture
def app(visit: Visit, store: Store) -> Tab:
    run = a_run(store)
    store.metrics.append(run.id, [Point(900, 0, 18.0, {"d_loss": 1.234, "g_gradient_norm": 0.0567})])
    return visit("gan", run=run.id, gan_view="One step")


def part(app: Tab, name: str) -> Tab:
    return app.segmented_control(key="step_part").set_value(name).run()


def test_it_begins_with_noise_that_becomes_images(app: Tab) -> None:
    assert not app.exception
    assert any("64 random numbers" in said(text) and "64×28×28×1" in said(text) for text in app.markdown)
    assert len(data_of(app, "step_made")["pictures"]) == SHOWN


def test_d_says_how_real_each_is(app: Tab) -> None:
    part(app, PARTS[1])
    shown = data_of(app, "step_real")["pictures"]
    assert [picture["below"] for picture in shown] == [f"{100 / (1 + np.exp(-s)):.0f} % real" for s in ON_REAL]


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        (PARTS[2], d_loss("non_saturating", ON_REAL, ON_FAKE, GanConfig().label_smoothing)),
        (PARTS[3], g_loss("non_saturating", ON_FAKE)),
    ],
)
def test_the_formulas_hold_the_numbers_of_these_images(app: Tab, name: str, loss: Any) -> None:
    part(app, name)
    assert [formula.value.strip("$\n") for formula in app.latex] == [loss.formula, loss.filled]


def test_what_training_noted_of_this_step_stands_beside(app: Tab) -> None:
    part(app, PARTS[2])
    assert any("step 900 had 1.234" in said(caption) for caption in app.caption)
    part(app, PARTS[4])
    assert any("gradient norm 0.0567; one update by Adam, rate 0.002" in said(text) for text in app.markdown)


def test_points_have_the_plane_instead(visit: Visit, store: Store) -> None:
    run = a_run(store, dataset="ring", preset="ring")
    assert "The plane" in said(visit("gan", run=run.id, gan_view="One step").info[-1])


def test_hinge_scores_are_said_as_they_are(visit: Visit, store: Store) -> None:
    run = a_run(store, config=GanConfig(loss="hinge").to_dict())
    app = part(visit("gan", run=run.id, gan_view="One step"), PARTS[1])
    assert any("its score: above 0 means real." in said(text) for text in app.markdown)
    assert [picture["below"] for picture in data_of(app, "step_real")["pictures"]] == [f"{s:.2f}" for s in ON_REAL]
