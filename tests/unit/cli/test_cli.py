import errno
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.cli.report import SUMMARY_KEYS, report
from core.datasets import DATASETS, DataSpec, open_prepared
from core.datasets.features import Image
from core.datasets.own import own
from core.datasets.own.build import build
from core.datasets.prepared import write_prepared
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.export.check import Record
from core.families import FAMILIES
from core.program.export import program_of_form, program_of_run
from core.program.writer import to_notebook, to_script
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.metrics import Snapshot
from core.store.records import LOCAL, NewRun
from tests.support.older_table import older_table
from tests.support.past_runs import PastRuns
from tests.unit.analysis.gan.test_quality_report import quality

NOWHERE = Settings(Path("no-home"), Path("no-data"))


@pytest.fixture(autouse=True)
def visits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Point the command line at the test's home; record visits instead of starting a foreman."""
    found: list[Settings] = []
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", found.append)
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", found.append)
    return found


@pytest.fixture
def run(store: Store) -> Run:
    return store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run", config={"epochs": 1}))


def output(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["train"],
        ["show"],
        ["stop"],
        ["runs", "--limit", "many"],
        ["train", "cnn", "--fast"],
        ["export", "--config", "preset=fast", "--format", "pdf"],
    ],
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
        (["train", "cnn", "--dataset", "cifar"], "no data set 'cifar', expected one of mnist_5k, digits_8x8"),
        (["train", "cnn", "--set", "epochs=0"], "epochs cannot be used, expected a whole number from 1 to 200"),
        (["train", "cnn", "--set", "epochs"], "expected name=value, received 'epochs'"),
        (["train", "cnn", "--set", "colour=red"], "no setting 'colour', expected one of learning_rate, epochs"),
        (["train", "cnn", "--set", "layers=dense:9"], "dense_1 needs a list of numbers"),
        (["show", "nope"], "no run 'nope'"),
        (["stop", "nope"], "no run 'nope'"),
        (["resume", "nope"], "no run 'nope'"),
        (["export", "nope"], "no run 'nope'"),
        (["samples", "nope"], "no run 'nope'"),
        (["export"], "export needs either a run or --config"),
        (["export", "nope", "--config", "preset=fast"], "export needs either a run or --config"),
        (["export", "nope", "--format", "csv"], "no run 'nope'"),
        (["export", "nope", "--format", "numpy", "--out", "a.zip"], "no run 'nope'"),
        (["export", "one", "two"], "--format script takes one run, received 2 runs"),
        (["export", "one", "two", "--format", "html"], "no run 'one'"),
        (["export", "--config", "preset=fast", "--format", "onnx"], "--format onnx needs a run"),
        (["export", "--config", "epochs=0"], "epochs cannot be used, expected a whole number from 1 to 200"),
        (["export", "--config", "dataset=cifar"], "no data set 'cifar', expected one of mnist_5k, digits_8x8"),
        (["export", "--config", "layers=dense:9"], "dense_1 needs a list of numbers"),
        (["export", "--config", "none.json"], "none.json cannot be read as settings"),
        (
            ["export", "--config", "preset=fast", "--out", "/dev/null/program.py"],
            "/dev/null/program.py cannot be written",
        ),
    ],
)
def test_what_cannot_be_done_ends_with_one_sentence_and_nothing_is_queued(
    arguments: list[str], words: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("glassbox: ")
    assert words in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
    assert store.runs.list(kind=None) == []


def test_a_run_in_numpy_is_written_beside_the_file_that_it_loads(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = PastRuns(store).ended(Status.STOPPED, step=100, family="mlp", preset="xor", dataset="xor")
    weights = {f"weights/{k:04d}": np.zeros(shape) for k, shape in enumerate([(2, 8), (8,), (8, 2), (2,)])}
    for step in (0, 100):
        store.files(run.id).save_snapshot(step, weights)
    assert main(["export", run.id, "--format", "numpy", "--out", str(tmp_path / "mine.py")]) == 0
    assert sorted(path.name for path in tmp_path.glob("mine*")) == ["mine.npz", "mine.py"]
    assert "np.load('mine.npz')" in (tmp_path / "mine.py").read_text()
    assert main(["export", run.id, "--format", "numpy"]) == 2
    assert "--format numpy writes two files, expected --out PATH.zip, or PATH.py" in capsys.readouterr().err


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


def test_the_table_of_runs_is_searched_and_written_as_csv(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    other = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="bob", name="other", family="cnn"))
    store.runs.tag(other.id, ["baseline"], "bob")
    assert main(["runs", "--format", "csv", "--find", "tag=baseline"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("id,name,")
    assert [row.split(",")[:2] for row in rows] == [[other.id, "other"]]
    assert main(["runs", "--sort", "accurracy"]) == 2
    assert "no run has a column 'accurracy'" in capsys.readouterr().err


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


def test_all_runs_of_the_command_line_that_wait_are_stopped_at_once(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = [store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner=LOCAL, name="mine")) for _ in range(3)]
    taken = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert taken is not None
    assert main(["stop", "--waiting", "--json"]) == 0
    waiting = [one for one in mine if one.id != taken.id]
    assert output(capsys) == {"stopped": len(waiting)}
    assert all(store.runs.get(one.id).status is Status.STOPPED for one in waiting)
    assert {store.runs.get(one).status for one in (run.id, taken.id)} <= {Status.QUEUED, Status.RUNNING}


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

    monkeypatch.setattr("core.cli.follow.time.sleep", end_it)
    assert main(["train", "cnn", "--json"]) == code
    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert (printed["status"], printed["epochs_done"]) == (str(status), 3)
    assert ("Something went wrong." in said.err) is (code == 1)


def test_missing_weights_are_said_before_a_run_is_made(
    store: Store, visits: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    for network, is_said in (("mobilenet_v2", True), ("lite0", False)):
        settings = ["--set", f"layers=pretrained:{network}:none,global_pool:average"]
        assert main(["train", "cnn", "--preset", "photos", "--detach", *settings]) == 0
        assert ("glassbox: MobileNetV2 has no weights here yet, expected" in capsys.readouterr().err) is is_said


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
def test_judge_waits_for_the_classifier_and_prints_its_numbers_beside_those_of_real_images(
    store: Store, status: Status, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gan, by = (
        store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="ann", name=name, family=family))
        for name, family in (("a GAN", "gan"), ("a CNN", "cnn"))
    )
    store.metrics.add_snapshot(gan.id, Snapshot(0, 0, 0.0))
    store.runs.move(by.id, Status.RUNNING)
    store.runs.move(by.id, Status.SUCCEEDED, summary={"test_accuracy_last": 0.97})

    def end_it(_: float) -> None:
        [task] = store.runs.list(kind="judge")
        assert task.config == {"run": gan.id, "judge": by.id}
        store.files(gan.id).write_json("judgement", replace(quality(), generation=0).to_dict())
        store.runs.move(task.id, Status.RUNNING)
        store.runs.move(task.id, status, error="" if status is Status.SUCCEEDED else "There was not enough memory.")

    monkeypatch.setattr("core.cli.follow.time.sleep", end_it)
    code = main(["judge", gan.id, "--by", by.id])
    said = capsys.readouterr()
    if status is Status.FAILED:
        assert (code, said.out) == (1, "")
        assert said.err == f"glassbox: run {gan.id} was not measured. There was not enough memory.\n"
        return
    found, seen = quality().last.judgement, quality().last.judgement.coverage
    assert code == 0
    assert f"sure        {100 * seen.confidence:.2f} % (real images" in said.out
    assert f"classes     {seen.covered} of 10; {quality().scarcest} falls short most" in said.out
    assert f"Fréchet     {found.frechet:.1f} (" in said.out
    assert f"recall      {100 * found.recall:.2f} % (real images {100 * found.recall_floor:.2f} %)" in said.out


def test_presets_and_data_sets_are_those_of_the_registries(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["presets", "--json"]) == 0
    presets = {(row["family"], row["preset"]) for row in output(capsys)}
    assert presets == {(family.id, preset) for family in FAMILIES.values() for preset in family.presets}
    assert main(["datasets", "--json"]) == 0
    rows = {row["dataset"]: row for row in output(capsys)}
    assert set(rows) == set(DATASETS) - {"surnames"}  # whose file is not here
    assert (rows["mnist_5k"]["train"], rows["mnist_5k"]["test"], rows["mnist_5k"]["state"]) == (4000, 1000, "ready")
    assert rows["mnist"]["state"] == "downloads 12 MB at first use"


# The printed program

FORM = "preset=article&epochs=2&layers=conv:3,flatten"
PROGRAM = program_of_form(FORM, NOWHERE)
SCRIPT, NOTEBOOK = (write(PROGRAM.parts, PROGRAM.name) for write in (to_script, to_notebook))


NEW = NewRun(
    kind="train",
    dataset="mnist_5k",
    owner="ann",
    name="a run",
    family="cnn",
    config={"epochs": 2, "layers": ["conv:3", "flatten"]},
)


@pytest.fixture
def trained(store: Store) -> Run:
    return store.runs.submit(NEW)


@pytest.mark.parametrize(("options", "text"), [([], SCRIPT), (["--format", "notebook"], NOTEBOOK)])
def test_the_program_of_a_link_is_printed_and_nothing_else(
    options: list[str], text: str, settings: Settings, visits: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--config", f"http://localhost:8501/cnn?{FORM}", *options]) == 0
    assert capsys.readouterr() == (text, "")
    assert visits == []  # nothing of the home is needed
    assert not settings.home.exists()


@pytest.mark.parametrize(("options", "write"), [([], to_script), (["--format", "notebook"], to_notebook)])
def test_the_program_of_a_run_is_printed_and_nothing_else(
    options: list[str], write: Any, store: Store, trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", trained.id, *options]) == 0
    program = program_of_run(store, trained.id)
    assert capsys.readouterr() == (write(program.parts, program.name), "")
    assert program.parts == PROGRAM.parts


def test_what_show_prints_of_a_run_is_settings_that_export_understands(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", trained.id, "--json"]) == 0
    path = tmp_path / "run.json"
    path.write_text(capsys.readouterr().out)
    assert main(["export", "--config", str(path), "--json"]) == 0
    printed = output(capsys)
    assert printed["text"] == to_script(PROGRAM.parts, printed["name"])


@pytest.mark.parametrize(("options", "text"), [([], SCRIPT), (["--format", "notebook"], NOTEBOOK)])
def test_a_program_is_written_to_a_file_whose_folder_is_made(
    options: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some" / "folder" / "program"
    assert main(["export", "--config", FORM, "--out", str(path), *options]) == 0
    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]
    assert str(path) in capsys.readouterr().out


ROOT = Path(__file__).parents[3]
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}  # what Python then takes for a file's encoding


def test_a_program_on_disk_is_utf_8_whatever_the_locale(store: Store, tmp_path: Path) -> None:
    run, path = store.runs.submit(replace(NEW, name="Größe 3×3, 数字")), tmp_path / "program.py"
    lines = "import sys; from core.cli import follow, main; follow.ensure_foreman = id; sys.exit(main(sys.argv[1:]))"
    environment = {**os.environ, **ASCII, "PYTHONIOENCODING": "utf-8"}  # of what it prints
    command = [sys.executable, "-c", lines, "export", run.id, "--out", str(path)]
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    program = program_of_run(store, run.id)
    assert path.read_text(encoding="utf-8") == to_script(program.parts, program.name)


def test_a_program_replaces_the_file_that_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.py"
    path.write_text("old and longer" * 10_000)
    assert main(["export", "--config", FORM, "--out", str(path), "--json"]) == 0
    assert path.read_text() == SCRIPT
    assert output(capsys) == {"name": PROGRAM.name, "out": str(path)}


@pytest.mark.parametrize("out", ["program.py", ".", "/", "folder"])
def test_a_write_that_fails_leaves_what_was_there_and_no_half_of_a_file(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "program.py").write_text("old")
    if out == "program.py":
        monkeypatch.setattr(Path, "write_bytes", write_half)
    assert main(["export", "--config", FORM, "--out", out]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("glassbox: ")
    assert "cannot be written" in said.err
    assert said.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "program.py"]
    assert (tmp_path / "program.py").read_text() == "old"


def write_half(path: Path, data: bytes) -> int:
    """Write as a disk does that becomes full."""
    with path.open("wb") as file:
        file.write(data[: len(data) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_wrong_setting_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("old")
    assert main(["export", "--config", "epochs=0", "--out", str(path)]) == 2
    assert path.read_text() == "old"


def test_a_network_is_written_with_its_program_or_alone(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="mine", family="cnn")
    run = store.runs.submit(new)
    files = store.files(run.id)
    assert main(["export", run.id, "--format", "onnx", "--out", "a.zip"]) == 2
    assert "has not ended" in capsys.readouterr().err
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    store.metrics.add_snapshot(run.id, Snapshot(3, 1, 0.5))
    store.runs.move(run.id, Status.SUCCEEDED, lease=claimed.lease)
    record = Record("onnx", 3, False, 0, "accuracy", 0.9, 0.9, 11, 10, 10, 8, 8, 0.0, 1.0, 1.0, "")
    files.write_json(files.export_record("onnx"), record.to_dict())
    with zipfile.ZipFile(files.export("onnx"), "w") as package:
        package.writestr("model.onnx", b"network")
        package.writestr("predict.py", b"program")
    for name, expected in (("a.zip", files.export("onnx").read_bytes()), ("b.onnx", b"network")):
        assert main(["export", run.id, "--format", "onnx", "--out", str(tmp_path / name), "--json"]) == 0
        assert (tmp_path / name).read_bytes() == expected
        assert output(capsys)["exported"] == 0.9
    assert main(["export", run.id, "--format", "onnx"]) == 2
    assert "--format onnx writes a file, expected --out PATH" in capsys.readouterr().err


def test_a_run_that_prepares_data_has_no_program(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    run = store.runs.submit(NewRun(kind="prepare", dataset="mnist_5k", owner="server", name="Prepare"))
    assert main(["export", run.id]) == 2
    assert capsys.readouterr() == ("", f"glassbox: run {run.id} trains nothing, so it has no program.\n")


def test_a_run_is_renamed_and_deleted_from_the_command_line(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", run.id, "best so far", "--json"]) == 0
    assert output(capsys) == {"run": run.id, "name": "best so far"}
    assert main(["delete", run.id]) == 2  # it still waits
    assert "has not ended" in capsys.readouterr().err
    store.runs.stop(run.id, "ann")
    assert main(["delete", run.id, "--json"]) == 0
    assert output(capsys) == {"run": run.id, "deleted": True}
    assert main(["runs", "--json"]) == 0
    assert output(capsys) == []


def test_a_reader_who_has_read_enough_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    said = subprocess.run([sys.executable, "-m", "core", "presets"], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (said.returncode, said.stderr) == (141, b"")


# Data


def photos_of(settings: Settings, owner: str = "ann") -> str:
    """Bring photos as a visitor does, and accept them."""
    card = own.begin(settings, owner, "Pets", "photos", {"side": 28, "fit": "pad", "channels": 1, "seed": 0})
    images, labels = np.zeros((6, 28, 28, 1), np.uint8), np.array([0, 0, 0, 1, 1, 1])
    arrays = {"x_train": images, "y_train": labels, "x_test": images[:2], "y_test": labels[:2]}
    write_prepared(settings, card.id, arrays, DataSpec(Image(28, 28, 1), Classes(("cat", "dog")), 6, 2), "Pets")
    own.update(settings, card.id, notes={"read": True, "said": ["It is small."], "skipped": [["a.txt", "no image"]]})
    own.change(settings, card.id, owner, accepted=True)
    return card.id


def test_whoever_has_the_machine_lists_shows_and_deletes_all_data(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset_id = photos_of(settings)
    assert main(["data", "list", "--json"]) == 0
    rows = {row["dataset"]: row for row in output(capsys)}
    assert rows[dataset_id] == {
        "dataset": dataset_id,
        "title": "Pets",
        "kind": "images",
        "train": 6,
        "test": 2,
        "licence": "not stated; ask its owner",
        "state": "ready",
    }
    assert main(["data", "show", dataset_id, "--json"]) == 0
    found = output(capsys)
    assert (found["kind"], found["classes"], found["shape"]) == ("photos", {"cat": 5, "dog": 3}, [28, 28, 1])
    assert (found["left_out"], found["notes"]) == ([{"name": "a.txt", "why": "no image"}], ["It is small."])
    assert main(["data", "delete", dataset_id, "--json"]) == 0
    assert output(capsys) == {"dataset": dataset_id, "deleted": True}
    assert not own.folder(settings, dataset_id).exists()


def test_data_that_a_run_learned_from_keeps_its_card_and_nothing_else(store: Store) -> None:
    dataset_id = photos_of(store.settings)
    run = store.runs.submit(NewRun(kind="train", dataset=dataset_id, owner="ann", name="a run", config={}))
    assert main(["data", "delete", dataset_id]) == 2  # it is waiting to learn
    store.runs.stop(run.id, "ann")
    assert main(["data", "delete", dataset_id]) == 0
    assert own.read_card(store.settings, dataset_id).deleted


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["data", "show", "own_0"], 2, "there is no data set 'own_0'"),
        (["data", "delete", "mnist_5k"], 2, "is not an upload"),
        (["data", "add", "gone.zip"], 1, "there is no file gone.zip"),
        (["data", "add", "gone.zip", "--size", "4"], 1, "side is not valid"),
        (["predict", "gone", "a.png"], 2, "there is no run 'gone'"),
    ],
)
def test_what_cannot_be_done_with_data_is_one_sentence(
    arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json"]) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_a_table_says_its_classes_or_the_number_to_predict_and_what_to_ignore(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = "\n".join(
        ["id,kind,size", *(f"{number},{'None' if number % 2 else 'big'},{number}.5" for number in range(40))]
    )
    found = []
    for target in ("kind", "size"):
        card = own.begin(settings, "local", "Things", "table", {"name": "things.csv", "target": target})
        (own.raw(settings, card.id) / "upload.csv").write_text(frame)
        build(settings, card.id, lambda words, share: None)
        assert main(["data", "show", card.id, "--json"]) == 0
        found.append(output(capsys))
    assert found[0]["classes"] == {"big": 20, "None": 20}
    assert (found[1]["target"], "classes" in found[1]) == ({"column": "size", "low": 0.5, "high": 39.5}, False)
    assert found[0]["left_out"] == [{"name": "id", "why": "it is an identifier: each row has its own value"}]
    assert (found[0]["train"], found[0]["test"], found[0]["shape"]) == (32, 8, [1])
    assert main(["data", "list", "--json"]) == 0
    assert card.id not in [row["dataset"] for row in output(capsys)]  # it was not accepted


@pytest.fixture
def reading(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is brought be read in this process."""

    def read(store: Store, task: Run, *, shows: bool) -> Run:
        task = store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
        try:
            build(settings, task.dataset, lambda words, share: None, task.config or None)
        except DatasetError as error:
            return store.runs.move(task.id, Status.FAILED, error=str(error))
        return store.runs.move(task.id, Status.SUCCEEDED)

    monkeypatch.setattr("core.cli.data.commands.wait", read)


FLATS = "size,town,price\n" + "".join(
    f"{30 + n * 7 % 50},{('Ulm', 'Bonn')[n % 2]},{1000.5 + 7 * n}\n" for n in range(50)
)


@pytest.mark.usefixtures("reading")
def test_a_table_becomes_data_that_the_column_to_predict_is_learned_from(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flats.csv"
    path.write_text(FLATS)
    assert main(["data", "add", str(path), "--target", "price", "--json"]) == 0
    found = output(capsys)
    assert list(found) == ["id", "kind", "target", "left_out", "notes"]
    assert found["target"] == {"column": "price", "low": 1000.5, "high": 1343.5}
    data = open_prepared(settings, found["id"])
    assert (data.spec.features.names, data.spec.train_size) == (("size", "town = Bonn", "town = Ulm"), 40)
    command = ["data", "add", str(path), "--target", "town", "--kind", "price=ignored", "--json"]
    assert main(command) == 0
    found = output(capsys)
    assert found["classes"] == {"Bonn": 25, "Ulm": 25}
    assert found["left_out"] == [{"name": "price", "why": "you chose to ignore it"}]
    assert main(["data", "list", "--json"]) == 0
    rows = {row["dataset"]: row for row in output(capsys)}
    assert (rows[found["id"]]["kind"], rows[found["id"]]["state"]) == ("rows", "ready")


@pytest.mark.usefixtures("reading")
def test_a_table_that_an_older_version_described_is_made_ready_by_a_column(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    table = older_table(settings)
    assert main(["data", "show", table, "--json"]) == 0
    found = output(capsys)
    assert found["state"].startswith("This data has no target to predict yet.")
    assert "shape" not in found
    assert main(["data", "target", table, "sex", "--json"]) == 0
    assert output(capsys)["classes"] == {"f": 10, "m": 10}
    assert main(["data", "show", table, "--json"]) == 0
    assert output(capsys)["state"] == "ready"
    assert main(["data", "target", table, "height"]) == 2
    assert "People needs no target" in capsys.readouterr().err


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize(
    ("target", "words"),
    [
        ([], "a table needs --target, the column to predict, expected one of size, town, price."),
        (["--target", "rent"], "there is no column 'rent', received size, town, price."),
    ],
)
def test_a_table_without_a_column_to_predict_is_refused_with_its_columns(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], target: list[str], words: str
) -> None:
    path = tmp_path / "flats.csv"
    path.write_text(FLATS)
    assert main(["data", "add", str(path), *target, "--json"]) == 1
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert words in said.err
    assert own.cards(settings) == []


def test_a_sweep_is_queued_as_a_group_followed_and_stopped(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.submit.ensure_prepared", lambda *arguments, **more: None)
    monkeypatch.setattr("core.jobs.submit.open_prepared", lambda *arguments: SimpleNamespace(version="1"))
    sweep = ["sweep", "cnn", "--set", "validation_fraction=0.1", "--over", "epochs=1..3"]
    assert main([*sweep, "--detach", "--json"]) == 0
    queued = output(capsys)
    ended = {"fit_s": 2.0, "test_accuracy_last": 0.9}
    for accuracy in (0.5, 0.75):
        run = store.runs.claim("train", host="here", slot="train-0", pid=1)
        assert run is not None
        summary = {**ended, "val_accuracy_last": accuracy}
        store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=summary)
    assert main(["stop", "--group", queued["group"], "--json"]) == 0
    assert output(capsys) == {"stopped": 1}
    monkeypatch.setattr("core.cli.sweep.submit_sweep", lambda *arguments, **more: queued["group"])
    assert main([*sweep, "--json"]) == 1  # one was stopped
    found = output(capsys)
    assert [row["result"] for row in found["runs"]] == [0.75, 0.5, None]
    assert {row["settings"]["epochs"] for row in found["runs"]} == {1, 2, 3}
    assert main(sweep) == 1
    assert "Validation accuracy" in capsys.readouterr().out
    assert main(["sweep", "cnn", "--over", "epochs=1"]) == 2
    assert "epochs has nothing to compare" in capsys.readouterr().err


def test_presets_of_several_families_are_queued_on_one_budget_and_listed_with_their_results(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.submit.ensure_prepared", lambda *arguments, **more: None)
    monkeypatch.setattr("core.jobs.submit.open_prepared", lambda *arguments: SimpleNamespace(version="1"))
    asked = ["budget", "--seconds", "9", "--seed", "4", "--presets", "cnn:fast", "mlp:digits"]
    assert main([*asked, "--detach", "--json"]) == 0
    said = capsys.readouterr()
    queued = json.loads(said.out)
    assert "MLP: Digits without convolution: 109,386 parameters, about " in said.err
    for accuracy in (0.5, 0.75):
        run = store.runs.claim("train", host="here", slot="train-0", pid=1)
        assert run is not None
        assert (run.config["time_budget_s"], run.config["seed"]) == (9, 4)
        summary = {"fit_s": 9.1, "val_accuracy_last": accuracy, "test_accuracy_last": accuracy}
        store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=summary)
    monkeypatch.setattr("core.cli.budget.submit_budget", lambda *arguments: queued["group"])
    assert main([*asked, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["runs"]
    assert [(row["family"], row["result"]) for row in rows] == [("mlp", 0.75), ("cnn", 0.5)]
    assert main(asked) == 0
    assert "75.0 %" in capsys.readouterr().out
    assert main(["budget", "--parameters", "5000", "--presets", "cnn:fast", "mlp:iris"]) == 2
    assert "mlp:iris does not fit this data, expected some of cnn:fast" in capsys.readouterr().err
