"""Command for predictions of a trained network: predict."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.cli.command import Commands, refuse
from core.cli.follow import open_home
from core.cli.report import percent, show
from core.datasets import Dataset, find_dataset
from core.datasets.archives.zips import short
from core.datasets.features import Tokens, Vector
from core.datasets.images.prepare_image import prepare_image
from core.datasets.sounds.ask import hear, is_heard
from core.datasets.texts.texts import decode_text
from core.errors import DatasetError
from core.runs.predict import check_answers, predict
from core.settings import Settings
from core.store.records import LOCAL
from core.units import MB

MOST_MB = 50  # of one file
BEST = 3  # printed classes


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("predict", answer, "Predict pictures, table rows, texts or sounds with a run's network.")
    sub.add_argument("id", metavar="RUN", help="a run that learned classes or a number")
    sub.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="pictures, tables if it learned from rows, texts or WAV files, one a file",
    )
    sub.add_argument("--text", action="append", default=[], help="a text to tell the class of; can be repeated")


def answer(settings: Settings, options: argparse.Namespace) -> int:
    """Print the predictions for pictures or table rows."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    dataset = find_dataset(settings, run.dataset)
    check_answers(store, run, dataset)
    try:
        asked, examples = read_examples(options.files, dataset, options.text)
    except DatasetError as error:
        return refuse(error)
    said = predict(store, run, examples, actor=LOCAL)
    rows = [{**about, **_answer(numbers, dataset)} for about, numbers in zip(asked, said, strict=True)]
    show(options, rows, "\n".join(map(_line, rows)))
    return 0


def read_examples(
    files: list[Path], dataset: Dataset, texts: Sequence[str] = ()
) -> tuple[list[dict[str, object]], list[np.ndarray]]:
    """Return the source of each example, and the examples.

    Args:
        files: Pictures, tables, texts or sounds.
        dataset: The data that the network learned from.
        texts: Texts themselves.

    Raises:
        DatasetError: A file is missing, or is no picture, table, text or sound that the data's networks can take.
    """
    features = dataset.spec.features
    if texts and not isinstance(features, Tokens):
        raise DatasetError("this network reads no texts", fix="Leave out --text, and give files.")
    if not files and not texts:
        raise DatasetError("there is nothing to predict", fix="Give a file.")
    if isinstance(features, Tokens):
        given = {str(path): decode_text(_read(path), path.name) for path in files}
        asked: list[dict[str, object]] = [{"file": name} for name in given]
        asked += [{"text": text} for text in texts]
        return asked, [np.array(features.example(text.strip()), np.int32) for text in (*given.values(), *texts)]
    if is_heard(features):
        return [{"file": str(path)} for path in files], [hear(_read(path), path.name, features) for path in files]
    if not isinstance(features, Vector):
        return [{"file": str(path)} for path in files], [prepare_image(_read(p), p.name, dataset) for p in files]
    from core.datasets.tables.ask import rows_of
    from core.datasets.tables.files import read_table

    asked = []
    examples: list[np.ndarray] = []
    for path in files:
        _read(path)
        rows = rows_of(read_table(path, path.name), features)
        asked += [{"file": str(path), "row": number} for number in range(1, len(rows) + 1)]
        examples += list(rows)
    return asked, examples


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise DatasetError(f"there is no file {short(str(path))}")
        if path.stat().st_size > MOST_MB * MB:
            raise DatasetError(f"{short(path.name)} is too large", expected=f"at most {MOST_MB} MB")
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{short(str(path))} cannot be read", received=str(error.strerror)) from error


def _answer(shares: np.ndarray, dataset: Dataset) -> dict[str, object]:
    classes = dataset.spec.classes
    if not classes:
        return {"value": float(f"{shares[0]:.6g}")}
    probabilities = {name: round(float(share), 6) for name, share in zip(classes, shares, strict=True)}
    return {"answer": classes[int(shares.argmax())], "probabilities": probabilities}


def _line(row: dict[str, Any]) -> str:
    place = row.get("file", short(row.get("text", ""))) + (f" row {row['row']}" if "row" in row else "")
    if "value" in row:
        return f"{place}  {row['value']:g}"
    best = sorted(row["probabilities"].items(), key=lambda item: -item[1])[:BEST]
    return f"{place}  {row['answer']}  ({', '.join(f'{name} {percent(share)}' for name, share in best)})"
