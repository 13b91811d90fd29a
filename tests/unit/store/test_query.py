"""Read-only SQL."""

import argparse
import json

import pytest

from core.cli.compare import print_query
from core.errors import StoreError
from core.settings import Settings
from core.store import Store
from core.store.query import query
from tests.support.past_runs import PastRuns


def test_rows_come_back_with_their_columns_as_lines_or_as_json(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    run = PastRuns(store).queued(name="a run")
    sql = "select id, name, json_extract(config, '$.batch_size') as batch from runs"
    assert query(store.settings, sql).rows == [(run.id, "a run", run.config["batch_size"])]
    for is_json in (False, True):
        print_query(store.settings, argparse.Namespace(sql=sql, json=is_json))
    line, told = capsys.readouterr().out.split("\n", 2)[1:]
    assert line.split("\t")[:2] == [run.id, "a run"]
    assert json.loads(told) == [{"id": run.id, "name": "a run", "batch": run.config["batch_size"]}]


@pytest.mark.parametrize(
    "sql",
    [
        "delete from runs",
        "update runs set name = ''",
        "drop table runs",
        "select nothing from runs",
        "pragma journal_mode=off",
    ],
)
def test_nothing_is_ever_changed(store: Store, sql: str) -> None:
    run = PastRuns(store).queued(name="a run")
    with pytest.raises(StoreError, match="cannot be run"):
        query(store.settings, sql)
    assert store.runs.get(run.id).name == "a run"


def test_without_a_store_it_is_said(settings: Settings) -> None:
    with pytest.raises(StoreError, match="nothing in"):
        query(settings, "select 1")
