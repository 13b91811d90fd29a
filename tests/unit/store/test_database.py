import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.errors import StoreError
from core.settings import Settings
from core.store import Store, open_store
from core.store.database import revision
from core.store.schema import HEAD, metadata

TABLES = {
    "runs",
    "metrics",
    "snapshots",
    "checkpoints",
    "controls",
    "slots",
    "processes",
    "people",
    "views",
    "turns",
    "stints",
    "shares",
    "guesses",
    "findings",
    "marks",
    "slices",
}


def settings_in(home: Path) -> Settings:
    return Settings(home=home, data_dir=home / "data")


def schema_of(engine: sa.Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version'"
        )
        return sorted((kind, table, name, " ".join((sql or "").split())) for kind, table, name, sql in rows)


def told(part: Any) -> list[str]:
    """Return what an inspector says of a table, conditions of indexes as their text."""
    parts = part if isinstance(part, list) else [part]
    return sorted(f"{one.pop('dialect_options', {}).get('sqlite_where')} {one}" for one in map(dict, parts))


def test_the_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_keys_indexes_and_autoincrement_are_those_that_sqlalchemy_would_make(store: Store) -> None:
    declared = sa.create_engine("sqlite://")
    metadata.create_all(declared)
    parts = sa.inspect(store.engine), sa.inspect(declared)
    for table in TABLES:
        for part in ("get_pk_constraint", "get_foreign_keys", "get_indexes", "get_unique_constraints"):
            mine, theirs = (getattr(inspector, part)(table) for inspector in parts)
            assert told(mine) == told(theirs)
    increments = [{t for _, t, _, sql in schema_of(e) if "AUTOINCREMENT" in sql} for e in (store.engine, declared)]
    assert increments[0] == increments[1] == {"metrics", "controls"}
    declared.dispose()


def test_a_new_home_is_made_at_the_newest_revision_in_wal_mode(tmp_path: Path) -> None:
    store = open_store(settings_in(tmp_path / "deep" / "home"))
    assert revision(store.engine) == HEAD
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert set(sa.inspect(store.engine).get_table_names()) == {*TABLES, "alembic_version"}
    store.close()


def test_a_home_opened_again_keeps_its_rows(settings: Settings, new_run: Any) -> None:
    first = open_store(settings)
    run = first.runs.submit(new_run)
    first.close()
    second = open_store(settings)
    assert second.runs.get(run.id) == run
    second.close()


@pytest.mark.parametrize("name", ["a home", "50% ü", "a?b", "a#b", "x=y&z"])
def test_a_home_may_have_any_name_and_nothing_is_written_beside_it(tmp_path: Path, name: str) -> None:
    store = open_store(settings_in(tmp_path / name))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "glassbox.db").is_file()


def test_many_threads_may_open_one_new_home_at_once(settings: Settings) -> None:
    barrier, opened = threading.Barrier(8), []

    def open_it() -> None:
        barrier.wait(60)
        store = open_store(settings)
        opened.append(revision(store.engine))
        store.close()

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert opened == [HEAD] * 8


def test_many_processes_may_open_one_new_home_at_once(settings: Settings) -> None:
    code = (
        "from core.settings import Settings; from core.store import open_store; print(flush=True); input();"
        "print(len(open_store(Settings.from_environment()).runs.list()))"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    root, environment = Path(__file__).parents[3], settings.environment()
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=root, env=environment, **pipes) for _ in range(3)]
    for process in processes:
        process.stdout.readline()  # it has imported all it needs
    ends = [(*process.communicate("go\n", timeout=60), process.returncode) for process in processes]
    assert ends == [("0\n", "", 0)] * 3


def test_a_home_of_a_newer_glassbox_is_refused_and_left_alone(settings: Settings) -> None:
    store = open_store(settings)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StoreError, match=r"newer Glassbox.*9999.*Update Glassbox"):
        open_store(settings)
    engine = sa.create_engine(f"sqlite:///{settings.home / 'glassbox.db'}")
    assert revision(engine) == "9999"
    engine.dispose()


def test_a_file_that_is_no_database_is_refused_with_what_to_do_and_left_alone(settings: Settings) -> None:
    settings.home.mkdir()
    path = settings.home / "glassbox.db"
    path.write_bytes(b"this is no database, " * 100)
    with pytest.raises(StoreError, match=r"damaged.*python -m core recover"):
        open_store(settings)
    assert path.read_bytes().startswith(b"this is no database")


@pytest.mark.parametrize("home", ["/proc/glassbox", "/sys/glassbox"])
def test_a_home_that_cannot_be_made_is_refused_by_its_path(home: str) -> None:
    with pytest.raises(StoreError, match=rf"cannot write to its home folder {home}.*GLASSBOX_HOME"):
        open_store(settings_in(Path(home)))


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        open_store(settings_in(tmp_path / "file" / "home"))


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        open_store(settings_in(tmp_path / "file"))


def test_a_database_that_may_not_be_written_is_refused_when_it_is_opened(settings: Settings) -> None:
    open_store(settings).close()
    database = settings.home / "glassbox.db"
    holder = sa.create_engine(f"sqlite:///{database}")
    with pytest.MonkeyPatch.context() as patch, holder.connect() as connection:
        patch.setattr("core.store.database.BUSY_MS", 50)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked"):
            open_store(settings)
        connection.rollback()
    holder.dispose()
    open_store(settings).close()


def test_each_run_has_a_folder_of_its_own_below_the_home(store: Store) -> None:
    assert store.files("abc").folder == store.settings.home / "runs" / "abc"
