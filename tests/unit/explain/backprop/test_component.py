"""The graph of one step in a browser: what it says is what was computed, and what is read adds up."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from core.explain.backprop.one_step import answer_of
from core.figures.inside.tiles import packed_floats
from tests.support.one_step import chain_of

CODE = Path(__file__).parents[4] / "pages/_ui/components"
FILES = (
    "layers/arithmetic",
    "layers/paint",
    "backprop/numbers",
    "backprop/graph",
    "backprop/written",
    "backprop/backward",
    "backprop/update",
    "backprop/backprop",
)
MOUNT = """
window.sent = [];
const setStateValue = (name, value) => sent.push([name, value]);
window.mount = (data) => draw_it({ data, parentElement: document.body, setStateValue });
"""
ASKED = {"rules": [{"id": "sgd", "settings": {"rate": 0.1}, "averages": [], "t": 1}], "by": 0, "taken": 0, "shown": {}}
X, WANTED = np.array([[0.5, -1.5], [1.0, 2.0]]), np.array([1.0, 0.0])


@pytest.fixture(scope="module")
def page(browser: Browser) -> Any:
    page = browser.new_page()
    page.set_content("<div class='backprop' style='width: 800px'></div>")
    code = "".join((CODE / f"{name}.js").read_text() for name in FILES)
    page.add_script_tag(content=code.replace("export default function", "function draw_it") + MOUNT)
    yield page
    page.close()


def mount(page: Page, **asked: Any) -> dict[str, np.ndarray]:
    found = answer_of(chain_of(), X, WANTED, {**ASKED, **asked}, np.zeros((0, 0)))
    about = json.loads(found.pop("about").tobytes())
    for rule in about["rules"]:
        rule |= {"title": "SGD", "isOwn": True}
    places, at = {}, 0
    for name, array in found.items():
        places[name] = {"at": at, "shape": array.shape}
        at += array.size
    names = [["x", "y"], ["h1", "h2", "h3", "h4"], ["blue", "orange"]]
    data = {"about": about, "arrays": places, "floats": packed_floats(*found.values()), "names": names}
    data |= {
        "mark": "m",
        "taken": asked.get("taken", 0),
        "by": 0,
        "words": "",
        "locks": {"dense_1": {"2": "saturated since step 7"}},
        "examples": ["this", "that"],
        "most": 50,
        "colours": {"blue": "blue", "vermilion": "red", "green": "green"},
    }
    page.evaluate("mount", data)
    return {**found, "loss": about["loss"]}


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def test_a_clicked_weight_is_written_out_and_a_step_asks_for_the_next_numbers(page: Page) -> None:
    found = mount(page)
    page.get_by_label("To", exact=True).select_option("1.2")
    page.get_by_label("From", exact=True).select_option("1")
    weight, gradient, after = (number(text) for text in page.locator(".sum b").all_inner_texts())
    expected = [found[f"{name}/1"][1, 2] for name in ("weights", "gradients")]
    np.testing.assert_allclose([weight, gradient], expected, rtol=1e-3)
    assert after == pytest.approx(weight - 0.1 * gradient, abs=2e-3)
    assert "This unit is saturated since step 7" in page.locator(".written").inner_text()
    for phase in ("Forward", "Backward"):
        page.get_by_role("button", name=phase).click()
        *parts, total = (number(text) for text in page.locator(".written td:last-child").all_inner_texts())
        assert sum(parts) == pytest.approx(total, abs=1e-9), "what is read adds up"
    assert "the same slope" in page.locator(".written").inner_text()
    page.get_by_role("button", name="Update").click()
    assert "Minus, not plus" in page.locator(".written").inner_text()
    assert re.search(r"falls by .* rises by", page.locator(".written").inner_text(), re.DOTALL)
    page.get_by_role("button", name="Take the step").click()
    assert page.evaluate("sent") == [["walked", {"mark": "m", "taken": 1, "by": 0}]]
    stepped = mount(page, taken=1)
    assert number(page.locator(".sum b").first.inner_text()) == pytest.approx(after, abs=2e-3)
    assert stepped["loss"] < found["loss"]
    page.locator(".unit").last.dispatch_event("click")
    page.locator(".graph").press("ArrowLeft")
    assert page.get_by_label("To", exact=True).input_value().startswith("1.")


def test_a_step_far_too_long_is_said_to_be_that(page: Page) -> None:
    mount(page, rules=[{"id": "sgd", "settings": {"rate": 1e308}, "averages": [], "t": 1}])
    page.get_by_role("button", name="Update").click()
    assert "becomes \N{INFINITY}, it rises by \N{INFINITY}" in page.locator(".written").inner_text()
    mount(page, rules=[{"id": "sgd", "settings": {"rate": 1e308}, "averages": [], "t": 1}], taken=1)
    assert "loss not a number" in page.locator(".where").inner_text()


def test_rounded_terms_add_up_to_their_rounded_sum(page: Page) -> None:
    rng = np.random.default_rng(0)
    for terms in [*(rng.normal(size=9) * 10.0 ** rng.integers(-6, 4, 9) for _ in range(20)), np.zeros(2)]:
        read = page.evaluate("(terms) => adding(terms)", terms.tolist())
        numbers = [number(text) for text in read["terms"]]
        assert sum(numbers) == pytest.approx(number(read["total"]), rel=1e-9, abs=1e-12)
        np.testing.assert_allclose(numbers, terms, atol=2e-3 * (np.abs(terms).max() or 1))
