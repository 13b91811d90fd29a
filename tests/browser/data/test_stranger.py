"""A stranger with links to somebody's runs on private photos: no picture on any page is one of these photos."""

import io
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.app_process import Server, settle, wait_until
from core.datasets import DataSpec, features, open_prepared
from core.datasets.own import own
from core.datasets.prepared import write_prepared
from core.datasets.targets import Classes, count_labels
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import hash_key
from tests.browser.conftest import Visit
from tests.browser.home.test_my_runs import OWNER
from tests.pages.gan.test_page import a_run
from tests.support.past_runs import PastRuns
from tests.support.studio_page import SOON_MS

SIDE, ALIKE = 32, 0.5
TALL = 3200  # CSS pixels: a page scrolls within itself, so this is what a screenshot of all of it takes
PHOTO = np.kron(np.random.default_rng(4).integers(0, 2, (8, 8)), np.ones((4, 4)))  # what is on every private photo

# Every picture in the page, also in components: where it stands, and its pixels at 32x32.
_PICTURES = """async (side) => {
  const found = [], walk = (root) => { for (const part of root.querySelectorAll("*")) {
    if (part.shadowRoot) walk(part.shadowRoot);
    if (["IMG", "CANVAS", "VIDEO"].includes(part.tagName)) found.push([part, part]);
    if (part.tagName.toLowerCase() === "image") { const shown = new Image(); shown.src = part.href.baseVal;
      found.push([part, shown]); }
    const behind = getComputedStyle(part).backgroundImage.match(/url\\("(.*)"\\)/);
    if (behind) { const shown = new Image(); shown.src = behind[1]; found.push([part, shown]); }
  } };
  walk(document);
  const read = async ([part, shown]) => {
    if (shown.decode) await shown.decode().catch(() => null);
    const paper = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
    if (!(shown.width || shown.naturalWidth)) return null;
    paper.drawImage(shown, 0, 0, side, side);
    const place = (part.getRootNode().host ?? part).closest("[class*='st-key-']");
    return [place ? place.className : part.alt ?? part.tagName, [...paper.getImageData(0, 0, side, side).data]];
  };
  return (await Promise.all(found.map(read))).filter((one) => one);
}"""


def private_photos(settings: Settings, owner: str) -> str:
    """Bring photos that show the same pattern, in two colours."""
    rng, labels = np.random.default_rng(0), np.arange(60) % 2
    colours = np.array([[230, 20, 230], [20, 230, 20]])[labels]
    light = 0.15 + 0.85 * PHOTO[None, ..., None]
    photos = (light * colours[:, None, None] + rng.uniform(0, 25, (60, SIDE, SIDE, 1))).astype(np.uint8)
    arrays = {"x_train": photos[:40], "y_train": labels[:40], "x_test": photos[40:], "y_test": labels[40:]}
    spec = DataSpec(features.Image(SIDE, SIDE, 3), Classes(("pink", "green"), count_labels(labels[:40], 2)), 40, 20)
    card = own.begin(settings, owner, "Secret photos", "arrays", {})
    write_prepared(settings, card.id, arrays, spec, "test")
    own.update(settings, card.id, accepted=True, notes={"read": True})
    return card.id


def gan_that_repeats(store: Store, elsewhere: Path, owner: str, dataset: str) -> Run:
    """Return a GAN whose samples are the photos that it has learned from.

    It is made in a home without a foreman, who would end a run that no worker holds, and brought back here.
    """
    made_in = open_store(Settings(elsewhere / "home", elsewhere / "data"))
    run = a_run(made_in, owner=owner, dataset=dataset)
    photos = np.resize(open_prepared(store.settings, dataset).x_train, (64, SIDE, SIDE, 3))
    for snapshot in made_in.metrics.snapshots(run.id):
        made_in.files(run.id).save_snapshot(snapshot.step, {"samples/images": photos})
    made_in.keep(run)
    made_in.close()
    shutil.copytree(made_in.files(run.id).folder, store.files(run.id).folder)
    store.tidy(time.time())
    assert store.runs.get(run.id).status is Status.SUCCEEDED
    return run


def revealing(page: Page) -> list[str]:
    """Return where pictures on a page look like a private photo, whole or as one of many."""
    found = []
    for place, values in page.evaluate(_PICTURES, SIDE):
        pixels = np.array(values, float).reshape(SIDE, SIDE, 4)[..., :3]
        light = pixels.mean(axis=2)
        alike = abs(np.corrcoef(light.ravel(), PHOTO.ravel())[0, 1]) if light.std() else 0.0
        if alike > ALIKE or coloured(pixels) > 0.05:
            found.append(place)
    return found


def coloured(pixels: np.ndarray) -> float:
    """Return the share of pixels in the colours of the photos, which nothing else here has."""
    red, green, blue = np.moveaxis(pixels[..., :3].astype(float), -1, 0)
    pink = (red - green > 100) & (blue - green > 100)
    lime = (green - red > 100) & (green - blue > 100)
    return float((pink | lime).mean())


def screen(page: Page) -> np.ndarray:
    """Return the pixels of a page."""
    return np.asarray(Image.open(io.BytesIO(page.screenshot(type="jpeg", quality=90))).convert("RGB"))


def opened(page: Page, link: str) -> Page:
    page.goto(link)
    expect(page.locator(".st-key-footer, .st-key-try").first).to_be_visible(timeout=SOON_MS)
    settle(page)
    return page


@pytest.fixture
def owners_page(visit: Visit, server: Server) -> Page:
    page = visit(server, height=TALL)
    page.goto("/")
    settle(page)
    page.wait_for_function(OWNER, timeout=SOON_MS)
    return page


def links(cnn: Run, gan: Run) -> tuple[str, ...]:
    """Return the links to all that there is of two runs, first those at which their owner sees photos at once."""
    return (
        f"/cnn?run={cnn.id}&cnn_view=Live",
        f"/cnn?run={cnn.id}&cnn_view=Results",
        f"/gan?run={gan.id}&gan_view=Live",
        f"/gan?run={gan.id}&gan_view=Results",
        f"/gan?run={gan.id}&gan_view=Explore",
        f"/try?run={cnn.id}",
        f"/data?data_view=Know+it&dataset={cnn.dataset}",
        f"/cnn?dataset={cnn.dataset}&augment_shift=0.2",
    )


def test_a_stranger_finds_no_private_picture(
    visit: Visit, server: Server, store: Store, settings: Settings, owners_page: Page, tmp_path: Path
) -> None:
    owner = hash_key(owners_page.evaluate(OWNER))
    dataset = private_photos(settings, owner)
    changes = ["layers=conv:4:3:relu,pool:max:4,flatten", "epochs=1", "batch_size=8", "max_images=0"]
    cnn = PastRuns(store).queued(owner=owner, dataset=dataset, changes=changes, name="on private photos")
    gan = gan_that_repeats(store, tmp_path, owner, dataset)
    store.runs.publish(gan.id, True, owner)
    wait_until(lambda: store.runs.get(cnn.id).status.is_final, SOON_MS / 1000, "the run has ended")
    assert store.runs.get(cnn.id).status is Status.SUCCEEDED, store.runs.get(cnn.id).error

    stranger = visit(server, height=TALL)
    for link in links(cnn, gan):
        assert revealing(opened(stranger, link)) == [], link
        assert coloured(screen(stranger)) < 1e-4, link
        if "cnn_view=Live" in link:
            expect(stranger.locator(".st-key-look_kernels img").first).to_be_visible(timeout=SOON_MS)
            expect(stranger.locator(".network .box svg").first).to_be_visible(timeout=SOON_MS)
            expect(stranger.locator(".network canvas")).to_have_count(0)
            expect(stranger.get_by_text("shown only to the owner of this data").first).to_be_visible()
        if "cnn_view=Results" in link:
            expect(stranger.get_by_text("Test accuracy").first).to_be_visible(timeout=SOON_MS)
    store.runs.publish(cnn.id, True, owner)  # it was seen by its link alone
    link = links(cnn, gan)[1]
    assert revealing(opened(stranger, link)) == [], link
    for link in links(cnn, gan)[1:3]:  # what the stranger was not shown would have been noticed
        opened(owners_page, link)
        wait_until(lambda: revealing(owners_page), SOON_MS / 1000, f"the owner sees photos at {link}", every_s=0.3)
    assert coloured(screen(owners_page)) > 0.005
