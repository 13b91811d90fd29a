"""The link of what is on the page: copied, opened elsewhere, and gone back to."""

import segno
from playwright.sync_api import Page, expect

from benchmarks.app_process import Server
from tests.browser.conftest import Visit
from tests.support.studio_page import (
    expect_form,
    expect_form_there,
    expect_link,
    form_of,
    layers_of,
    open_form,
    slider,
    unfold,
)

# Complete, so that the page writes nothing of its own into them.
CHANGED = (
    "/cnn?v=3&dataset=mnist_5k&preset=lenet5&optimizer=sgd&momentum=0.8"
    "&validation_fraction=0.2&patience=3&augment_shift=0.1"
)
RESNET = "/cnn?v=3&dataset=mnist_5k&preset=tiny_resnet&batch_size=256&label_smoothing=0.1&time_budget_s=30"
TOLD = ("optimiser", "budget")  # sections in which the links differ
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"  # as on a page without HTTPS


def test_share_copies_a_link_that_shows_another_visitor_the_same_form(visit: Visit, server: Server) -> None:
    page = visit(server)
    open_form(page, f"{CHANGED}&seed=1", *TOLD)
    slider(page, "epochs").focus()
    page.keyboard.press("ArrowRight")
    expect_link(page, epochs="11")
    link = shared(page)

    other = visit(server)
    open_form(other, link, *TOLD)
    expect_form(other, form_of(page), layers_of(page))
    assert dict(form_of(other))["Epochs ●"] == "11"
    assert caption(other) == caption(page)


def test_share_copies_the_link_where_the_browser_has_no_clipboard_for_pages(visit: Visit, server: Server) -> None:
    page = visit(server)
    page.add_init_script(NO_CLIPBOARD)
    open_form(page, f"{CHANGED}&seed=2")  # another link than what may be in the clipboard
    assert not page.evaluate("() => Boolean(navigator.clipboard)")
    shared(page)


def test_back_and_forward_restore_the_forms_of_their_links(visit: Visit, server: Server) -> None:
    page = visit(server)
    open_form(page, f"{CHANGED}&seed=9", *TOLD)
    first = form_of(page), layers_of(page)
    open_form(page, RESNET, *TOLD)
    page.get_by_role("radio", name="Tiny VGG").click()  # a link that the page makes by itself
    expect_link(page, preset="tiny_vgg")
    expect_form_there(page, *TOLD)
    last = form_of(page), layers_of(page)
    for go, form in ((page.go_back, first), (page.go_forward, last)):
        go()
        unfold(page, *TOLD)
        expect_form(page, *form)


def shared(page: Page) -> str:
    """Press Share, and return what is in the clipboard then: the link of the page."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator(".shared .said")).to_have_text("Link copied.")
    expect(page.locator(".shared .shows")).to_have_text("It opens these settings. The data is public.")
    link = pasted(page)
    assert link == page.url == page.locator(".shared .link").input_value()
    expect(page.locator(".shared .code svg path").last).to_have_attribute("d", modules(link))
    page.keyboard.press("Escape")
    return link


def modules(link: str) -> str:
    """Return what a QR code of a link draws."""
    drawn = segno.make(link, error="l", micro=False).svg_inline(omitsize=True, border=3)
    return drawn.split(' d="')[1].split('"')[0]


def pasted(page: Page) -> str:
    """Return the text in the clipboard, as another page of the same browser gets it."""
    other = page.context.new_page()
    other.set_content("<textarea></textarea>")
    other.locator("textarea").focus()
    other.keyboard.press("Control+V")
    text = other.locator("textarea").input_value()
    other.close()
    return text


def caption(page: Page) -> str:
    """Return what stands below the strip, without the guess of the time."""
    words = page.locator(".st-key-foot [data-testid=stCaptionContainer]").inner_text()
    return " · ".join(part for part in words.split(" · ") if not part.startswith(("about", "up to")))
