"""What augmentation makes of the sample image, under its controls."""

import base64
import io

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, expect

from benchmarks.app_process import Server
from core.datasets import open_prepared
from core.settings import Settings
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, TINY_LINK, expect_pictures, open_form, slider

SHOWN = 12


def test_twelve_turned_pictures_come_with_a_rotation_and_go_without_one(
    visit: Visit, server: Server, settings: Settings
) -> None:
    page = visit(server)
    open_form(page, TINY_LINK, "regularisation")
    expect_pictures(page)
    sample = np.array(open_prepared(settings, "mnist_5k").x_train[0][..., 0], float)
    pictures = page.locator(".st-key-cnn_preview_regularisation_0 img")
    expect(pictures).to_have_count(0)
    slider(page, "augment_rotation").focus()
    page.keyboard.press("End")  # 180 degrees
    expect(pictures).to_have_count(SHOWN, timeout=SOON_MS)
    turned = images(pictures)
    assert all(image.shape == sample.shape for image in turned)
    different = [np.abs(image - other).mean() for n, image in enumerate(turned) for other in [sample, *turned[:n]]]
    assert min(different) > 0  # none is the sample, none is another
    ink = [image.sum() / sample.sum() for image in turned]
    assert min(ink) > 0.8  # a turned digit is still one
    assert max(ink) < 1.25
    page.keyboard.press("Home")
    expect(pictures).to_have_count(0, timeout=SOON_MS)


def images(found: Locator) -> list[np.ndarray]:
    """Return the pictures as the browser was given them, grey, 0-255."""
    texts = found.evaluate_all("(images) => images.map((image) => image.src.split(',')[1])")
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("L"), np.float32) for text in texts]
