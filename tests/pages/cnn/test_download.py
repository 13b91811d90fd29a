"""The dialog that takes a run's network and numbers away."""

from core.export.check import Record
from core.store import Run, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, words_of
from tests.support.tab import Tab


def keep(store: Store, run: Run, format_id: str, refused: str = "") -> None:
    """Leave an export as its task does."""
    record = Record(
        format_id,
        100,
        False,
        0,
        "accuracy",
        0.962,
        0.9615,
        1000,
        500_000,
        250_000,
        400_000,
        100_000,
        0.0,
        0.5,
        0.04,
        refused,
    )
    files = store.files(run.id)
    files.write_json(files.export_record(format_id), record.to_dict())
    if not refused:
        files.export(format_id).write_bytes(b"a ZIP file")


def named(app: Tab, key: str) -> list:
    return [one for one in app.get("download_button") if one.proto.id.endswith(key)]


def test_a_network_is_made_checked_and_downloaded(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished()
    keep(store, run, "litert")
    keep(store, run, "litert_int8", refused="it differs from the original by 3 points of accuracy")
    app = visit("cnn", run=run.id)
    app.button(key="download").click().run()
    assert not app.exception
    said = words_of(app.main) + words_of(app)
    assert "LiteRT, float32 | 96.15\N{NO-BREAK SPACE}% (\N{MINUS SIGN}0.05) | 244 kB | 98 kB | 0.040 ms" in said
    assert "Not offered: it differs from the original by 3 points of accuracy." in said
    assert named(app, "get_litert")
    assert not named(app, "get_litert_int8")
    app.button(key="make_onnx").click().run()
    [task] = store.runs.list(kind="export")
    assert task.config == {"run": run.id, "format": "onnx"}
    assert (app.button(key="make_onnx").label, app.button(key="make_onnx").disabled) == ("Making", True)
    app.button(key="make_all").click().run()
    assert {task.config["format"] for task in store.runs.list(kind="export")} >= {"pruned_50", "pruned_80_int8"}


def test_a_run_that_trains_gives_its_numbers_only(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.running().id)
    app.button(key="download").click().run()
    assert named(app, "get_csv")
    assert "can be downloaded when the run has ended" in captions(app)
