"""The lines of several runs in one chart: the component alone, in a page without a server."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pages._ui.components.charts.live_chart import LineChart, RunLines

ROOT = Path(__file__).parents[3]
CHARTS = ROOT / "pages" / "_ui" / "components" / "charts"
LOSS = LineChart("Loss", "nats", ("training", "validation"), (4, 5), (False, True), ".3f")
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"

_START = """async (code) => {
  window.glassboxPlotly = Promise.resolve(window.Plotly);
  const { default: draw } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.send = async (data) => { draw({ data, parentElement: document.body }); await window.glassboxPlotly; };
  window.plot = () => document.querySelector(".plot");
}"""
_LINES = """() => plot().data.map((line) => ({ id: line.uid, x: line.x, y: line.y, color: line.line.color,
  dash: line.line.dash, name: line.name, isShown: line.visible, inLegend: line.showlegend }))"""
_HOVER = """() => { Plotly.Fx.hover(plot(), [{ curveNumber: 2, pointNumber: 1 }]);
  return plot().querySelector(".hoverlayer").textContent; }"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.set_content("<div class='charts'></div>")
    page.add_script_tag(path=ROOT / "static" / "plotly-basic.min.js")
    page.evaluate(_START, "".join((CHARTS / name).read_text() for name in ("plotly.js", "live_chart.js")))
    yield page
    page.close()
    assert not errors


def rows(*steps: int) -> list[list[float | None]]:
    return [[step + 1, step, step / 10, step / 2, 1 / (1 + step), 0.5 if step % 2 else None] for step in steps]


def send(page: Page, *runs: RunLines) -> list[dict[str, Any]]:
    """Let the browser be sent what is new, and return its lines."""
    data = {"charts": [{**vars(LOSS), "colors": [BLUE, ORANGE]}], "runs": [vars(run) for run in runs], "note": ""}
    page.evaluate("(data) => send(JSON.parse(data))", json.dumps(data))
    return page.evaluate(_LINES)


def run_a(new: Sequence[Sequence[float | None]], generation: int = 0) -> RunLines:
    return RunLines("a", generation, "narrow <b>", BLUE, new)


def run_b(new: Sequence[Sequence[float | None]]) -> RunLines:
    return RunLines("b", 0, "wide", GREEN, new)


def test_colour_tells_the_run_and_dash_the_metric_and_hover_names_both(page: Page) -> None:
    lines = send(page, run_a(rows(0, 1, 2)), run_b(rows(0, 1)))
    looks = [(line["id"], line["color"], line["dash"], line["x"]) for line in lines]
    assert looks == [
        ("a_0", BLUE, "solid", [0, 1, 2]),
        ("a_1", BLUE, "dash", [1]),
        ("b_0", GREEN, "solid", [0, 1]),
        ("b_1", GREEN, "dash", [1]),
    ]
    expect(page.get_by_role("group", name="Runs").get_by_role("button")).to_have_text(["narrow <b>", "wide"])
    expect(page.locator(".dashes")).to_have_text("solid: training, dashed: validation")
    hover = page.evaluate(_HOVER)
    assert [part in hover for part in ("wide", "training", "0.500", "step 1")] == [True] * 4


def test_one_run_has_a_colour_for_each_metric_and_no_list_of_runs(page: Page) -> None:
    lines = send(page, run_a(rows(0, 1, 2)))
    assert [(line["name"], line["color"], line["dash"]) for line in lines] == [
        ("training", BLUE, "solid"),
        ("validation", ORANGE, "solid"),
    ]
    assert all(line["inLegend"] for line in lines)
    expect(page.get_by_role("group", name="Runs").get_by_role("button")).to_have_count(0)
    expect(page.locator(".dashes")).to_be_empty()


def test_points_are_added_once_and_a_new_generation_starts_its_run_anew(page: Page) -> None:
    send(page, run_a(rows(0, 1)), run_b(rows(0)))
    lines = send(page, run_a(rows(1, 2)), run_b([]))
    assert [line["x"] for line in lines] == [[0, 1, 2], [1], [0], []]
    lines = send(page, run_a(rows(0), generation=1), run_b(rows(1)))
    assert [line["x"] for line in lines] == [[0], [], [0, 1], [1]]


def test_a_zoom_and_a_run_that_was_hidden_stay_so_while_points_come_in(page: Page) -> None:
    send(page, run_a(rows(0, 1)), run_b(rows(0, 1)))
    page.evaluate("() => Plotly.relayout(plot(), { 'xaxis.range': [0.5, 1.5], 'xaxis.autorange': false })")
    page.get_by_role("button", name="wide").click()
    lines = send(page, run_a(rows(2)), run_b(rows(2)))
    assert [line["isShown"] for line in lines] == [True, True, False, False]
    assert page.evaluate("() => plot().dataset.range") == "[0.5,1.5]"
    expect(page.get_by_role("button", name="wide")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="wide").click()
    assert [line["isShown"] for line in page.evaluate(_LINES)] == [True] * 4


def test_smoothing_draws_each_line_twice(page: Page) -> None:
    send(page, run_a(rows(0, 1)), run_b(rows(0, 1)))
    page.get_by_role("button", name="Smooth").click()
    ids = [line["id"] for line in page.evaluate(_LINES)]
    assert ids == ["a_0_raw", "a_1", "b_0_raw", "b_1", "a_0_smoothed", "b_0_smoothed"]
