"""The printed program beside the form."""

import ast
import json
import re

from playwright.sync_api import Page, expect

from benchmarks.app_process import Server
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, TINY_LINK, expect_link, open_form, slider

# The text of the program without the numbers of its lines.
_CODE = """(shown) => {
  const code = shown.querySelector("code").cloneNode(true);
  code.querySelectorAll(".linenumber").forEach((number) => number.remove());
  return code.textContent;
}"""


def test_the_program_follows_a_moved_control_and_is_downloaded_as_it_is_shown(visit: Visit, server: Server) -> None:
    page = visit(server)
    open_form(page, f"{TINY_LINK}&learning_rate=0.02&epochs=4")
    page.get_by_role("radio", name="Code").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("0.02", timeout=SOON_MS)
    slider(page, "learning_rate").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("stCode")).to_contain_text("0.05, ", timeout=SOON_MS)
    expect_link(page, learning_rate="0.05", cnn_view="Code")
    expect(page.locator(".st-key-foot")).to_contain_text("learning rate 0.05")

    shown, script = code_of(page), downloaded(page, "Script")
    assert script.strip() == shown.strip()
    ast.parse(script)
    assert "learning rate 0.05" in script
    notebook = json.loads(downloaded(page, "Notebook"))
    assert notebook["nbformat"] == 4
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert all(without_spaces(cell) in without_spaces(script) for cell in cells)


def code_of(page: Page) -> str:
    return page.get_by_test_id("stCode").evaluate(_CODE)


def downloaded(page: Page, label: str) -> str:
    """Press a download button, and return the text of the file."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return waiting.value.path().read_text()


def without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)
