"""Narrow and wide, light and dark."""

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from benchmarks.app_process import SYMBOLS, Server, settle
from core.store import Run
from tests.browser.conftest import Visit
from tests.support.studio_page import SECTIONS, SOON_MS, expect_pictures, expect_results, open_form

OPERATED = {"button", "checkbox", "combobox", "link", "radio", "slider", "spinbutton", "textbox", "DisclosureTriangle"}
KNOWN_ERRORS = ("/cnn/_stcore/", SYMBOLS)  # Streamlit looks for its server beside each page first
WIDTHS = (390, 1280)  # each page is left as wide as it was opened
PAPER: dict[Literal["light", "dark"], str] = {"light": "rgb(250, 250, 247)", "dark": "rgb(18, 23, 29)"}
READABLE = 4.5  # contrast of text, by WCAG 2.2, 1.4.3

# The colours of each visible text and of what lies behind it, both 0-255, transparency blended.
_COLOURS = """(elements) => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = (colour, opacity) => { pen.globalAlpha = opacity; pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); };
  const read = () => [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  return elements.filter((element) => element.checkVisibility()).map((element) => {
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.unshift(getComputedStyle(at));
    let opacity = 1;
    paint("white", 1);
    for (const style of chain) { opacity *= +style.opacity; paint(style.backgroundColor, opacity); }
    const back = read();
    paint(chain[chain.length - 1].color, opacity);
    return { back, text: read() };
  });
}"""

# Whether the page is of this colour.
_IS_PAPER = """(colour) => getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor === colour"""

# Whether nothing fades any more: Streamlit pales what a running script may still change.
_AT_REST = """() => document.getAnimations().every(
  (one) => !(one instanceof CSSTransition) || one.playState !== "running"
)"""

# Whether the page, once it has this width, neither is wider nor scrolls sideways.
FITS = """(width) => {
  const main = document.querySelector("[data-testid=stMain]");
  return innerWidth === width && document.documentElement.scrollWidth <= width && main.scrollWidth <= main.clientWidth;
}"""


def test_every_page_fits_wears_both_themes_and_has_texts_that_can_be_read_and_what_matters_first(
    visit: Visit, server: Server, past_run: Run
) -> None:
    page = visit(server)
    hard = set()
    for name in pages_in_turn(page, past_run):
        for theme, colour in PAPER.items():
            page.emulate_media(color_scheme=theme)
            page.wait_for_function(_IS_PAPER, arg=colour, timeout=SOON_MS)
            settle(page)
            page.wait_for_function(_AT_REST, timeout=SOON_MS)
            for what, found in texts(page).items():
                hard.update(f"{what} on {name}, {theme}: {ratio:.2f}" for ratio in contrasts(found) if ratio < READABLE)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_function(FITS, arg=width, timeout=SOON_MS)
    assert not hard
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(FITS, arg=390, timeout=SOON_MS)
    tops = [top(page, key) for key in ("top", "run_state", "network", "run_curves", "setup")]
    assert tops == sorted(tops)
    state = page.locator(".st-key-run_head").get_by_test_id("stMarkdown").first  # its buttons stand below it
    for wide in [state, *page.locator(".charts .plot").all()]:
        box = wide.bounding_box()
        assert box is not None
        assert 250 < box["width"] <= 390


def test_the_open_form_fits_names_every_control_and_brings_no_error(visit: Visit, server: Server) -> None:
    page = visit(server, dark=True)
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if is_error(said) else None)
    open_form(page, "/cnn?augment_rotation=20&validation_fraction=0.1", *SECTIONS)
    expect(page.locator(".st-key-cnn_preview_regularisation_0 img")).to_have_count(12, timeout=SOON_MS)
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("[class*='st-key-cnn_seed-'] input")).to_be_visible()
        page.wait_for_function(FITS, arg=width, timeout=SOON_MS)
        controls = named_controls(page)
        assert len(controls) > 100
        assert [role for role, name in controls if not name.strip()] == []
    assert errors == []


def is_error(said: ConsoleMessage) -> bool:
    return said.type == "error" and not any(known in said.location["url"] for known in KNOWN_ERRORS)


def named_controls(page: Page) -> list[tuple[str, str]]:
    """Return role and name of each control, as Chromium tells a screen reader."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    return [(role, name) for role, name in seen if role in OPERATED]


def pages_in_turn(page: Page, run: Run) -> Iterator[str]:
    """Open every page, and stop at each until it is there."""
    page.goto("/")
    expect(page.get_by_role("button", name="Open the CNN studio")).to_be_visible(timeout=30_000)
    yield "home"
    page.goto("/data")
    for view, sign in (
        ("All data", page.get_by_text("CIFAR-100").first),
        ("Add your own", page.get_by_role("button", name="Hold to shoot Class 1")),
        ("Inspect", page.locator(".st-key-know_mean img").first),
    ):
        page.get_by_role("radio", name=view).click(timeout=SOON_MS)
        expect(sign).to_be_visible(timeout=SOON_MS)
        settle(page)
        yield f"the data page, {view}"
    page.goto("/cnn?epochs=3&colour=red")
    expect_pictures(page)
    yield "the untrained network"
    page.goto("/compare?find=older")
    tick_first_runs(page, 2)
    page.get_by_role("button", name="Compare 2 runs").click()
    expect(page.get_by_text("Only the batch size differs").first).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".pictures img").first).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".charts .plot .main-svg").first).to_be_visible(timeout=SOON_MS)
    yield "two runs compared"
    page.goto(f"/cnn?run={run.id}")
    expect_results(page)
    yield "the results"
    page.get_by_role("radio", name="Live").click()
    expect(page.locator(".charts .plot .main-svg").first).to_be_visible(timeout=30_000)
    expect_pictures(page)
    yield "the live view"


def tick_first_runs(page: Page, count: int) -> None:
    """Tick the first runs of the table, which is drawn on a canvas, with the mouse."""
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("canvas").first).to_be_visible(timeout=SOON_MS)
    settle(page)
    table.scroll_into_view_if_needed()
    for row in range(count):
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 17, box["y"] + 50 + 33 * row)
        label = "Compare" if row == 0 else f"Compare {row + 1} runs"
        expect(page.get_by_role("button", name=label, exact=True).last).to_be_visible(timeout=SOON_MS)


def texts(page: Page) -> dict[str, Locator]:
    """Return the kinds of text there are."""
    main = page.get_by_test_id("stMain")
    return {
        "body": main.locator('[data-testid="stMarkdown"] p:not([data-testid="stCaptionContainer"] p)'),
        "grey words": main.locator('[data-testid="stMarkdown"] .stMarkdownColoredText'),
        "caption": main.locator('[data-testid="stCaptionContainer"] p'),
        "label": main.locator('[data-testid="stWidgetLabel"] p'),
        "grey words of a label": main.locator('[data-testid="stWidgetLabel"] .stMarkdownColoredText'),
        "warning": main.locator('[data-testid="stAlert"] p'),
        "main button": main.locator('[data-testid="stBaseButton-primary"] p'),
        "chart title": main.locator(".charts h4 span"),
        "picture title": main.locator(".pictures .title"),
        "words below a picture": main.locator(".pictures .below"),
    }


def contrasts(found: Locator) -> list[float]:
    """Return the contrast of each text with what lies behind it, 1 to 21, by WCAG 2.2."""
    ratios = []
    for seen in found.evaluate_all(_COLOURS):
        high, low = sorted((luminance(seen["text"]), luminance(seen["back"])), reverse=True)
        ratios.append((high + 0.05) / (low + 0.05))
    return ratios


def luminance(rgb: list[int]) -> float:
    parts = [part / 255 for part in rgb]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def top(page: Page, key: str) -> float:
    box = page.locator(f".st-key-{key}").first.bounding_box()
    assert box is not None
    return box["y"]
