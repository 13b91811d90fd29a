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


def send(page: Page, *runs: RunLines, charts: Sequence[LineChart] = (LOSS,)) -> list[dict[str, Any]]:
    """Let the browser be sent what is new, and return its lines."""
    drawn = [{**vars(chart), "colors": [BLUE, ORANGE]} for chart in charts]
    data = {"charts": drawn, "runs": [vars(run) for run in runs], "note": ""}
    page.evaluate("(data) => send(JSON.parse(data))", json.dumps(data))
    return page.evaluate(_LINES)


def run_of(name: str, *values: float, set: str = "", examples: float = 0.0) -> RunLines:
    new = [[at + 1, at, at / 10, at / 2, value, None] for at, value in enumerate(values)]
    return RunLines(name, 0, f"run {name}", BLUE, new, examples, set)


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
    page.get_by_role("slider", name="Smoothing").fill("0.9")
    ids = [line["id"] for line in page.evaluate(_LINES)]
    assert ids == ["a_0_raw", "a_1", "b_0_raw", "b_1", "a_0_smoothed", "b_0_smoothed"]


def test_seeds_are_one_mean_with_a_band_where_all_of_them_have_a_value(page: Page) -> None:
    lines = send(page, run_of("a", 1.0, 4.0, 9.0, set="s"), run_of("b", 3.0, 2.0, set="s"), run_of("c", 5.0))
    by_id = {line["id"]: line for line in lines}
    assert by_id["s_0"]["y"] == [2.0, 3.0]
    assert by_id["s_0_band"]["y"] == [3.0, 4.0, 2.0, 1.0]  # there above, back below
    assert by_id["s_0_band"]["x"] == [0, 1, 1, 0]
    assert by_id["c_0"]["y"] == [5.0]
    expect(page.get_by_role("group", name="Runs").get_by_role("button")).to_have_text(["run c", "run a"])
    expect(page.locator(".note")).to_contain_text("from the lowest to the highest of the seeds")


def test_examples_or_a_metric_can_be_the_axis(page: Page) -> None:
    send(page, run_a(rows(0, 1, 2)), run_of("c", 0.5, 0.4, examples=1000.0))
    page.get_by_role("button", name="Examples").click()
    by_id = {line["id"]: line["x"] for line in page.evaluate(_LINES)}
    assert by_id["c_0"] == [0, 100]
    assert by_id["a_0"] == []  # how many it has seen is not known
    page.get_by_role("combobox").select_option("Loss, validation")
    by_id = {line["id"]: line for line in page.evaluate(_LINES)}
    assert (by_id["a_0"]["x"], by_id["a_0"]["y"]) == ([0.5, 0.5], [1 / 2, 1 / 3])  # its last value so far
    expect(page.locator(".xtitle")).to_have_text("loss, validation (nats)")


def test_what_is_pointed_at_and_zoomed_in_one_chart_is_so_in_the_others(page: Page) -> None:
    other = LineChart("Again", "nats", ("training", "validation"), (4, 5), (False, True), ".3f")
    send(page, run_a(rows(0, 1, 2)), run_b(rows(0, 1, 2)), charts=(LOSS, other))
    page.locator(".plot").first.scroll_into_view_if_needed()
    at = page.evaluate(
        """() => { const { left, top } = plot().getBoundingClientRect(), { xaxis, yaxis } = plot()._fullLayout;
        return [left + xaxis._offset + xaxis.d2p(1), top + yaxis._offset + yaxis.d2p(0.5)]; }"""
    )
    page.mouse.move(at[0] - 2, at[1])
    page.mouse.move(*at)
    expect(page.locator(".plot").nth(1).locator(".hoverlayer")).to_contain_text("step 1")
    page.evaluate("() => Plotly.relayout(plot(), { 'xaxis.range': [0.5, 1.5] })")
    shown = "() => [...document.querySelectorAll('.plot')].map((one) => one._fullLayout.xaxis.range)"
    assert page.evaluate(shown) == [[0.5, 1.5], [0.5, 1.5]]
    send(page, run_a(rows(3)), run_b([]), charts=(LOSS, other))
    assert page.evaluate(shown) == [[0.5, 1.5], [0.5, 1.5]]
