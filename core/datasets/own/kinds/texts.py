"""Texts with a class or a number each: rows of a table, or files in class folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS, Found, Kind, read_folder, read_zip
from core.datasets.archives.zips import short
from core.datasets.dataset import Progress
from core.datasets.own.built import Built, listed
from core.datasets.own.kinds.files import ZIP, count_inside, only_file
from core.datasets.own.kinds.kind import DataKind
from core.datasets.own.uploads import Upload
from core.errors import DatasetError

TEXTS = Kind("texts", frozenset((".txt", ".md")))
TABLES = (".csv", ".tsv", ".xlsx", ".parquet")


def read_own_texts(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Read texts, and split them into training and test.

    Args:
        place: Folder of the one table, of a ZIP, or of class folders.
        options: `name` of the file; `text` and `target`, columns of a table; `as_kind`, "category" or "number";
            `unit`, `size` and `length` as `most` of `learn_from_texts`; `seed` of the split.
        progress: Receives the current step.

    Raises:
        DatasetError: There are no texts, or too few of them have an answer.
    """
    from core.datasets.texts.labelled import learn_from_texts

    progress("reading the texts", 0.1)
    is_table = not (place / ZIP).exists() and any(path.suffix in TABLES for path in place.iterdir() if path.is_file())
    read = _from_table(place, options) if is_table else _from_files(place, progress)
    progress("learning the vocabulary", 0.7)
    made = learn_from_texts(
        read["texts"],
        read["answers"],
        read["where"],
        target=read["settled"].get("target", ""),
        is_test=read["is_test"],
        unit=options.get("unit", ""),
        most=options.get("size", 0),
        length=options.get("length", 0),
        seed=options.get("seed") or 0,
    )
    notes = {**made.facts, "columns": read["columns"], "said": [*read["said"], *made.said], **listed(read["skipped"])}
    seed = None if any(read["is_test"]) else options.get("seed") or 0
    settled = {"unit": made.facts["unit"], "length": made.facts["length"], "seed": seed}
    return Built(made.arrays, made.spec, notes, options={**settled, **read["settled"]})


def _from_table(place: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return texts and answers from the columns that were chosen, or else look right."""
    from core.datasets.tables.files import read_table
    from core.datasets.texts.columns import answers_of, text_column, texts_of

    name = options["name"]
    frame = read_table(only_file(place), name)
    text, target = text_column(frame, name, options.get("text"), options.get("target"))
    answers, as_kind, without = answers_of(frame[target], name, options.get("as_kind"))
    said = [f"{without:,} rows without a value in {short(target)!r} were left out."] if without else []
    return {
        "texts": texts_of(frame.loc[answers.index, text]),
        "answers": answers.tolist(),
        "where": f"the column {short(target)!r} of {short(name)}",
        "is_test": (),
        "said": said,
        "skipped": (),
        "columns": [str(column) for column in frame.columns],
        "settled": {"text": text, "target": target, "as_kind": as_kind},
    }


def _from_files(place: Path, progress: Progress) -> dict[str, Any]:
    """Return the texts of files, whose folders are their classes."""
    if not (place / ZIP).exists():
        return _read_all(read_folder(place, TEXTS), progress)
    with read_zip(place / ZIP, TEXTS) as found:
        return _read_all(found, progress)


def _read_all(found: Found, progress: Progress) -> dict[str, Any]:
    from core.datasets.texts.texts import decode_text

    texts, answers, is_test, skipped = [], [], [], list(found.skipped)
    for number, entry in enumerate(found.entries):
        if number % 1000 == 0:
            progress(f"reading text {number:,} of {len(found.entries):,}", 0.1 + 0.5 * number / len(found.entries))
        try:
            texts.append(decode_text(entry.read(), entry.name))
        except DatasetError as error:
            skipped.append((entry.name, error.what))
            continue
        answers.append(entry.label)
        is_test.append(entry.is_test)
    kept = {"texts": texts, "answers": answers, "is_test": is_test, "said": found.said, "skipped": skipped}
    return {**kept, "where": "the folders", "columns": [], "settled": {}}


def _likeness(upload: Upload) -> int:
    is_files = upload.path.is_dir() or upload.suffix == ".zip"
    return count_inside(upload, TEXTS) if is_files else 0  # a table is one until its text is named


KIND = DataKind(
    id="texts",
    title="Texts with labels",
    takes="a ZIP or a folder with a folder of .txt files for each class",
    way="Texts with labels",
    asks="A table (`.csv`, `.tsv`, `.xlsx`, `.parquet`) with a column of texts and a column of classes or numbers; or "
    "a ZIP with a folder of `.txt` files for each class. You choose the columns once it is read.",
    limits=f"At most {LIMITS.archive_mb} MB. {LIMITS.least_classes} to {LIMITS.most_classes} classes, at least 10 "
    f"different texts; in a ZIP at most {LIMITS.files:,} files, at least {LIMITS.least_images} of each class.",
    suffixes=(*TABLES, ".zip"),
    folders=TEXTS,
    likeness=_likeness,
    defaults={"seed": 0},
    read=read_own_texts,
    page="pages._ui.data.kinds.texts:VIEW",
    has_text=True,
    keeps_raw=True,
)
