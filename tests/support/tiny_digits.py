"""A small network that has learned real digits, in a moment: chance convolutions, and a fitted last layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from core.datasets import Prepared
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.families.cnn import FAMILY, CnnConfig
from core.layers.blocks import BatchNorm, Conv, Dense, Flatten, Pool

if TYPE_CHECKING:
    import keras

TRAIN = 600
SPEC = DataSpec(Image(8, 8, 1), Classes(tuple("0123456789")), TRAIN, 1797 - TRAIN)
LAYERS = (Conv(filters=8, padding="same"), Pool(), BatchNorm(), Conv(filters=16), Flatten(), Dense(units=64))
CONFIG = CnnConfig(layers=LAYERS)


def prepared() -> Prepared:
    """All 1,797 digits of scikit-learn, 600 of them to learn from."""
    pixels, y = load_digits(return_X_y=True)
    x = (pixels * 255 / 16).reshape(-1, 8, 8, 1).astype(np.uint8)
    parts = {"x_train": x[:TRAIN], "y_train": y[:TRAIN], "x_test": x[TRAIN:], "y_test": y[TRAIN:]}
    return Prepared("digits", "version-1", SPEC, **parts)


def learned(images: np.ndarray, labels: np.ndarray) -> keras.Model:
    import keras

    from core.models.network import build_network

    keras.utils.set_random_seed(0)
    network = build_network(FAMILY.layers(CONFIG, SPEC), SPEC)
    last = network.get_layer("logits")
    features = keras.Function(network.inputs[0], last.input)(images.astype(np.float32)).numpy()
    scale = features.std()
    fitted = LogisticRegression(max_iter=60, tol=1e-2).fit(features / scale, labels)
    last.set_weights([fitted.coef_.T / scale, fitted.intercept_])
    return network
