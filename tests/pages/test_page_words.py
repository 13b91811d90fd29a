"""Numbers and states in words."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.jobs.queue import Queue, Wait
from core.store import Status, Store
from pages._ui.shell import words
from tests.support.past_runs import PastRuns
from tests.support.reading import without_signs

FREE = Queue([], {}, {}, 1)
PROGRESS = {"phase": "training", "step": 1234, "total_steps": 5000, "epoch": 1, "epochs": 5}


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0 %"), (0.9815, "98.2 %"), (0.98149, "98.1 %"), (0.9996, "100.0 %"), (1.0, "100.0 %")]
)
def test_a_share_is_a_percentage_with_one_digit(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_a_percentage_takes_as_many_digits_as_asked() -> None:
    assert words.percent(0.98765, 0) == "99 %"
    assert words.percent(0.98765, 2) == "98.77 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12.345, "12.3"),
        (-0.012345, "-0.0123"),
        (9.999, "10.0"),
        (0.99951, "1.00"),
        (123.6, "124"),
        (1_234_567.8, "1,234,568"),
        (0.000123456, "0.000123"),
        (1.23456e-7, "1.23e-07"),
        (9.87e15, "9.87e+15"),
    ],
)
def test_a_number_of_any_size_has_three_digits_that_count(value: float, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0:00"),
        (0, "0:00"),
        (12.4, "0:12"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (600, "10:00"),
        (3599.6, "1:00:00"),
        (3725, "1:02:05"),
        (90_000, "25:00:00"),
    ],
)
def test_a_duration_is_written_as_on_a_clock(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (0.2, "1 s"),
        (12.4, "12 s"),
        (89.4, "89 s"),
        (90, "1.5 min"),
        (126, "2.1 min"),
        (600, "10 min"),
        (5399, "90 min"),
        (5400, "1.5 h"),
        (10 * 3600, "10 h"),
        (100 * 3600, "100 h"),
        (1234 * 3600, "1,234 h"),
    ],
)
def test_a_length_of_time_that_is_not_exactly_known_has_two_digits(seconds: float, text: str) -> None:
    assert words.about(seconds) == text


def test_memory_is_said_in_gigabytes() -> None:
    assert words.gigabytes(1_234_000_000) == "1.2 GB"
    assert words.gigabytes(770e6) == "0.8 GB"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 d ago"),
        (40 * 86_400, "40 d ago"),
    ],
)
def test_a_moment_is_said_to_be_so_long_ago(monkeypatch: pytest.MonkeyPatch, seconds: float, text: str) -> None:
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    assert words.ago(1_800_000_000.0 - seconds) == text


@pytest.mark.parametrize(
    ("status", "progress", "text"),
    [
        (Status.QUEUED, {}, "Waiting: next in line"),
        (Status.RUNNING, {}, "Starting"),
        (Status.RUNNING, {"phase": "starting"}, "Starting"),
        (Status.RUNNING, PROGRESS, "Training, epoch 2 of 5"),
        (Status.RUNNING, {**PROGRESS, "epoch": 5}, "Training, epoch 5 of 5"),
        (Status.RUNNING, {**PROGRESS, "phase": "testing"}, "Testing on unseen examples"),
        (Status.PAUSED, PROGRESS, "Paused at step 1,234 of 5,000"),
        (Status.SUCCEEDED, PROGRESS, "Finished"),
        (Status.STOPPED, {}, "Stopped"),
        (Status.STOPPED, PROGRESS, "Stopped at step 1,234 of 5,000"),
        (Status.LOST, {}, "Interrupted"),
        (Status.LOST, PROGRESS, "Interrupted at step 1,234 of 5,000"),
        (Status.FAILED, PROGRESS, "Failed"),
        (Status.DIVERGED, PROGRESS, "Blew up (diverged) at step 1,234"),
    ],
)
def test_a_state_is_said_in_a_few_words(past: PastRuns, status: Status, progress: dict[str, Any], text: str) -> None:
    run = past.queued()
    assert words.state(with_state(run, status, progress), lambda: FREE) == text


@pytest.mark.parametrize(
    ("field", "limit", "text"),
    [
        ("patience", 1, "Ended early: another epoch did not improve the validation accuracy."),
        ("patience", 3, "Ended early: 3 more epochs did not improve the validation accuracy."),
        ("target_accuracy", 0.985, "Ended early: the validation accuracy reached the target of 98.5 %."),
        ("time_budget_s", 3600, "Ended by its time budget of 3,600 s."),
    ],
)
def test_what_ended_a_run_early_is_said_with_its_limit(past: PastRuns, field: str, limit: float, text: str) -> None:
    run = past.queued(changes=["validation_fraction=0.2", f"{field}={limit}"])
    assert words.ended(type(run)(**{**vars(run), "summary": {"ended_by": field}})) == text
    assert "Ended early by its sweep" in words.ended(type(run)(**{**vars(run), "summary": {"ended_by": "pruned"}}))


@pytest.mark.parametrize(
    "text",
    [
        "plain words, 3.5 %",
        "**bold** _it_ `code` ~~gone~~",
        "[a link](https://example.com) <b>tag</b>",
        "$x^2$ :red[red] :material/error: :smile:",
        "www.example.com someone@example.com ftp://example.com",
        "back\\slash \\*",
    ],
)
def test_foreign_text_loses_nothing_and_keeps_no_sign_that_streamlit_obeys(text: str) -> None:
    safe = words.plain(text)
    assert without_signs(safe) == text
    for found in re.finditer(r"[`*_\[\]<~$:]", safe):
        assert safe[found.start() - 1] == "\\"
    assert not re.search(r"://|www\.|\w@", safe.replace("\\", ""))


@given(
    st.lists(
        st.sampled_from(["# a", "- b", "1. c", "2) d", "> e", "| f | g |", "|-|-|", "===", "    i", "+ j", "&lt;"])
    )
)
def test_no_line_of_foreign_text_is_a_heading_a_list_a_quote_a_table_or_code(lines: list[str]) -> None:
    text = "\n".join(lines)
    tokens = MarkdownIt("commonmark").enable("table").parse(words.plain(text))
    assert {token.tag for token in tokens} <= {"p", ""}
    shown = [part.content for token in tokens for part in token.children or () if part.type != "softbreak"]
    assert "".join("".join(shown).split()) == "".join(text.split())


def test_a_run_that_waits_says_how_many_are_before_it(past: PastRuns, store: Store) -> None:
    others, run = [past.queued() for _ in range(3)], past.queued()
    left_s = dict(zip((other.id for other in [*others, run]), [5.0, 5.0, 10.0, 9.0], strict=True))
    queue = Queue(store.runs.line(), left_s, {}, 1)
    assert words.state(run, lambda: queue) == "Waiting: 3 before you, about 20 s"
    assert words.before(Wait(1004, 0.0)) == "1,004 before you"


def test_every_status_has_a_symbol_and_a_word(past: PastRuns) -> None:
    run = past.queued()
    for status in Status:
        shown = with_state(run, status, {})
        assert words.icon(shown).startswith(":material/")
        assert words.state(shown, lambda: FREE)


def with_state(run: Any, status: Status, progress: dict[str, Any]) -> Any:
    return type(run)(**{**vars(run), "status": status, "progress": progress})
