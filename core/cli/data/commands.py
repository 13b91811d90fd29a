"""Commands about data sets: datasets, data add, target, list, show, delete."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import datasets as data
from core.cli.command import Commands, refuse
from core.cli.data import forecasting
from core.cli.data.report import about, in_lines, rows_of
from core.cli.follow import open_home, wait
from core.cli.report import show
from core.datasets.images.photos import AUTO, LEAST_SIDE, MOST_SIDE, Shaping
from core.datasets.own import own, removal
from core.datasets.own.as_dataset import awaits_target
from core.datasets.own.recognise import TAKEN, copy_to, recognise
from core.datasets.texts.tokens import UNITS
from core.errors import DatasetError
from core.jobs.submit import delete_data, queue_preparation
from core.settings import Settings
from core.store import Status, Store
from core.store.records import LOCAL

FITS = {"squeeze": "squeeze", "crop": "crop", "bars": "pad"}
LISTED = 20  # columns in an error message


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    command("datasets", list_data, "List the data sets; the same as data list.")
    group = command.group("data", "Add, list, show and delete data sets.")
    bring = group("add", add, "Make a data set from your own files, and accept it.")
    bring.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=TAKEN)
    bring.add_argument("--title", help="title of the data set (default: the file name)")
    bring.add_argument("--fit", choices=FITS, default="squeeze", help="how photos become square (default: squeeze)")
    bring.add_argument(
        "--size",
        type=int,
        default=AUTO,
        metavar="N",
        help=f"height and width of photos, {LEAST_SIDE} to {MOST_SIDE} pixels (default: as the originals allow)",
    )
    bring.add_argument("--target", metavar="COLUMN", help="column to predict; required for a table")
    bring.add_argument("--text", metavar="COLUMN", help="column of texts to predict from, in a table of texts")
    bring.add_argument(
        "--tokens", choices=[*UNITS], help="what texts are split into (default: words of sentences, else characters)"
    )
    bring.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="COLUMN=KIND",
        help="what a column of a table is: number, category, date, ignored; can be repeated",
    )
    forecasting.add_options(bring)
    chosen = group("target", choose_target, "Choose the column to predict in a table added by an older version.")
    chosen.add_argument("id", metavar="DATASET")
    chosen.add_argument("column", metavar="COLUMN")
    group("list", list_data, "List the data sets.")
    for name, run, words in (
        ("show", show_data, "Show a data set: its classes, sizes, source and findings."),
        ("delete", delete, "Delete an uploaded data set; runs that learned from it stay."),
    ):
        group(name, run, words).add_argument("id", metavar="DATASET")


def add(settings: Settings, options: argparse.Namespace) -> int:
    """Add data as the page does, wait until it is read, and accept it."""
    try:
        card = _bring(settings, options)
        found = about(settings, card)
    except DatasetError as error:
        return refuse(error)
    show(options, found, in_lines(found))
    return 0


def _bring(settings: Settings, options: argparse.Namespace) -> own.Card:
    shaping = Shaping(options.size, FITS[options.fit], 3)
    target, is_forecast = options.target or options.forecast, options.forecast is not None
    brought = recognise(options.paths, shaping, target=target, text=options.text, forecast=is_forecast)
    if brought.kind.has_target and options.target is None:
        raise _nothing_to_predict(options.paths[0])
    store = open_home(settings)
    title = brought.title if options.title is None else options.title
    kinds: dict[str, Any] = {"kinds": _kinds(options.kind)} if options.kind and brought.kind.has_target else {}
    kinds |= {"unit": options.tokens} if options.tokens else {}
    kinds |= forecasting.windows_of(options) if is_forecast else {}
    card = own.begin(settings, LOCAL, title, brought.kind.id, {**brought.options, **kinds})
    is_kept = False
    try:
        copy_to(brought, own.raw(settings, card.id))
        _read(store, card, options)
        card = own.change(settings, card.id, LOCAL, accepted=True)
        is_kept = True
    finally:
        if not is_kept:
            removal.discard(settings, card.id)
    return card


def _kinds(given: list[str]) -> dict[str, str]:
    """Return the kinds of columns from texts such as `price=ignored`."""
    pairs = [one.rpartition("=") for one in given]
    for text, (column, _, kind) in zip(given, pairs, strict=True):
        if not column or not kind:
            raise DatasetError("--kind needs a column and its kind", expected="COLUMN=KIND", received=text)
    return {column: kind for column, _, kind in pairs}


def _nothing_to_predict(path: Path) -> DatasetError:
    """Return the error for a table without a target; it lists the columns."""
    from core.datasets.tables.files import read_table

    columns = list(read_table(path, path.name).columns)
    listed = ", ".join(columns[:LISTED]) + (", ..." if len(columns) > LISTED else "")
    return DatasetError("a table needs --target, the column to predict", expected=f"one of {listed}")


def _read(store: Store, card: own.Card, options: argparse.Namespace, how: Mapping[str, Any] | None = None) -> None:
    """Have a worker read the files, and wait for it."""
    task = queue_preparation(store, card.id, card.title, owner=LOCAL, options=how)
    try:
        task = wait(store, task, shows=not options.json and sys.stderr.isatty())
    except KeyboardInterrupt:
        store.runs.stop(task.id, LOCAL)
        raise
    if task.status is not Status.SUCCEEDED:
        raise DatasetError((task.error or "Reading the files was stopped.").rstrip("."))


def choose_target(settings: Settings, options: argparse.Namespace) -> int:
    """Prepare a described table for predicting a column."""
    card = own.read_card(settings, options.id)
    if not awaits_target(settings, card):
        raise DatasetError(f"{card.title} needs no target", fix="It stays as it was accepted.")
    _read(open_home(settings), card, options, {**card.options, "target": options.column, "as_kind": None})
    found = about(settings, own.read_card(settings, card.id))
    show(options, found, in_lines(found))
    return 0


def list_data(settings: Settings, options: argparse.Namespace) -> int:
    """Print the data sets of all users."""
    rows = rows_of(settings)
    show(options, rows, "\n".join(f"{r['dataset']:<10} {r['title']:<22} {r['state']}" for r in rows))
    return 0


def show_data(settings: Settings, options: argparse.Namespace) -> int:
    """Print the facts about a data set."""
    found = _about_any(settings, options.id)
    show(options, found, in_lines(found))
    return 0


def _about_any(settings: Settings, dataset_id: str) -> dict[str, Any]:
    dataset = data.find_dataset(settings, dataset_id)
    card = own.read_card(settings, dataset_id) if own.is_own(dataset_id) else None
    described: dict[str, Any] = {
        "title": dataset.title,
        "train": dataset.spec.train_size,
        "test": dataset.spec.test_size,
        "shape": list(dataset.spec.input_shape),
        "source": dataset.source,
        "licence": dataset.licence,
    }
    if card is not None and not described["train"]:  # there are no arrays
        described = {key: described[key] for key in ("title", "source", "licence")}
    is_learned = card is None or card.data_kind.is_learned
    state = data.state_of(settings, dataset) if is_learned else "ready"
    return {**about(settings, card or dataset), **described, "state": state}


def delete(settings: Settings, options: argparse.Namespace) -> int:
    """Delete an uploaded data set."""
    store = open_home(settings)
    if not own.is_own(options.id):
        title = data.find_dataset(settings, options.id).title
        raise DatasetError(f"{title} is not an upload, so it cannot be deleted")
    delete_data(store, options.id, LOCAL)
    show(options, {"dataset": options.id, "deleted": True}, f"{options.id}  deleted")
    return 0
