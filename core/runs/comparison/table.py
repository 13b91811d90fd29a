"""All runs that an actor may see, as a table to search, filter and sort."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

import pandas as pd

from core.datasets import list_datasets
from core.errors import ConfigError
from core.families import FAMILIES
from core.runs.visible import listed_runs
from core.store import Run, Store
from core.store.records import LOCAL

FIXED = ("name", "status", "family", "data", "owner", "created", "starred", "note")  # columns that are no numbers
MINE, SOMEBODY, COMMAND_LINE = "me", "somebody", "command line"
PRIVATE = "deleted or private data"

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

    Columns are `FIXED`, then each setting, then each number of the summaries. A setting or number that a run lacks is
    missing.

    Args:
        store: Store of the runs.
        actor: Who asks.
    """
    runs = listed_runs(store, actor)
    titles = {key: dataset.title for key, dataset in list_datasets(store.settings, actor).items()}
    names = store.people.nicknames()
    rows = [_row(run, actor, titles, names) for run in runs]
    table = pd.DataFrame(rows, index=pd.Index([run.id for run in runs], name="id"))
    return table if rows else pd.DataFrame(columns=list(FIXED), index=table.index)


def _row(run: Run, actor: str, titles: dict[str, str], names: dict[str, str]) -> dict[str, object]:
    settings = {name: _plain(value) for name, value in run.config.items() if name != "schema"}
    numbers = {name: value for name, value in run.summary.items() if isinstance(value, int | float)}
    author = COMMAND_LINE if run.owner == LOCAL else names.get(run.owner, SOMEBODY)
    fixed = {
        "name": run.name,
        "status": str(run.status),
        "family": FAMILIES[str(run.family)].title if run.family in FAMILIES else str(run.family),
        "data": titles.get(run.dataset, PRIVATE),
        "owner": MINE if run.owner == actor else author,
        "created": run.created,
        "starred": run.starred,
        "note": run.note,
    }
    return {**settings, **numbers, **fixed}


def _plain(value: object) -> object:
    return ",".join(map(str, value)) if isinstance(value, list) else value


def matching(table: pd.DataFrame, search: str) -> pd.DataFrame:
    """Return the rows that match all terms of a search.

    A term is a word, found in a name, note, kind of network, data or owner; or a column, a comparison and a value, such
    as `batch_size>32`, `status=succeeded` or `family=CNN`. Quotes hold several words together.

    Args:
        table: From `run_table`.
        search: The terms, separated by blanks.

    Raises:
        ConfigError: A term names no column, or orders words.
    """
    kept = pd.Series(data=True, index=table.index)
    for column, sign, value, word in _TERM.findall(search):
        kept &= _has_word(table, word.strip('"')) if word else _compared(table, column, sign, value.strip('"'))
    return table[kept]


def _has_word(table: pd.DataFrame, word: str) -> pd.Series:
    searched = [table[name].astype(str) for name in ("name", "note", "family", "data", "owner", "status")]
    found = [column.str.contains(word, case=False, regex=False) for column in searched]
    return pd.concat(found, axis=1).any(axis=1)


def _compared(table: pd.DataFrame, name: str, sign: str, value: str) -> pd.Series:
    if name not in table:
        some = ", ".join([*FIXED, *sorted(set(table.columns) - set(FIXED))[:12]])
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
    measured: Sequence[str] = [name for name in table.columns if name.startswith("val_") and name.endswith("_last")]
    return max(measured, key=lambda name: table[name].notna().sum(), default="created")


def varying(table: pd.DataFrame, settings: Sequence[str]) -> list[str]:
    """Return the settings that differ between rows.

    Args:
        table: From `run_table`.
        settings: Names of columns.
    """
    return [name for name in settings if name in table and table[name].nunique(dropna=False) > 1]
