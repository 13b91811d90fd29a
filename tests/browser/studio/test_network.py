"""The living network: the component alone, in a page without a server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.families.cnn import CnnConfig, build_networks
from core.figures.network.architecture import network_stages
from core.figures.network.frame import make_frame
from core.layers.blocks import Conv, Dense, Flatten, LayerBlock
from pages._ui.components.network import network
from tests.support import tiny

NETWORK = Path(network.__file__).with_suffix("")
LAYERS = (Conv(filters=2), Flatten(), Dense(units=3))

_START = """async (code) => {
  const { default: draw } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.told = [];
  const tell = (name, value) => window.told.push([name, value]);
  window.send = (data) => draw({ data, parentElement: document.body, setTriggerValue: tell, setStateValue: tell });
}"""
_PIXEL = """(name) => [...document.querySelector(`[data-layer=${name}] canvas`).getContext("2d")
  .getImageData(0, 0, 1, 1).data].join()"""
_WATCH = f"""(name) => {{
  window.watched = new Set();
  const look = () => {{ watched.add(({_PIXEL})(name)); requestAnimationFrame(look); }};
  look();
}}"""
DARK, BRIGHT = "68,1,84,255", "253,231,37,255"  # the ends of the scale of amounts


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 900, "height": 600})
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.set_content("<div class='network'></div>")
    page.add_style_tag(path=NETWORK.with_suffix(".css"))
    page.evaluate(_START, NETWORK.with_suffix(".js").read_text())
    yield page
    page.close()
    assert not errors


def send(
    page: Page, first: float | None, layers: tuple[LayerBlock, ...] = LAYERS, *, has_dead: bool = False, **more: Any
) -> None:
    """Send a network whose first map is of one value in its first pixel; without a frame if there is none.

    The first map and the second unit may be dead.
    """
    drawn = network_stages(build_networks(CnnConfig(layers=layers), tiny.SPEC)[0])
    maps = np.zeros((6, 6, 2), np.float32)
    maps[0, 0, 0], maps[5, 5, 1] = first or 0, 1
    arrays = {
        "maps/conv_1": maps,
        "kernels/conv_1": np.ones((3, 3, 1, 2), np.float32),
        "units/dense_1": np.array([1, -1, 0.5], np.float32),
        "units/logits": np.array([-2, 1.5, 0], np.float32),
        "probabilities": np.array([0.03, 0.95, 0.02], np.float32),
    }
    if has_dead:
        arrays |= {"dead/conv_1": np.array([[[True, False]]]), "dead/dense_1": np.array([False, True, False])}
    frame = None if first is None else make_frame(arrays, tiny.arrays()["x_train"][0], tiny.SPEC).to_json()
    data = {
        **network.scene_of([drawn], tiny.SPEC),
        "frame": frame,
        "scales": network.SCALES,
        "identity": "",
        "snapshot": "0",
        "edited": [],
        **more,
    }
    page.evaluate("(data) => send(JSON.parse(data))", json.dumps(data))


def box(page: Page, name: str) -> Any:
    return page.locator(f"[data-layer={name}]")


def detail(page: Page) -> Any:
    return page.locator(".detail")


def test_a_click_enlarges_a_layer_with_its_kernels_and_tells_which(page: Page) -> None:
    send(page, 1)
    expect(detail(page)).to_be_hidden()
    box(page, "conv_1").click()
    expect(detail(page).locator("header")).to_contain_text("conv_1")
    expect(detail(page).locator("header")).to_contain_text("20 parameters")
    expect(detail(page).locator(".tile")).to_have_count(2)
    expect(detail(page).locator(".tile").first.locator("canvas")).to_have_count(2)  # kernel and map
    expect(detail(page).locator("figcaption")).to_have_text(["1", "2"])
    assert page.evaluate("told") == [["chosen", ["conv_1"]]]
    detail(page).get_by_role("button", name="Close").click()
    expect(detail(page)).to_be_hidden()
    expect(box(page, "conv_1")).to_be_focused()


def test_the_first_kernels_stand_on_their_arrow_and_what_is_dead_is_crossed_out_and_said(page: Page) -> None:
    send(page, None)
    expect(page.locator(".kernels")).to_have_count(0)
    send(page, 1, has_dead=True)
    expect(page.locator(".kernels canvas")).to_have_attribute("data-maps", "2")
    places = [
        page.locator(name).bounding_box()["x"] for name in ("[data-layer=rescale]", ".kernels", "[data-layer=conv_1]")
    ]
    assert places == sorted(places)
    expect(box(page, "conv_1").locator("canvas")).to_have_attribute("data-dead", "1")
    expect(box(page, "conv_1")).to_have_attribute("title", re.compile("1 of 2 dead: 0 for every example looked at$"))
    expect(box(page, "dense_1").locator("small")).to_have_text("1 of 3 dead")
    page.locator(".kernels").click()
    expect(detail(page).locator("figcaption")).to_have_text(["1 dead", "2"])
    send(page, 1)
    expect(page.locator("canvas:not([data-dead='0']):is([data-dead])")).to_have_count(0)
    expect(detail(page).locator("figcaption")).to_have_text(["1", "2"])


def test_a_new_frame_fades_to_its_values_and_stays_enlarged(page: Page) -> None:
    send(page, 0)
    assert page.evaluate(_PIXEL, "conv_1") == DARK
    box(page, "conv_1").click()
    page.evaluate(_WATCH, "conv_1")
    send(page, 1)
    page.wait_for_function(f"() => watched.has('{BRIGHT}')")
    colors = page.evaluate("[...watched]")
    assert (colors[0], colors[-1]) == (DARK, BRIGHT)
    assert len(colors) > 2
    expect(detail(page)).to_be_visible()


def test_who_wants_no_motion_sees_the_new_values_at_once(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    send(page, 0)
    send(page, 1)
    assert page.evaluate(_PIXEL, "conv_1") == BRIGHT


def test_the_last_layer_is_the_answer_and_logits_are_named_by_their_classes(page: Page) -> None:
    send(page, 1)
    expect(box(page, "probabilities").locator(".row")).to_have_text(["a3 %", "b95 %", "c2 %"])
    expect(box(page, "probabilities").locator(".row.best")).to_have_text("b95 %")
    box(page, "logits").click()
    said = [r"^a-2\.00$", r"^b1\.[45]\d$", r"^c0\.00\d*$"]  # to a 255th of the scale
    expect(detail(page).locator(".row")).to_have_text([re.compile(words) for words in said])
    expect(detail(page).locator(".row.negative")).to_have_text("a-2.00")


def test_layers_that_pass_on_are_narrow_and_without_a_frame_all_are_glyphs(page: Page) -> None:
    send(page, None)
    expect(page.locator(".box svg")).to_have_count(7)
    expect(page.locator(".box canvas")).to_have_count(0)
    wide, narrow = (box(page, name).bounding_box()["width"] for name in ("conv_1", "flatten_1"))
    assert narrow < wide / 2
    box(page, "flatten_1").click()
    expect(detail(page)).to_contain_text("there is nothing new to see")


def test_what_cannot_be_built_and_what_is_not_reached_say_so(page: Page) -> None:
    send(page, None, (Flatten(), Conv(), Dense()))
    expect(box(page, "conv_1")).to_contain_text("cannot be built")
    expect(page.locator(".fault")).to_have_count(1)
    expect(box(page, "dense_1")).to_contain_text("not reached")
    expect(page.get_by_role("button", name="dense_1, not reached")).to_have_count(1)


def test_arrows_walk_from_layer_to_layer_enter_enlarges_and_escape_closes(page: Page) -> None:
    send(page, 1)
    page.keyboard.press("Tab")
    expect(box(page, "input")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(box(page, "conv_1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(detail(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(detail(page)).to_be_hidden()
    page.keyboard.press("End")
    expect(box(page, "probabilities")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".box:focus")).to_have_count(0)  # the network is one stop


def test_out_of_sight_the_server_is_told_and_told_again_in_sight(page: Page) -> None:
    page.add_style_tag(content="body { padding-bottom: 3000px; }")
    send(page, 1)
    page.evaluate("scrollTo(0, 2500)")
    page.wait_for_function("told.length === 1")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("told.length === 2")
    assert page.evaluate("told") == [["hidden", True], ["hidden", False]]


def test_another_identity_forgets_what_was_seen(page: Page) -> None:
    send(page, 1, identity="mine")
    send(page, None, identity="mine")
    expect(page.locator(".box canvas")).to_have_count(4)
    send(page, None, identity="a stranger's")
    expect(page.locator(".box canvas")).to_have_count(0)


def test_on_a_phone_forty_layers_are_one_column_that_scrolls(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    send(page, None, (*[Conv(filters=4, padding="same")] * 38, Flatten(), Dense()))
    boxes = page.locator(".box")
    expect(boxes).to_have_count(44)
    assert {boxes.nth(place).bounding_box()["x"] for place in (0, 20, 43)} == {boxes.first.bounding_box()["x"]}
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.querySelector('.network').offsetHeight") < 844
    boxes.last.scroll_into_view_if_needed()
    expect(boxes.last).to_be_in_viewport()
