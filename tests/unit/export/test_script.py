"""The program of an export makes the same input of a file as Glassbox does."""

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets import DATASETS, DataSpec
from core.datasets.sounds.ask import hear
from core.export.formats import FORMATS
from core.export.script import facts_of, script_of
from tests.support.wav import pcm

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a program closes its files when it ends
SAVING = replace(FORMATS["keras"], imports="import os", loads="", answers='np.save("x.npy", x)\ny = np.zeros((1, 10))')


def given(spec: DataSpec, folder: Path, name: str, data: bytes, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Run the program on a file, and return what it would give the network."""
    (folder / "about.json").write_text(json.dumps(facts_of(spec, spec.input_shape)))
    (folder / "predict.py").write_text(script_of(SAVING, spec, makes_examples=False))
    (folder / name).write_bytes(data)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["predict.py", name])
    runpy.run_path("predict.py", run_name="__main__")
    return np.load("x.npy")


def test_the_last_rows_of_a_table_are_a_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, rows = DATASETS["airline"].spec, [f"{n},{n / 2}" for n in range(40)]
    table = "\n".join(["month,passengers", *rows])
    found = given(spec, tmp_path, "a.csv", table.encode(), monkeypatch)
    assert found.tolist() == [[[n / 2] for n in range(16, 40)]]
    with pytest.raises(SystemExit, match="it needs 24 steps"):
        given(spec, tmp_path, "a.csv", "\n".join(table.splitlines()[:9]).encode(), monkeypatch)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_sound_is_heard_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    spec, sound = DATASETS["fsdd"].spec, pcm(0.5 * np.sin(np.arange(4000) / 3), bits)
    found = given(spec, tmp_path, "a.wav", sound, monkeypatch)
    np.testing.assert_allclose(found[0], hear(sound, "a.wav", spec.features), atol=1e-5)
