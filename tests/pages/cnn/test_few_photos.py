"""Ninety photos of one's own: the studio meets them with settings that can learn from them."""

import numpy as np
import pytest

from core.datasets import DataSpec
from core.datasets.features import Image
from core.datasets.own import own
from core.datasets.prepared import write_prepared
from core.datasets.targets import Classes
from core.settings import Settings
from core.store import Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME
from tests.support.reading import said

SIDE, TRAINED, TESTED = 32, 72, 18


@pytest.fixture
def photos(settings: Settings) -> str:
    (settings.home / "prepared").unlink()
    labels = np.arange(TRAINED + TESTED) % 3
    images = np.random.default_rng(0).integers(0, 256, (len(labels), SIDE, SIDE, 3), np.uint8)
    spec = DataSpec(Image(SIDE, SIDE, 3), Classes(("pen", "rubber", "ruler"), (24, 24, 24)), TRAINED, TESTED)
    card = own.begin(settings, ME, "My desk", "photos", {})
    split = {"x_train": images[:TRAINED], "y_train": labels[:TRAINED]}
    write_prepared(
        settings, card.id, {**split, "x_test": images[TRAINED:], "y_test": labels[TRAINED:]}, spec, "my photos"
    )
    own.update(settings, card.id, accepted=True, notes={"read": True})
    return card.id


def test_they_are_met_with_the_preset_for_few_images_and_without_a_warning(
    visit: Visit, store: Store, photos: str
) -> None:
    app = visit("cnn", dataset=photos)
    assert app.pills(key="cnn_preset").value == "few_images"
    assert not app.warning
    assert not app.button(key="train").disabled


def test_a_preset_of_too_few_updates_says_so_and_offers_the_other(visit: Visit, store: Store, photos: str) -> None:
    app = visit("cnn", dataset=photos, preset="fast")
    (warning,) = app.warning
    assert "6 updates will be too few to learn from: 72 images in batches of 64 give 2 per epoch." in said(warning)
    app.button(key="cnn_suited").click().run()
    assert app.pills(key="cnn_preset").value == "few_images"
    assert not app.warning
    assert app.session_state["_cnn_form_dataset"] == photos
