"""Tables that people bring, from their file to arrays."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from core.datasets.archives.zips import short
from core.datasets.dataset import Progress
from core.datasets.own.built import Built, listed
from core.datasets.own.checks import Options, cut, only_file


def read_own_table(place: Path, options: Options, progress: Progress) -> Built:
    """Describe a table, and make arrays of it once it is known what is to be predicted.

    Args:
        place: Where its one file lies.
        options: `name` of the file; `target`, the column to be predicted; `as_kind`, "category" or "number"; `kinds` of
            columns whose guess is not to be taken; `seed` of the split.
        progress: Told what is being done.

    Raises:
        DatasetError: It is no table, or the target cannot be learned.
    """
    from core.datasets.tables.files import read_table  # pandas, which other data does without
    from core.datasets.tables.learn import learn_from
    from core.datasets.tables.tables import check_target, describe_table, proposed_kind

    progress("reading the table", 0.1)
    frame = read_table(only_file(place), options["name"])
    progress("looking at its columns", 0.5)
    chosen, target, seed = options.get("kinds") or {}, options.get("target"), options.get("seed", 0)
    found = asdict(describe_table(frame, chosen))
    settled = {"kinds": chosen, "target": target, "as_kind": None, "seed": seed}
    if not target:
        return Built({}, None, {**found, "target": None}, options=settled, keeps_raw=True)
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    as_kind = options.get("as_kind") or proposed_kind(kinds.get(target, ""))
    checked = asdict(check_target(frame, target, as_kind))
    checked["classes"] = [(short(name), count) for name, count in checked["classes"]]
    progress("making numbers of it", 0.8)
    learned = learn_from(frame, target, as_kind, kinds, seed)
    notes = {**found, "target": cut(checked), "said": list(learned.said), **listed(learned.left_out)}
    return Built(learned.arrays, learned.spec, notes, options={**settled, "as_kind": as_kind}, keeps_raw=True)
