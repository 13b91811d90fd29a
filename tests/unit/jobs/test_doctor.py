from pathlib import Path

import pytest

from core.jobs import doctor
from core.jobs.doctor import examine
from core.jobs.submit import FOREMAN_LOCK
from core.locks import FileLock
from core.settings import Settings, this_host
from core.store import Store
from tests.support.damage import spoil_pages


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Start nothing, and wait for nothing."""
    found: list[Settings] = []
    monkeypatch.setattr(doctor, "ensure_foreman", found.append)
    monkeypatch.setattr(doctor, "FOREMAN_S", 0.05)
    monkeypatch.setattr(doctor, "SPARE_S", 0.05)
    return found


def test_a_well_installation_has_a_foreman_a_spare_and_a_probe(store: Store, visits: list[Settings]) -> None:
    foreman = FileLock(store.settings.home / FOREMAN_LOCK)
    foreman.acquire()
    for pid, role, slot in ((1, "worker", "train-0"), (2, "probe", "probe")):
        store.processes.register(host=this_host(), pid=pid, role=role, slot=slot, state="ready")
    checks = {check.name: check for check in examine(store.settings)}
    foreman.release()
    assert set(checks) == {"versions", "device", "home", "database", "disk", "foreman", "spare", "probe"}
    assert [check for check in checks.values() if not check.ok and check.name != "disk"] == []
    assert "tensorflow" in checks["versions"].found
    assert checks["database"].found == "no damage found"
    assert visits == [store.settings]


def test_what_does_not_become_ready_is_named(store: Store) -> None:
    store.processes.register(host=this_host(), pid=1, role="worker", slot="train-0", state="starting")
    failed = {check.name for check in examine(store.settings) if not check.ok}
    assert {"foreman", "spare", "probe"} <= failed


def test_a_home_that_cannot_be_used_is_one_failed_check(tmp_path: Path, visits: list[Settings]) -> None:
    (tmp_path / "file").touch()
    checks = [check for check in examine(Settings(tmp_path / "file" / "home", tmp_path)) if check.name != "disk"]
    assert [(check.name, check.ok) for check in checks] == [("versions", True), ("device", True), ("home", False)]
    assert "cannot write to its home folder" in checks[-1].found
    assert visits == []


def test_each_check_is_told_before_the_next_is_made(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found = examine(store.settings)
    assert [next(found).name for _ in range(2)] == ["versions", "device"]
    monkeypatch.setattr(doctor, "open_store", lambda settings: pytest.fail("too early"))
    assert next(found).name == "disk"


def test_a_damaged_database_is_found_and_what_to_do_about_it_is_said(store: Store) -> None:
    spoil_pages(store)
    checks = {check.name: check for check in examine(store.settings)}
    assert not checks["database"].ok
    assert "python -m core recover" in checks["database"].found
