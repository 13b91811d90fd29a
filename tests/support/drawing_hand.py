"""A hand that draws digits on a canvas, stroke by stroke."""

import math
from collections.abc import Callable, Sequence

from playwright.sync_api import CDPSession, Page, expect

from tests.support.studio_page import SOON_MS

Stroke = Sequence[tuple[float, float]]
Hand = Callable[[Page, Stroke], None]


def arc(x: float, y: float, rx: float, ry: float, first: float, last: float) -> list[tuple[float, float]]:
    """Return points along an ellipse, angles in degrees: 0 is right, 90 is down."""
    steps = max(4, round(abs(last - first) / 20))
    angles = [math.radians(first + (last - first) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


# In shares of the canvas, as a child learns them.
DIGITS: dict[str, list[Stroke]] = {
    "0": [arc(0.5, 0.5, 0.2, 0.32, -90, 270)],
    "1": [[(0.5, 0.15), (0.5, 0.85)]],
    "2": [[*arc(0.5, 0.32, 0.2, 0.17, -170, 30), (0.3, 0.82), (0.74, 0.82)]],
    "3": [[*arc(0.47, 0.32, 0.19, 0.16, -160, 90), *arc(0.47, 0.66, 0.22, 0.18, -90, 160)]],
    "4": [[(0.36, 0.15), (0.3, 0.52), (0.7, 0.52)], [(0.62, 0.15), (0.62, 0.85)]],
    "5": [[(0.68, 0.17), (0.38, 0.17), (0.35, 0.45), *arc(0.48, 0.62, 0.21, 0.2, -110, 150)]],
    "6": [[(0.6, 0.14), (0.42, 0.35), (0.33, 0.6), *arc(0.5, 0.66, 0.17, 0.17, 180, -180)]],
    "7": [[(0.28, 0.2), (0.72, 0.2), (0.45, 0.85)]],
    "8": [[*arc(0.5, 0.33, 0.15, 0.16, 90, 450), *arc(0.5, 0.67, 0.19, 0.18, -90, 270)]],
    "9": [[*arc(0.48, 0.34, 0.17, 0.17, 0, 360), (0.64, 0.5), (0.6, 0.86)]],
}


def mouse(page: Page, places: Stroke) -> None:
    """Draw a stroke with the mouse, in pixels of the page."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def finger(page: Page, places: Stroke) -> None:
    """Draw a stroke with a finger."""
    devtools = page.context.new_cdp_session(page)
    touch(devtools, "touchStart", places[0])
    for place in places[1:]:
        touch(devtools, "touchMove", place)
    touch(devtools, "touchEnd")


def touch(devtools: CDPSession, kind: str, *places: tuple[float, float]) -> None:
    """Say where fingers are now, the first one first."""
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
    devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def pen(page: Page, places: Stroke) -> None:
    """Draw a stroke with a pen that hovers before it touches."""
    devtools = page.context.new_cdp_session(page)

    def send(kind: str, place: tuple[float, float], force: float) -> None:
        held: dict[str, object] = {"button": "left", "buttons": 1, "clickCount": 1} if force else {}
        what = {"type": kind, "x": place[0], "y": place[1], "pointerType": "pen", "force": force, **held}
        devtools.send("Input.dispatchMouseEvent", what)

    send("mouseMoved", places[0], 0)
    send("mousePressed", places[0], 0.5)
    for place in places[1:]:
        send("mouseMoved", place, 0.5)
    send("mouseReleased", places[-1], 0.5)


def draw(page: Page, key: str, digit: str, hand: Hand = mouse) -> None:
    """Draw a digit."""
    page.locator(f".st-key-{key} canvas").scroll_into_view_if_needed()
    for stroke in DIGITS[digit]:
        hand(page, on_page(page, key, stroke))


def on_page(page: Page, key: str, stroke: Stroke) -> list[tuple[float, float]]:
    """Return places on a canvas, in shares of it, as pixels of the page."""
    box = page.locator(f".st-key-{key} canvas").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]


def expect_answered(page: Page, key: str) -> None:
    """Wait until all that is drawn was answered."""
    page.wait_for_function(
        "(key) => { const pad = document.querySelector(`.st-key-${key} .pad`);"
        " return pad?.dataset.answered && pad.dataset.answered === pad.dataset.sent; }",
        arg=key,
        timeout=SOON_MS,
    )


def pixels(page: Page, key: str) -> str:
    """Return what is on the canvas."""
    return page.locator(f".st-key-{key} canvas").evaluate("(canvas) => canvas.toDataURL()")


def clear(page: Page, key: str) -> None:
    """Wipe the canvas."""
    page.locator(f".st-key-{key} .clear").click()
    expect(page.locator(f".st-key-{key} .hint")).to_be_visible()


def verdicts(page: Page, key: str) -> list[str]:
    """Return what each network says."""
    return page.locator(f".st-key-{key} .said").all_inner_texts()
