"""All runs that an actor may see, as a table to search, filter and sort."""

from __future__ import annotations

import operator
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from core.datasets import find_dataset, list_datasets
from core.datasets.access import NOT_HERE
from core.datasets.own.carried import is_carried
from core.errors import ConfigError, DatasetError
from core.families import KNOWN, find_family
from core.runs.visible import listed_runs
from core.store import Run, Store
from core.store.records import LOCAL

if TYPE_CHECKING:
    import pandas as pd

FIXED = ("name", "status", "family", "data", "owner", "created", "starred", "note", "tags", "origin")  # no numbers
LINKS = ("family_id", "colour", "came_from", "group")  # what the pages need of a run, and no column of the table
MINE, SOMEBODY, COMMAND_LINE = "me", "somebody", "command line"
VALIDATION = "val_"  # begins the keys of results on validation data
SPARSE = 2**30  # a distance of steps by which only points with validation results are read, and the first few
PRIVATE = "deleted or private data"

_MAIN = {result.key for family in KNOWN.values() for result in family.results}
_TERM = re.compile(r'([\w.]+)(!=|<=|>=|=|<|>|:)("[^"]*"|\S+)|("[^"]*"|\S+)')
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    ":": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def run_table(store: Store, actor: str) -> pd.DataFrame:
    """Return the training runs that an actor may see, newest first, a row each, by id.

    Columns are each setting, each number of the summaries, `FIXED`, `duration_s` and `LINKS`. A setting or number that
    a run lacks is missing. Of a run that trains, the validation results so far stand for those of the summary.

    Args:
        store: Store of the runs.
        actor: Who asks.
    """
    import pandas as pd

    runs = listed_runs(store, actor)
    titles = {key: dataset.title for key, dataset in list_datasets(store.settings, actor).items()}
    titles |= _carried(store, runs)
    names = store.people.nicknames()
    rows = [{**(_so_far(store, run) if run.is_held else {}), **_row(run, actor, titles, names)} for run in runs]
    table = pd.DataFrame(rows, index=pd.Index([run.id for run in runs], name="id"))
    return table if rows else pd.DataFrame(columns=[*FIXED, *LINKS], index=table.index)


def _carried(store: Store, runs: Sequence[Run]) -> dict[str, str]:
    """Return the titles of data that only imported runs tell of."""
    found = {}
    for dataset_id in {run.dataset for run in runs if is_carried(run.dataset)}:
        with suppress(DatasetError):
            found[dataset_id] = find_dataset(store.settings, dataset_id).title
    return found


def _row(run: Run, actor: str, titles: dict[str, str], names: dict[str, str]) -> dict[str, object]:
    settings = {name: _plain(value) for name, value in run.config.items() if name != "schema"}
    numbers = {name: value for name, value in run.summary.items() if isinstance(value, int | float)}
    author = COMMAND_LINE if run.owner == LOCAL else names.get(run.owner, SOMEBODY)
    fixed = {
        "name": run.name,
        "status": str(run.status),
        "family": find_family(str(run.family)).title if run.family in KNOWN else str(run.family),
        "data": titles.get(run.dataset, PRIVATE if run.dataset else NOT_HERE),
        "owner": MINE if run.owner == actor else author,
        "created": run.created,
        "starred": run.starred,
        "note": run.note,
        "tags": run.tags,
        "origin": run.origin,
        "duration_s": None if run.started is None else (run.finished or time.time()) - run.started,
        "family_id": str(run.family),
        "colour": run.colour,
        "came_from": run.parent or run.derived_from,
        "group": run.group,
    }
    return {**settings, **numbers, **fixed}


def _so_far(store: Store, run: Run) -> dict[str, float]:
    """Return the last and best validation results of a run that trains, under the keys of a summary."""
    found: dict[str, list[float]] = {}
    for point in store.metrics.since(run.id, stride=SPARSE):
        for name, value in point.values.items():
            if name.startswith(VALIDATION) and value is not None:
                found.setdefault(name, []).append(value)
    last = {f"{name}_last": values[-1] for name, values in found.items()}
    best = {f"{name}_best": (max if is_more_better(f"{name}_last") else min)(values) for name, values in found.items()}
    return {**last, **best}


def is_more_better(key: str) -> bool:
    """Return whether a larger value of a result is better: of main results it is, of losses and errors it is not."""
    return key.replace("_best", "_last").replace(VALIDATION, "test_").replace("train_", "test_") in _MAIN


def _plain(value: object) -> object:
    return ",".join(map(str, value)) if isinstance(value, list) else value


def matching(table: pd.DataFrame, search: str) -> pd.DataFrame:
    """Return the rows that match all terms of a search.

    A term is a word, found in a name, note, tag, kind of network, data or owner; or a column, a comparison and a value,
    such as `batch_size>32`, `status=succeeded` or `tag=baseline`. Quotes hold several words together.

    Args:
        table: From `run_table`.
        search: The terms, separated by blanks.

    Raises:
        ConfigError: A term names no column, or orders words.
    """
    import pandas as pd

    kept = pd.Series(data=True, index=table.index)
    for column, sign, value, word in _TERM.findall(search):
        kept &= _has_word(table, word.strip('"')) if word else _compared(table, column, sign, value.strip('"'))
    return table[kept]


def _has_word(table: pd.DataFrame, word: str) -> pd.Series:
    import pandas as pd

    searched = [
        table[name].astype(str) for name in ("name", "note", "family", "data", "owner", "status", "tags", "origin")
    ]
    found = [column.str.contains(word, case=False, regex=False) for column in searched]
    return pd.concat(found, axis=1).any(axis=1)


def _compared(table: pd.DataFrame, name: str, sign: str, value: str) -> pd.Series:
    import pandas as pd

    if name in ("tag", "tags") and sign in ("=", ":", "!="):
        has = table["tags"].str.lower().str.split(",").map(lambda tags: value.lower() in tags)
        return ~has if sign == "!=" else has
    if name not in table:
        some = ", ".join([*FIXED, *sorted(set(table.columns) - {*FIXED, *LINKS})[:12]])
        raise ConfigError(f"no run has a column {name!r}", expected=f"one such as {some}")
    column, compare = table[name], _COMPARE[sign]
    try:
        number = float(value)
    except ValueError:
        if sign not in ("=", ":", "!="):
            raise ConfigError(f"{name}{sign}{value} compares no number", expected="a number") from None
        return compare(column.astype(str).str.lower(), value.lower())  # type: ignore[arg-type]
    return compare(pd.to_numeric(column, errors="coerce"), number)


def in_order(table: pd.DataFrame, by: str, *, ascending: bool) -> pd.DataFrame:
    """Return the rows sorted by a column, those without a value last; unsorted if there is no such column.

    Args:
        table: From `run_table`.
        by: Name of the column.
        ascending: Whether the smallest comes first.
    """
    if by not in table:
        return table
    words = by in FIXED or table[by].dtype == object
    key = (lambda column: column.astype(str).str.lower()) if words and by != "created" else None
    return table.sort_values(by, ascending=ascending, kind="stable", na_position="last", key=key)


def default_sort(table: pd.DataFrame) -> str:
    """Return the column by which runs are sorted at first: a validation result that some have, else the time."""
    measured = [name for name in table.columns if name.startswith(VALIDATION) and name.endswith("_last")]
    return max(measured, key=lambda name: (table[name].notna().sum(), is_more_better(name)), default="created")


def varying(table: pd.DataFrame, settings: Sequence[str]) -> list[str]:
    """Return the settings that differ between rows.

    Args:
        table: From `run_table`.
        settings: Names of columns.
    """
    return [name for name in settings if name in table and table[name].nunique(dropna=False) > 1]
