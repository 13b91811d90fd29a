"""A hundred classes with names of 45 letters: wherever they are read, the page is as wide as the screen."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.app_process import Server, settle, wait_until
from core.datasets import DataSpec, features
from core.datasets.own import own
from core.datasets.prepared import write_prepared
from core.datasets.targets import Classes
from core.jobs import ensure_foreman
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.records import LOCAL
from tests.browser.conftest import Visit
from tests.browser.studio.test_looks import FITS, WIDTHS
from tests.support.past_runs import PastRuns
from tests.support.studio_page import SOON_MS, expect_results

NAMES = tuple(f"Tomato___Two-spotted_spider_mite_of_greenho{n:02}" for n in range(100))
SIDE, EACH = 8, 4  # pixels; images of each class
TINY = ["layers=conv:2:3:relu,flatten", "epochs=1", "batch_size=100", "max_images=0"]


@pytest.fixture
def run(store: Store, settings: Settings) -> Run:
    """A network that has learned from such data."""
    rng, labels = np.random.default_rng(0), np.tile(np.arange(len(NAMES)), EACH)
    images = rng.integers(0, 256, (len(labels), SIDE, SIDE, 1), np.uint8)
    arrays = {"x_train": images, "y_train": labels, "x_test": images[:200] // 2, "y_test": labels[:200]}
    spec = DataSpec(features.Image(SIDE, SIDE, 1), Classes(NAMES, (EACH,) * len(NAMES)), len(labels), 200)
    card = own.begin(settings, LOCAL, "Leaves", "arrays", {})
    write_prepared(settings, card.id, arrays, spec, "test")
    own.update(settings, card.id, accepted=True, published=True, notes={"read": True})
    ensure_foreman(settings)
    queued = PastRuns(store).queued(owner=LOCAL, dataset=card.id, changes=TINY, name="on leaves")
    wait_until(lambda: store.runs.get(queued.id).status.is_final, SOON_MS / 1000, "the run has ended")
    assert store.runs.get(queued.id).status is Status.SUCCEEDED, store.runs.get(queued.id).error
    return store.runs.get(queued.id)


def expect_fitting(page: Page) -> None:
    settle(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(FITS, arg=width, timeout=SOON_MS)


def test_a_hundred_long_names_fit_every_page_that_names_classes(
    visit: Visit, server: Server, run: Run, tmp_path: Path
) -> None:
    page = visit(server)
    page.goto(f"/data?data_view=Know+it&dataset={run.dataset}")
    expect(page.locator(".st-key-know_balance .main-svg").first).to_be_visible(timeout=SOON_MS)
    expect_fitting(page)

    page.goto(f"/cnn?run={run.id}&cnn_view=Results")
    expect_results(page)
    expect_fitting(page)

    page.goto(f"/try?run={run.id}")
    photo = np.random.default_rng(1).integers(0, 256, (40, 40), np.uint8)
    Image.fromarray(photo).save(tmp_path / "leaf.png")
    page.get_by_role("radio", name="Upload").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "leaf.png", timeout=SOON_MS)
    expect(page.locator(".st-key-try_reading .said")).to_contain_text("Tomato", timeout=SOON_MS)
    expect_fitting(page)
