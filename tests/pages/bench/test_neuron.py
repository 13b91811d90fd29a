"""The bench for one neuron: its points, and the arithmetic that runs in the browser."""

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from pages._ui.bench.neuron import points_near_line
from tests.pages.conftest import Visit
from tests.support.reading import data_of

CODE = Path(__file__).parents[3] / "pages/_ui/components/neuron/descent.js"
PLACE, RATE = [0.7, -1.2], 0.1


def test_it_opens_with_points_that_follow_its_controls(visit: Visit) -> None:
    app = visit("neuron")
    assert not app.exception
    assert data_of(app, "neuron")["points"] == points_near_line(0.3, has_outliers=False).round(4).tolist()
    app.slider(key="neuron_noise").set_value(0.0).run()
    x, y = np.transpose(data_of(app, "neuron")["points"])
    np.testing.assert_allclose(y, 0.8 * x - 0.4, atol=2e-4)
    app.toggle(key="neuron_outliers").set_value(True).run()
    x, y = np.transpose(data_of(app, "neuron")["points"])
    assert (y - (0.8 * x - 0.4) > 2.9).sum() == 3


def test_the_browser_goes_down_the_slope_to_the_least_squares(browser: Browser) -> None:
    points, page = points_near_line(0.3, has_outliers=True), browser.new_page()
    page.add_script_tag(content=CODE.read_text())
    asked = "[lossOf(points, place), gradientOf(points, place), descend(points, place, rate), bestOf(points)]"
    given = {"points": points.tolist(), "place": PLACE, "rate": RATE}
    loss, gradient, after, best = page.evaluate(f"({{ points, place, rate }}) => {asked}", given)
    page.close()
    x, y = points.T
    error = PLACE[0] * x + PLACE[1] - y
    np.testing.assert_allclose(loss, np.mean(error**2))
    np.testing.assert_allclose(gradient, [2 * np.mean(error * x), 2 * np.mean(error)])
    np.testing.assert_allclose(after, np.array(PLACE) - RATE * np.array(gradient))
    np.testing.assert_allclose(best, np.polyfit(x, y, 1))
