"""What a trained network answers: predict."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from core.cli.command import Commands, refuse
from core.cli.follow import open_home
from core.cli.report import percent, show
from core.datasets import Dataset, find_dataset
from core.datasets.archives.zips import short
from core.datasets.images.prepare_image import prepare_image
from core.errors import DatasetError
from core.runs.predict import check_answers, predict
from core.settings import Settings
from core.store.records import LOCAL
from core.units import MB

MOST_MB = 50  # of a picture
BEST = 3  # classes that are printed


def add_commands(command: Commands) -> None:
    """Declare them."""
    sub = command("predict", answer, "Ask a run's network about pictures, shaped as those that it learned from.")
    sub.add_argument("id", metavar="RUN", help="a run of a classifier")
    sub.add_argument("files", nargs="+", type=Path, metavar="FILE", help="pictures")


def answer(settings: Settings, options: argparse.Namespace) -> int:
    """Print the answers to pictures."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    dataset = find_dataset(settings, run.dataset)
    check_answers(store, run, dataset)
    try:
        images = [prepare_image(_read(path), path.name, dataset) for path in options.files]
    except DatasetError as error:
        return refuse(error)
    said = predict(store, run, images, actor=LOCAL)
    rows = [_row(path, shares, dataset) for path, shares in zip(options.files, said, strict=True)]
    show(options, rows, "\n".join(map(_line, rows)))
    return 0


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise DatasetError(f"there is no file {short(str(path))}")
        if path.stat().st_size > MOST_MB * MB:
            raise DatasetError(f"{short(path.name)} is too large", expected=f"at most {MOST_MB} MB")
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{short(str(path))} cannot be read", received=str(error.strerror)) from error


def _row(path: Path, shares: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    classes = dataset.spec.classes
    probabilities = {name: round(float(share), 6) for name, share in zip(classes, shares, strict=True)}
    return {"file": str(path), "answer": classes[int(shares.argmax())], "probabilities": probabilities}


def _line(row: dict[str, Any]) -> str:
    best = sorted(row["probabilities"].items(), key=lambda item: -item[1])[:BEST]
    return f"{row['file']}  {row['answer']}  ({', '.join(f'{name} {percent(share)}' for name, share in best)})"
