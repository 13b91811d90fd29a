import json
from pathlib import Path
from typing import Any

import pytest

from core import commands
from core.commands import SUMMARY_KEYS, main, report
from core.datasets import DATASETS
from core.families import FAMILIES
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.records import NewRun


@pytest.fixture(autouse=True)
def visits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Point the command line at the test's home; record visits instead of starting a foreman."""
    found: list[Settings] = []
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(commands, "ensure_foreman", found.append)
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", found.append)
    return found


@pytest.fixture
def run(store: Store) -> Run:
    return store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run", config={"epochs": 1}))


def output(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["train"], ["show"], ["stop"], ["runs", "--limit", "many"], ["train", "cnn", "--fast"]]
)
def test_a_command_line_that_cannot_be_read_ends_with_its_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m core" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "gnn"], "no model family 'gnn', expected one of cnn"),
        (["train", "cnn", "--preset", "slow"], "no preset 'slow', expected one of fast, article"),
        (["train", "cnn", "--dataset", "cifar"], "no data set 'cifar', expected one of mnist_5k, mnist"),
        (["train", "cnn", "--dataset", "mnist"], "put Keras' mnist.npz there"),
        (["train", "cnn", "--set", "epochs=0"], "epochs cannot be used, expected a whole number from 1 to 200"),
        (["train", "cnn", "--set", "epochs"], "expected name=value, received 'epochs'"),
        (["train", "cnn", "--set", "colour=red"], "no setting 'colour', expected one of learning_rate, epochs"),
        (["train", "cnn", "--set", "layers=dense:9"], "dense_1 needs a list of numbers"),
        (["show", "nope"], "no run 'nope'"),
        (["stop", "nope"], "no run 'nope'"),
        (["resume", "nope"], "no run 'nope'"),
    ],
)
def test_what_cannot_be_done_ends_with_one_sentence_and_nothing_is_queued(
    arguments: list[str], words: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("glassbox: ")
    assert words in said.err
    assert said.out == ""
    assert store.runs.list(kind=None) == []


def test_a_wrong_environment_variable_is_one_sentence_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GLASSBOX_SLOTS", "many")
    assert main(["runs"]) == 2
    assert "GLASSBOX_SLOTS" in capsys.readouterr().err


def test_an_unwritable_home_is_one_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "file" / "home"))
    assert main(["runs"]) == 2
    assert "cannot write to its home folder" in capsys.readouterr().err


def test_a_detached_run_is_queued_with_its_settings_and_its_id_is_printed(
    store: Store, visits: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "cnn", "--preset", "article", "--set", "epochs=2", "--set", "seed=7", "--name", "Mine"]
    assert main([*arguments, "--detach", "--json"]) == 0
    printed = output(capsys)
    [run] = store.runs.list()
    assert printed == {"run": run.id, "status": "queued"}
    assert (run.config["epochs"], run.config["seed"], run.preset, run.name) == (2, 7, "article", "Mine")
    assert run.owner == "local"
    assert visits == [store.settings]


def test_a_report_has_the_same_keys_at_any_moment(store: Store, run: Run) -> None:
    keys = {"run", "status", *SUMMARY_KEYS}
    queued = report(run)
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    store.runs.report(run.id, claimed.lease or "", progress={"epoch": 2, "images_per_s": 900, "phase": "training"})
    running = report(store.runs.get(run.id))
    summary = {"epochs_done": 5, "test_accuracy_last": 0.98, "images_per_s": 1000, "secret": 1}
    store.runs.move(run.id, Status.SUCCEEDED, summary=summary)
    ended = report(store.runs.get(run.id))
    assert set(queued) == set(running) == set(ended) == keys
    assert (queued["status"], queued["epochs_done"], queued["test_accuracy_last"]) == ("queued", 0, None)
    assert (running["epochs_done"], running["images_per_s"]) == (2, 900)
    assert (ended["epochs_done"], ended["images_per_s"], ended["test_accuracy_last"]) == (5, 1000, 0.98)


def test_show_adds_the_settings_and_the_error_to_the_report(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", run.id, "--json"]) == 0
    extra = {"name": "a run", "dataset": "mnist_5k", "config": {"epochs": 1}, "error": ""}
    assert output(capsys) == {**report(run), **extra}


def test_runs_are_listed_newest_first_up_to_the_limit(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="bob", name="newer"))
    assert main(["runs", "--json"]) == 0
    assert output(capsys) == [report(newer), report(run)]
    assert main(["runs", "--json", "--limit", "1"]) == 0
    assert output(capsys) == [report(newer)]


def test_without_runs_the_list_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert "python -m core train cnn" in capsys.readouterr().out


def test_anybodys_run_can_be_stopped_and_resumed_from_the_command_line(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stop", run.id, "--json"]) == 0
    assert output(capsys)["status"] == "stopped"
    assert main(["resume", run.id, "--detach", "--json"]) == 0
    assert output(capsys) == {"run": run.id, "status": "queued"}
    assert store.runs.get(run.id).status is Status.QUEUED


def test_an_ended_run_cannot_be_stopped_again(store: Store, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    store.runs.move(run.id, Status.STOPPED)
    assert main(["stop", run.id]) == 2
    assert "already ended" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "code"), [(Status.SUCCEEDED, 0), (Status.STOPPED, 1), (Status.FAILED, 1), (Status.DIVERGED, 1)]
)
def test_train_waits_for_the_end_and_its_exit_status_says_how_it_went(
    store: Store,
    status: Status,
    code: int,
    visits: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def end_it(_: float) -> None:
        [run] = store.runs.list()
        store.runs.move(run.id, Status.RUNNING)
        error = "" if status is Status.SUCCEEDED else "Something went wrong."
        store.runs.move(run.id, status, error=error, summary={"epochs_done": 3})

    monkeypatch.setattr(commands.time, "sleep", end_it)
    assert main(["train", "cnn", "--json"]) == code
    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert (printed["status"], printed["epochs_done"]) == (str(status), 3)
    assert ("Something went wrong." in said.err) is (code == 1)


def test_presets_and_data_sets_are_those_of_the_registries(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["presets", "--json"]) == 0
    presets = {(row["family"], row["preset"]) for row in output(capsys)}
    assert presets == {(family.id, preset) for family in FAMILIES.values() for preset in family.presets}
    assert main(["datasets", "--json"]) == 0
    rows = {row["dataset"]: row for row in output(capsys)}
    assert set(rows) == set(DATASETS)
    assert (rows["mnist_5k"]["train"], rows["mnist_5k"]["test"], rows["mnist_5k"]["state"]) == (4000, 1000, "ready")
    assert str(settings.data_dir) in rows["mnist"]["state"]
