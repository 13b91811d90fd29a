"""Comparisons that are kept, and their reports."""

import json

import pytest

from core.cli import main
from core.datasets import prepare
from core.datasets.own import own
from core.errors import RunError
from core.export.report import finding_report, notebook_report
from core.runs.comparison import compare
from core.runs.notebook.findings import MOST_POINTS, keep_finding, left_of
from core.runs.notebook.record import record_from, record_of
from core.store import Store
from core.store.notes import findings
from core.store.records import LOCAL
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns

PRIVATE = "is private"


@pytest.fixture
def past(store: Store) -> PastRuns:
    prepare(store.settings, "mnist_5k")
    return PastRuns(store)


@pytest.fixture
def pair(past: PastRuns) -> list[str]:
    return [past.finished(changes=[f"batch_size={size}"], mistakes=size, name=f"size {size}").id for size in (32, 64)]


def test_a_finding_keeps_what_was_known_then(store: Store, pair: list[str]) -> None:
    kept = keep_finding(store, pair, ME, "  mine ")
    known, now = record_from(json.loads(json.dumps(kept.record))), compare(store, pair, ME)
    assert (kept.sentence, kept.note, kept.runs) == (now.sentence, "mine", pair)
    assert known.verdicts[0].sentence == now.pairs[0].verdict.sentence
    assert known.verdicts[0].p == now.pairs[0].apart.p
    assert {row.key: row.values for row in known.rows if row.values}["test_accuracy_last"] == (0.968, 0.936)
    assert [run.result for run in known.runs] == ["96.8 %", "93.6 %"]
    assert known == record_of(store, now, MOST_POINTS)
    for line in known.charts[0].lines:
        points = store.metrics.since(known.runs[line.run].id)
        assert (
            dict(zip(line.steps, line.values, strict=True)).items()
            <= {p.step: p.values["loss"] for p in points}.items()
        )
        assert (line.steps[0], line.steps[-1]) == (points[0].step, points[-1].step)
    assert len(record_of(store, now, 5).charts[0].lines[0].steps) == 5


def test_a_finding_is_its_owners_and_a_full_notebook_says_so(
    store: Store, pair: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep_finding(store, pair, ME)
    store.findings.annotate(kept.id, "more", ME)
    assert [one.note for one in store.findings.list(ME)] == ["more"]
    assert store.findings.list(LOCAL) == store.findings.list(ME)
    assert store.findings.list(SOMEBODY_ELSE) == []
    for refused in (
        lambda: store.findings.get(kept.id, SOMEBODY_ELSE),
        lambda: store.findings.annotate(kept.id, "theirs", SOMEBODY_ELSE),
        lambda: store.findings.delete(kept.id, SOMEBODY_ELSE),
        lambda: finding_report(store, kept.id, SOMEBODY_ELSE),
        lambda: store.findings.annotate(kept.id, "a" * 3000, ME),
    ):
        with pytest.raises(RunError):
            refused()
    monkeypatch.setattr(findings, "MOST_FINDINGS", 1)
    with pytest.raises(RunError, match="the notebook is full"):
        keep_finding(store, pair, ME)
    store.findings.delete(kept.id, ME)
    assert store.findings.count(ME) == 0


def test_a_deleted_run_is_named_and_the_record_still_shows(store: Store, pair: list[str]) -> None:
    kept = keep_finding(store, pair, ME, "what I make of it")
    whole = finding_report(store, kept.id, ME)
    assert "A right, B wrong" in whole
    assert "import keras" in whole
    store.runs.delete(pair[1], ME)
    store.runs.forget([pair[1]])
    assert list(left_of(store, record_from(kept.record))) == pair[:1]
    for text in (finding_report(store, kept.id, ME), notebook_report(store, ME)):
        assert "size 64: 93.6 %, deleted since" in text
        assert "This network B is worse than A by 3.2 points" in text
        assert "what I make of it" in text
    assert "Nothing has been kept yet." in notebook_report(store, SOMEBODY_ELSE)


def test_what_private_data_hides_is_in_no_report_of_a_finding(store: Store, past: PastRuns) -> None:
    card = own.begin(store.settings, ME, "Mine", "arrays", {})
    (store.settings.home / "prepared" / card.id).symlink_to(store.settings.home / "prepared" / "mnist_5k")
    own.update(store.settings, card.id, accepted=True)
    runs = [past.finished(dataset=card.id, name=name).id for name in ("one", "other")]

    def images(actor: str) -> int:
        text = finding_report(store, keep_finding(store, runs, actor).id, actor)
        assert (PRIVATE in text) is (actor == SOMEBODY_ELSE)
        return text.count("<img ")

    assert images(SOMEBODY_ELSE) == 2  # the kernels alone, which all may see
    assert images(ME) > 12
    assert "<img " not in notebook_report(store, ME)


def test_the_command_keeps_lists_and_writes_findings(
    store: Store, pair: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in store.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", lambda settings: None)
    assert main(["compare", *pair, "--keep", "--note", "why", "--json"]) == 0
    kept = json.loads(capsys.readouterr().out)["finding"]
    assert main(["findings", "--json"]) == 0
    [listed] = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["note"], listed["runs"]) == (kept, "why", pair)
    assert main(["findings", kept, "--out", str(store.settings.home / "one.html")]) == 0
    assert "A finding" in (store.settings.home / "one.html").read_text()
    assert main(["findings", "nothing"]) == 2
