"""From the photos on a disk to the studio, with the mouse."""

from pathlib import Path

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS
from tests.unit.datasets.own.test_own import photos_zip


def test_a_zip_of_photos_becomes_a_data_set_that_a_network_can_learn(
    visit: Visit, server: Server, tmp_path: Path
) -> None:
    photos_zip(tmp_path / "weather.zip", count=12, broken=b"no image")
    (tmp_path / "photos.zip").write_bytes(b"no ZIP at all")
    page = visit(server)
    page.goto("/data?data_view=Add+your+own")
    page.get_by_role("radio", name="A ZIP of photos").click(timeout=SOON_MS)
    expect(page.get_by_text("at most 20,000 images, 200 MB in total")).to_be_visible(timeout=SOON_MS)
    files = page.get_by_test_id("stFileUploader").locator("input")
    files.set_input_files(tmp_path / "photos.zip")
    refused = page.get_by_role("alert").filter(has_text="photos.zip: this is not a ZIP file")
    expect(refused).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("photos.zip 1 kB")).to_be_visible()
    expect(page.get_by_role("button", name="Create data set")).to_have_count(0)

    page.locator("[class*=_remove] button").click()
    files.set_input_files(tmp_path / "weather.zip")
    expect(page.locator(".st-key-add_preview img")).to_have_count(4, timeout=SOON_MS)
    expect(page.get_by_label("Name")).to_have_value("weather")
    page.get_by_role("button", name="Create data set").click()
    expect(page.locator(".st-key-add_samples img").first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("Left out: 1 file")).to_be_visible()
    page.reload()  # nothing is lost
    expect(page.locator(".st-key-add_samples img").first).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Labels to review")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".st-key-know_images img").first).to_be_visible()

    page.get_by_role("radio", name="All data").click()
    page.get_by_role("link", name="Train a CNN").first.click()
    expect(page.locator(".st-key-cnn_section_data summary")).to_contain_text("weather", timeout=SOON_MS)
    page.reload()  # the first moment of a visit does not know yet who is here
    expect(page.locator(".st-key-cnn_section_data summary")).to_contain_text("weather", timeout=SOON_MS)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=SOON_MS)
    expect(page.get_by_text("Ignored in the link")).to_have_count(0)

    other = visit(server)  # it is private
    other.goto("/data")
    expect(other.get_by_text("MNIST, 5,000 digits", exact=True)).to_be_visible(timeout=SOON_MS)
    settle(other)
    expect(other.get_by_text("weather")).to_have_count(0)
