from pathlib import Path

import keras
import pytest

from core.datasets import Prepared
from tests.support import tiny_digits


@pytest.fixture(scope="package")
def digits() -> Prepared:
    return tiny_digits.prepared()


@pytest.fixture(scope="package")
def network(digits: Prepared, tmp_path_factory: pytest.TempPathFactory) -> keras.Model:
    """A network that was saved as runs are, and loaded again."""
    file: Path = tmp_path_factory.mktemp("saved") / "model.keras"
    tiny_digits.learned(digits.x_train, digits.y_train).save(file)
    return keras.models.load_model(file, compile=False)
