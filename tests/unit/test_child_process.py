import pytest

from core import child_process


def test_a_process_that_cannot_start_gives_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process.sys, "executable", "/nowhere/python")
    assert child_process.ask_apart("core.jobs.doctor") is None
