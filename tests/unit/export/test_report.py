"""Reports: what they say, to whom, and that they need nothing else."""

import json
from html.parser import HTMLParser

import pytest

from core.cli import main
from core.datasets import prepare
from core.datasets.own import own
from core.errors import RunError
from core.export.report import comparison_report, run_report
from core.names import MINUS
from core.store import Store
from core.store.records import NewRun
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns

HOSTILE = '<img src="https://evil.example/x" onerror="alert(1)"> & </script>'
VOID = ("meta", "img", "input", "br", "link")


class Read(HTMLParser):
    """What a browser would make of a report: its texts, its figures and the addresses that it names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.figures: list[dict] = []
        self.addresses: list[str] = []
        self.images, self._open = 0, list[str]()
        self.feed(text)
        assert self._open == []  # each element is closed

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        self.images += tag == "img"
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self._open.append("json" if ("type", "application/json") in attrs else tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() in (tag, "json")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "json":
            self.figures.append(json.loads(data))
        elif self._open and self._open[-1] not in ("script", "style"):
            self.words.append(data.strip())

    @property
    def said(self) -> str:
        return " ".join(filter(None, self.words))


@pytest.fixture
def past(store: Store) -> PastRuns:
    prepare(store.settings, "mnist_5k")
    return PastRuns(store)


def test_a_run_is_reported_with_its_numbers_curves_pictures_settings_and_program(store: Store, past: PastRuns) -> None:
    run = past.finished(mistakes=38, name=HOSTILE)
    store.runs.annotate(run.id, "a <b>note</b>", ME)
    store.files(run.id).write_json("environment", {"keras": "3.15.1", "device": "CPU", "dtype_policy": "float32"})
    text = run_report(store, store.runs.get(run.id), ME)
    report = Read(text)
    for words in (HOSTILE, "a <b>note</b>", "96.2 %", "962 of 1,000 unseen images right", "Batch size", "3.15.1"):
        assert words in report.said
    assert "import keras" in report.said
    loss = report.figures[0]["data"][0]
    points = store.metrics.since(run.id)
    assert loss["meta"]["step"] == [point.step for point in points]
    assert loss["y"] == [point.values["loss"] for point in points]
    assert report.images >= 13  # twelve test images and the kernels
    assert [address for address in report.addresses if not address.startswith("data:")] == []
    assert "default-src 'none'" in text


def test_a_comparison_is_reported_from_the_sentence_to_the_pictures(store: Store, past: PastRuns) -> None:
    runs = [past.finished(changes=[f"batch_size={size}"], mistakes=size, name=f"size {size}").id for size in (32, 64)]
    report = Read(comparison_report(store, runs, ME, note="what I make of it"))
    for words in (
        f"Only the batch size differs, 32 → 64: test accuracy {MINUS}3.2 points",
        "This network B is worse than A by 3.2 points",
        "A right, B wrong 32",
        "what I make of it",
    ):
        assert words in report.said
    assert [line["name"] for line in report.figures[0]["data"]] == ["A training", "B training"]
    with pytest.raises(RunError):
        comparison_report(store, runs[:1], ME)


def test_private_examples_are_in_no_report_of_a_stranger(store: Store, past: PastRuns) -> None:
    card = own.begin(store.settings, ME, "Mine", "arrays", {})
    prepared = store.settings.home / "prepared"
    (prepared / card.id).symlink_to(prepared / "mnist_5k")
    own.update(store.settings, card.id, accepted=True)
    runs = [past.finished(dataset=card.id, name=name) for name in ("one", "other")]

    def images(actor: str) -> tuple[int, int]:
        of_run = Read(run_report(store, runs[0], actor))
        both = Read(comparison_report(store, [run.id for run in runs], actor))
        assert ("is private" in of_run.said and "is private" in both.said) is (actor == SOMEBODY_ELSE)
        return of_run.images, both.images

    assert images(SOMEBODY_ELSE) == (1, 2)  # the kernels alone, which all may see
    assert images(ME)[0] > 12


def test_a_run_without_data_or_results_is_reported_all_the_same(store: Store, past: PastRuns) -> None:
    gone, waiting = past.finished(dataset="own_gone"), past.queued()
    assert "no longer on this server" in Read(run_report(store, gone, ME)).said
    assert "No result. It has not ended yet." in Read(run_report(store, waiting, ME)).said
    with pytest.raises(RunError, match="trains nothing"):
        run_report(store, store.runs.submit(NewRun(kind="prepare", dataset="mnist_5k", owner=ME, name="data")), ME)


def test_the_command_writes_a_report(
    store: Store, past: PastRuns, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in store.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", lambda settings: None)
    runs, out = [past.finished(name=name).id for name in ("one", "other")], store.settings.home / "report.html"
    assert main(["export", *runs, "--format", "html", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "one and other", "out": str(out)}
    assert "A comparison of runs" in Read(out.read_text()).said
