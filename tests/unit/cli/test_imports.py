"""The command that takes in a network trained elsewhere: what it queues, and what it refuses in one sentence."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from core.cli import imports, main
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.records import LOCAL


@pytest.fixture(autouse=True)
def _home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    for place in ("core.cli.follow", "core.elsewhere.submit", "core.jobs.submit"):
        monkeypatch.setattr(f"{place}.ensure_foreman", lambda settings: None)
    monkeypatch.setattr("core.elsewhere.file.ask_apart", lambda *asked: b"")


@pytest.fixture
def network(tmp_path: Path) -> Path:
    def layer(name: str, **config: Any) -> dict[str, Any]:
        return {"module": "keras.layers", "class_name": name, "config": {"name": name.lower(), **config}}

    layers = [layer("InputLayer", batch_shape=[None, 28, 28, 1]), layer("Flatten"), layer("Dense", units=10)]
    described = {"module": "keras", "class_name": "Sequential", "config": {"layers": layers}}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, part in (("config.json", json.dumps(described)), ("metadata.json", "{}"), ("model.weights.h5", "")):
            file.writestr(name, part)
    (tmp_path / "mine.keras").write_bytes(content.getvalue())
    return tmp_path / "mine.keras"


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ([], 2, "a network needs data to be tested on"),
        (["--dataset", "nowhere"], 2, "nowhere"),
        (["--dataset", "iris"], 1, "this network takes other examples"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_one_sentence(
    network: Path, store: Store, capsys: pytest.CaptureFixture[str], options: list[str], status: int, said: str
) -> None:
    assert main(["import", str(network), *options]) == status
    assert said in (error := capsys.readouterr().err)
    assert error.count("\n") == 1
    assert not store.runs.list(kind="load")
    assert not list((store.settings.home / "uploads").glob("*"))


@pytest.mark.parametrize("is_well", [True, False])
def test_its_run_is_told_once_it_is_tested(
    network: Path, store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_well: bool
) -> None:
    def wait(opened: Store, task: Run, *, shows: bool) -> Run:
        assert (task.owner, task.config["scale"], task.name) == (LOCAL, "zero_to_one", "mine")
        status = Status.STOPPED  # whatever it does: a queued task can only be stopped without a worker
        opened.runs.move(task.id, status, summary={"run": task.id}, error="" if is_well else "It is broken.")
        ended = opened.runs.get(task.id)
        return ended if not is_well else Run(**{**vars(ended), "status": Status.SUCCEEDED})

    monkeypatch.setattr(imports, "wait", wait)
    assert main(["import", str(network), "--dataset", "mnist_5k"]) == (0 if is_well else 1)
    shown = capsys.readouterr()
    assert "imported: mine" in shown.out if is_well else "It is broken." in shown.err
