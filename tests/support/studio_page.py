"""The CNN studio as its tests see it."""

import re
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

from playwright.sync_api import Locator, Page, expect

from benchmarks.app_process import settle, wait_until
from core.families.cnn import FAMILY

SOON_MS = 60_000  # a machine that is busy with something else may need so long
TINY = "layers=conv:4:3:relu,pool:max:4,flatten&schedule=constant"  # so small a network that the pages stay quick
TINY_LINK = f"/cnn?{TINY}&max_images=2000"  # a second of training
MEDIUM_LINK = f"/cnn?{TINY}&epochs=200&max_images=80000"  # some five to ten seconds
LONG_LINK = (  # so long that a test stops it
    "/cnn?layers=conv:16:3:relu,pool:max:2,conv:32:3:relu,pool:max:2,flatten,dense:32"
    "&schedule=constant&epochs=200&max_images=0"
)

SECTIONS = {section.id: section.controls for section in FAMILY.sections}

# What each widget of the form holds, in the order of the page.
_HELD = """() => [...document.querySelectorAll(".st-key-top input, .st-key-top [role=radio], .st-key-setup input")].map(
  (widget) => {
    const name = widget.getAttribute("aria-label") || (widget.closest("label") ?? widget).textContent;
    const held = widget.getAttribute("aria-valuetext") ?? widget.getAttribute("aria-checked");
    return [name, held ?? (widget.type === "radio" ? String(widget.checked) : widget.value)];
  }
)"""

_ALL_THERE = """(names) => document.querySelector(".st-key-footer") && document.querySelector(".network .box")
  && document.querySelector(".st-key-top [role=radio]")
  && names.every((name) => document.querySelector(`[class*='st-key-cnn_${name}'] input`))"""

# All in one moment: what comes into one section moves the next, also from under a mouse.
_UNFOLD = """(sections) => {
  const fold = (section) => document.querySelector(`.st-key-cnn_section_${section} details`);
  for (const section of sections) if (!fold(section).open) fold(section).querySelector("summary").click();
}"""

# What is said of each layer of the network, by its name.
_LAYERS = """(root) => Object.fromEntries([...root.querySelectorAll(".box[aria-label]")].map((box) => {
  const [name, ...facts] = box.getAttribute("aria-label").split(", ");
  return [name, facts];
}))"""


def open_form(page: Page, link: str, *sections: str) -> None:
    """Open a link of the studio, and these sections of the form."""
    page.goto(link)
    unfold(page, *sections)


def unfold(page: Page, *sections: str) -> None:
    """Open these sections of the form, those that are not open yet."""
    expect_form_there(page)
    page.evaluate(_UNFOLD, sections)
    expect_form_there(page, *sections)


def expect_form_there(page: Page, *sections: str) -> None:
    """Wait until the page is drawn down to its last line, and the browser has loaded the widgets of these sections."""
    names = [*FAMILY.controls, *(name for section in sections for name in SECTIONS[section])]
    page.wait_for_function(_ALL_THERE, arg=names, timeout=SOON_MS)
    settle(page)
    page.wait_for_function(_ALL_THERE, arg=names, timeout=SOON_MS)


def expect_form(page: Page, form: list[tuple[str, str]], layers: dict[str, list[str]]) -> None:
    """Wait until what is unfolded of the form, and the network, are so."""
    try:
        wait_until(lambda: form_of(page) == form and layers_of(page) == layers, SOON_MS / 1000, "all is so")
    except TimeoutError:
        assert form_of(page) == form, differing(form_of(page), form)
        assert layers_of(page) == layers, differing(list(layers_of(page).items()), list(layers.items()))


def differing(found: list[Any], wanted: list[Any]) -> str:
    """Return what is on one side only."""
    return f"found {[x for x in found if x not in wanted]}, wanted {[x for x in wanted if x not in found]}"


def slider(page: Page, name: str) -> Locator:
    """Return the slider of a setting."""
    return page.locator(f"[class*='st-key-cnn_{name}-'] input[type=range]")


def layer_slider(page: Page, label: str) -> Locator:
    """Return the slider of a setting of the chosen layer."""
    return page.locator(".st-key-cnn_section_layers").get_by_role("slider", name=label)


def layers_listed(page: Page) -> Locator:
    """Return the names in the list of layers."""
    return page.locator(".st-key-cnn_layers_list label strong")


def choose_layer(page: Page, name: str) -> None:
    """Choose a layer in the list, with the mouse."""
    row = page.locator(".st-key-cnn_layers_list label").filter(has=page.get_by_text(name, exact=True))
    row.click()
    expect(row.get_by_role("radio")).to_be_checked(timeout=SOON_MS)
    expect(page.locator(".st-key-cnn_section_layers p > strong").get_by_text(name, exact=True)).to_have_count(2)


def form_of(page: Page) -> list[tuple[str, str]]:
    """Return what each widget of the form holds: its name and value."""
    return [(name, held) for name, held in page.evaluate(_HELD)]


def layers_of(page: Page) -> dict[str, list[str]]:
    """Return what the network says of each layer."""
    return page.locator(".st-key-network .network").evaluate(_LAYERS)


def expect_shape(page: Page, layer: str, shape: str) -> None:
    """Wait until the network says that a layer gives this shape, or that it `cannot be built`."""
    words = re.compile(rf"^{layer}, {shape.replace('x', '×')}(,|$)")
    box = page.locator(f".st-key-network .box[data-layer={layer}]")
    expect(box).to_have_attribute("aria-label", words, timeout=SOON_MS)


def expect_link(page: Page, **fields: str) -> None:
    """Wait until the link holds these settings."""
    for name, text in fields.items():
        expect(page).to_have_url(re.compile(rf"[?&]{name}={re.escape(quote_plus(text))}(&|$)"), timeout=SOON_MS)


def press_train(page: Page) -> str:
    """Press Train once the page has settled, and return the new run's id."""
    expect(page.locator(".st-key-setup")).to_be_visible(timeout=SOON_MS)
    settle(page)
    before = query_of(page).get("run", "")
    page.get_by_role("button", name="Train").click()
    page.wait_for_function(
        "(before) => (new URL(location).searchParams.get('run') ?? '') !== before", arg=before, timeout=SOON_MS
    )
    return run_of(page)


def train(page: Page) -> str:
    """Press Train, wait for the first trained point, and return the run's id."""
    run_id = press_train(page)
    wait_for_more(page, 0)
    return run_id


def run_of(page: Page) -> str:
    """Return the id of the run that the link names."""
    return parse_qs(urlsplit(page.url).query)["run"][0]


def query_of(page: Page) -> dict[str, str]:
    """Return the link's parameters."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def curve(page: Page) -> dict[str, Any]:
    """Return what the loss chart says of itself: points, step, range, zoomed."""
    return page.evaluate("() => ({...document.querySelector('.charts .plot').dataset})")


def wait_for_more(page: Page, step: int) -> dict[str, Any]:
    """Wait until the loss chart has a later step, and return what it says then."""
    later = "(step) => +document.querySelector('.charts .plot')?.dataset.step > step"
    page.wait_for_function(later, arg=step, timeout=SOON_MS)
    return curve(page)


def state(page: Page) -> Locator:
    """Return the box that says where the run stands."""
    return page.locator(".st-key-run_state")


def expect_state(page: Page, words: str, *, seconds: float = SOON_MS / 1000) -> None:
    """Wait until the run's state begins with these words."""
    expect(state(page).locator("strong").first).to_have_text(re.compile(rf"^{words}"), timeout=1000 * seconds)


def expect_results(page: Page) -> None:
    """Wait until the results are on the page."""
    expect(page.get_by_text("Confusion matrix")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".st-key-confusion table")).to_be_visible(timeout=SOON_MS)


def see_results(page: Page) -> None:
    """Wait until the run that is watched has ended, and take up the offer of its results."""
    page.get_by_role("button", name="See results").click(timeout=SOON_MS)
    expect_results(page)


def expect_pictures(page: Page, key: str = "look_kernels") -> None:
    """Wait until pictures of the network are on the page."""
    expect(page.locator(f".st-key-{key} .pictures img").first).to_be_visible(timeout=SOON_MS)


def expect_moving(page: Page, selector: str) -> None:
    """Expect a picture that changes by itself."""
    film = page.locator(selector)
    expect(film).to_be_visible(timeout=SOON_MS)
    settle(page)
    before = film.screenshot()
    wait_until(lambda: film.screenshot() != before, SOON_MS / 1000, "the film goes on")
