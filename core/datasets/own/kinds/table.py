"""A table: described first, turned into arrays once its target column is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS
from core.datasets.archives.zips import short
from core.datasets.dataset import Progress
from core.datasets.own.built import Built, cut, listed
from core.datasets.own.kinds.files import only_file
from core.datasets.own.kinds.kind import DataKind


def read_own_table(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Describe a table, and make its arrays if the target is known.

    Args:
        place: Folder of the one file.
        options: `name` of the file; `target`, the column to predict; `as_kind`, "category" or "number"; `kinds` of
            columns that replace the guess; `prepared`, how columns are prepared if not as usual; `seed` of the split.
        progress: Receives the current step.

    Raises:
        DatasetError: The file is not a table, or the target cannot be learned.
    """
    from core.datasets.tables.files import read_table  # imports pandas, which other data does not need
    from core.datasets.tables.leaks import telling_columns
    from core.datasets.tables.learn import learn_from
    from core.datasets.tables.preparing import LEFT_OUT, settle
    from core.datasets.tables.tables import check_target, describe_table, look_like_identifiers, proposed_kind

    progress("reading the table", 0.1)
    frame = read_table(only_file(place), options["name"])
    progress("checking the columns", 0.5)
    chosen, target, seed = options.get("kinds") or {}, options.get("target"), options.get("seed", 0)
    found, prepared = asdict(describe_table(frame, chosen)), options.get("prepared") or {}
    for column in found["columns"]:
        column.update(asdict(settle(column["kind"], prepared.get(column["name"]))))
    settled = {"kinds": chosen, "prepared": prepared, "target": target, "as_kind": None, "seed": seed}
    if not target:
        return Built({}, None, {**found, "target": None}, options=settled)
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    as_kind = options.get("as_kind") or proposed_kind(kinds.get(target, ""))
    checked = asdict(check_target(frame, target, as_kind))
    checked["classes"] = [(short(name), count) for name, count in checked["classes"]]
    progress("encoding the columns", 0.8)
    learned = learn_from(frame, target, as_kind, kinds, seed, prepared)
    progress("looking for columns that give the target away", 0.9)
    used = {column["name"] for column in found["columns"] if column["way"] != LEFT_OUT} & set(chosen) - {target}
    checked["leaks"] = _once([*checked["leaks"], *telling_columns(learned, target)])
    checked["leaks"] += look_like_identifiers(frame, sorted(used))
    notes = {**found, "target": cut(checked), "said": list(learned.said), **listed(learned.left_out)}
    return Built(learned.arrays, learned.spec, notes, options={**settled, "as_kind": as_kind})


def _once(leaks: Sequence[str]) -> list[str]:
    """Return each column's first sentence only: what equals the target also predicts it."""
    first = {sentence.partition("' ")[0]: sentence for sentence in reversed(leaks)}
    return list(reversed(first.values()))


def _remarks(notes: Mapping[str, Any]) -> list[str]:
    if not notes.get("target"):
        return ["No target column is chosen yet."]
    return [*notes["target"].get("problems", []), *notes["target"].get("leaks", [])]


KIND = DataKind(
    id="table",
    title="Table",
    takes="a .csv, .tsv, .parquet or .xlsx table",
    way="A table",
    asks="A CSV, Parquet or Excel file with a row for each example. You choose what to predict once it is read.",
    limits=f"At most {LIMITS.archive_mb} MB, 1,000,000 rows, 1,000 columns; Excel 3,000,000 cells. At least 10 rows.",
    suffixes=(".csv", ".tsv", ".txt", ".parquet", ".xlsx"),
    read=read_own_table,
    page="pages._ui.data.kinds.table:VIEW",
    remarks=_remarks,
    has_target=True,
    keeps_raw=True,
    piece="column",
)
