"""A run goes into a bundle and comes out of it in another home."""

import json
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.bundle.networks import first_fault
from core.bundle.read import import_bundle
from core.bundle.write import write_bundle
from core.datasets import DATASETS, find_dataset, prepare
from core.datasets.access import may_see
from core.datasets.own import own
from core.datasets.own.kinds.arrays import KIND as ARRAYS
from core.datasets.prepared import write_prepared
from core.errors import BundleError, DatasetError, NotAllowedError, RunError
from core.jobs import resume_training
from core.runs.comparison import compare
from core.runs.comparison.table import run_table
from core.runs.estimate import read_speed
from core.runs.visible import frame_seen
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import IMPORTED, LOCAL
from tests.support import bundled, tiny

OWNED_BY_PLACE = {
    *("id", "owner", "dataset", "host", "slot", "pid", "lease", "heartbeat", "subject", "origin", "after"),
    *("starred", "published"),
}


@pytest.fixture(autouse=True)
def _checked_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check weights in this process, but for one test: to start another takes longer than all else."""
    if "apart" not in request.node.name:
        monkeypatch.setattr("core.bundle.networks.ask_apart", lambda module, *paths: first_fault(paths).encode())


@pytest.fixture
def elsewhere(tmp_path: Path, new_database: Path) -> Iterator[Store]:
    """The store of another home."""
    (tmp_path / "other").mkdir()
    shutil.copy(new_database, tmp_path / "other")
    other = open_store(Settings(tmp_path / "other", tmp_path / "data"))
    yield other
    other.close()


@pytest.fixture
def version(store: Store, tiny_arrays: dict) -> str:
    return prepare(store.settings, "tiny")


def private_data(store: Store, owner: str = "ann") -> tuple[str, str]:
    """Return a data set that only its owner sees, and its version."""
    card = own.begin(store.settings, owner, "My shapes", ARRAYS.id, {})
    version = write_prepared(store.settings, card.id, tiny.arrays(), tiny.SPEC, "?")
    own.update(store.settings, card.id, accepted=True, notes={"read": True})
    return card.id, version


def bundle_of(store: Store, run: Run, folder: Path, actor: str = "ann") -> Path:
    path = folder / "bundle.zip"
    write_bundle(store, run, actor, path)
    return path


def test_a_run_is_the_same_in_another_home_its_weights_checked_apart(
    store: Store, elsewhere: Store, version: str, tmp_path: Path
) -> None:
    run = bundled.finished(store, dataset_version=version)
    prepare(elsewhere.settings, "tiny")
    found = import_bundle(elsewhere, bundle_of(store, run, tmp_path), "bob")
    new = found.run
    assert (found.is_new, new.owner, new.origin, new.dataset) == (True, "bob", IMPORTED, "tiny")
    kept = vars(run).keys() - OWNED_BY_PLACE
    assert {name: getattr(new, name) for name in kept} == {name: getattr(run, name) for name in kept}
    points = [
        [replace(point, id=0) for point in at.metrics.since(one.id)] for at, one in ((store, run), (elsewhere, new))
    ]
    assert points[0] == points[1]
    assert elsewhere.metrics.snapshots(new.id) == store.metrics.snapshots(run.id)
    before, after = store.files(run.id), elsewhere.files(new.id)
    for step in (0, 8):
        for name, array in before.load_snapshot(step).items():
            np.testing.assert_array_equal(after.load_snapshot(step)[name], array)
    np.testing.assert_array_equal(after.load_predictions()["ids"], before.load_predictions()["ids"])
    assert after.model.read_bytes() == before.model.read_bytes()
    assert after.read_json("environment") == before.read_json("environment")
    modes = {path.stat().st_mode & 0o077 for path in after.folder.rglob("*")}
    assert modes == {0}
    assert run_table(elsewhere, "bob").loc[new.id, "origin"] == IMPORTED


def test_a_bundle_that_was_imported_already_leads_to_its_run(store: Store, version: str, tmp_path: Path) -> None:
    run = bundled.finished(store, dataset_version=version)
    path = bundle_of(store, run, tmp_path)
    assert (import_bundle(store, path, "ann").run.id, import_bundle(store, path, "ann").is_new) == (run.id, False)
    first, second = import_bundle(store, path, "bob"), import_bundle(store, path, "bob")
    assert (first.is_new, second.is_new, second.run.id) == (True, False, first.run.id)
    store.runs.delete(first.run.id, "bob")
    assert import_bundle(store, path, "bob").is_new
    compared = compare(store, [run.id, import_bundle(store, path, "bob").run.id], "bob")
    assert compared.pairs[0].tally is not None  # both have answered the same test examples


def test_a_run_whose_data_is_not_here_shows_what_it_brings(
    store: Store, elsewhere: Store, version: str, tmp_path: Path
) -> None:
    dataset, version = private_data(store)
    run = bundled.finished(store, dataset=dataset, dataset_version=version)
    new = import_bundle(elsewhere, bundle_of(store, run, tmp_path), "bob").run
    here = find_dataset(elsewhere.settings, new.dataset)
    assert (here.title, here.spec, here.owner) == ("My shapes", tiny.SPEC, None)
    assert [may_see(elsewhere.settings, new.dataset, who) for who in ("bob", LOCAL, "cy", None)] == [
        True,
        True,
        False,
        False,
    ]
    with pytest.raises(DatasetError, match="The data of this imported run is not on this server"):
        here.check()
    assert run_table(elsewhere, "bob").loc[new.id, "data"] == "My shapes"
    again = import_bundle(store, bundle_of(elsewhere, new, tmp_path, "bob"), "cy").run  # a bundle of a bundle's run
    assert (again.dataset, again.summary) == (f"imported_{again.id}", run.summary)


def test_what_a_run_on_public_data_saw_can_be_seen_before_that_data_is_here(
    store: Store, elsewhere: Store, version: str, tmp_path: Path
) -> None:
    new = import_bundle(
        elsewhere, bundle_of(store, bundled.finished(store, dataset_version=version), tmp_path), "bob"
    ).run
    frame = frame_seen(elsewhere, new, 8, "cy")
    assert {"conv_1"} <= set(frame.tiles)
    assert "input" not in frame.tiles


@pytest.mark.parametrize("what", ["another version", "another shape"])
def test_data_of_the_same_name_is_not_taken_for_the_runs(
    store: Store, elsewhere: Store, version: str, tmp_path: Path, what: str
) -> None:
    path = bundle_of(store, bundled.finished(store, dataset_version=version), tmp_path)
    if what == "another version":
        prepare(elsewhere.settings, "tiny")
        card = bundled.changed(path, "data.json", version="v0")
        bundled.rewrite(path, card | bundled.changed(path, "run.json", dataset_version="v0"))
    else:
        spec = {**json.loads(bundled.read(path)["data.json"])["spec"], "test_size": 12}
        bundled.rewrite(path, bundled.changed(path, "data.json", spec=spec))
    new = import_bundle(elsewhere, path, "bob").run
    assert new.dataset == f"imported_{new.id}"


def test_a_bundle_of_private_data_tells_nothing_of_its_examples(store: Store, tmp_path: Path) -> None:
    me = "b4d5e6"
    dataset, version = private_data(store, me)
    run = bundled.finished(store, me, dataset=dataset, dataset_version=version, status=Status.FAILED)
    store.runs.publish(run.id, True, me)
    with pytest.raises(NotAllowedError, match="learned from data that is private or deleted"):
        write_bundle(store, run, "bob", tmp_path / "no.zip")
    assert not (tmp_path / "no.zip").exists()
    files = bundled.read(bundle_of(store, run, tmp_path, me))
    assert set(files) == {
        *("manifest.json", "run.json", "data.json", "numbers.json.gz", "environment.json", "predictions.npz"),
        *("model.keras", "snapshots/00000000.npz", "snapshots/00000008.npz"),
    }
    with np.load(tmp_path_of(tmp_path, files["snapshots/00000008.npz"])) as arrays:
        assert set(arrays.files) == {"weights|0000", "dead|conv_1"}
    told = b" ".join(data for name, data in files.items() if name.endswith(".json"))
    for secret in (me, str(store.settings.home), '"host"', '"owner"', "that-host"):
        assert secret.encode() not in told


def tmp_path_of(folder: Path, data: bytes) -> Path:
    (folder / "arrays.npz").write_bytes(data)
    return folder / "arrays.npz"


def test_a_run_that_trains_cannot_be_taken_away(store: Store, version: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="has not ended"):
        bundle_of(store, bundled.finished(store, status=None), tmp_path)


def test_an_imported_run_counts_for_nothing_that_is_measured_here(
    store: Store, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bundled.finished(store, dataset_version=version, status=Status.STOPPED)
    new = import_bundle(store, bundle_of(store, run, tmp_path), "bob").run
    for host, runs in (("that-host", 1), (None, 0)):  # the original, then the imported one
        monkeypatch.setattr("core.runs.estimate.this_host", lambda host=host: host)
        assert len(read_speed(store).past) == runs
    assert store.runs.trained_s("bob", 0.0) == 0
    with pytest.raises(RunError, match="was imported, so it cannot be resumed"):
        resume_training(store, new.id, "bob")


def test_an_imported_run_outlives_the_database(store: Store, elsewhere: Store, version: str, tmp_path: Path) -> None:
    run = bundled.finished(store, dataset_version=version)
    new = import_bundle(elsewhere, bundle_of(store, run, tmp_path), "bob").run
    points = elsewhere.metrics.since(new.id)
    elsewhere.close()
    for path in elsewhere.settings.home.glob("glassbox.db*"):
        path.unlink()
    again = open_store(elsewhere.settings)
    assert vars(again.runs.get(new.id)) == vars(new)
    assert [vars(point) for point in again.metrics.since(new.id)] == [vars(point) for point in points]
    again.close()


# Hostile bundles: one sentence, and nothing is left


def write_raw(path: Path, name: str | zipfile.ZipInfo, data: bytes = b"x") -> None:
    """Add a file to a bundle as no program of ours would."""
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, data)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def lambda_layer(**more: object) -> bytes:
    layer = {"module": "keras.layers", "class_name": "Lambda", "config": {}, "registered_name": None, **more}
    return bundled.network({**bundled.STOCK, "config": {"layers": [layer]}})


NO_STEERING, ENDLESS = b'"steering": {}', b'"changes": [[1e999, "a", 1]]}'

TAMPERED = {
    "wrong hash": (
        lambda p: p.write_bytes(bundled.zipped({**bundled.read(p), **bundled.changed(p, "run.json", name="theirs")})),
        r"run\.json in the bundle is not the file that its manifest lists, expected SHA-256",
    ),
    "wrong bytes": (
        lambda p: p.write_bytes(p.read_bytes().replace(b"weights|0000", b"weights|0001")),
        "in the bundle is damaged",
    ),
    "missing": (lambda p: bundled.rewrite(p, {"numbers.json.gz": None}), "numbers.json.gz is missing"),
    "up": (lambda p: write_raw(p, "../evil.json"), "unsafe path, ../evil.json"),
    "absolute": (lambda p: write_raw(p, "/tmp/evil.json"), "unsafe path, /tmp/evil.json"),
    "backslash": (lambda p: write_raw(p, "snapshots\\00000001.npz"), "unsafe path"),
    "drive": (lambda p: write_raw(p, "C:evil.json"), "unsafe path, C:evil.json"),
    "link": (
        lambda p: bundled.rewrite(p, {"environment.json": None}) or write_raw(p, link("environment.json")),
        "a link",
    ),
    "unknown file": (lambda p: write_raw(p, "sitecustomize.py"), "a file that no run has, sitecustomize.py"),
    "another number": (lambda p: write_raw(p, "snapshots/000000008.npz"), "a file that no run has"),
    "not listed": (
        lambda p: write_raw(p, "judgement.json"),
        "judgement.json is in the bundle, but not in its manifest",
    ),
    "newer": (lambda p: bundled.rewrite(p, {}, schema=2, glassbox="9.0"), "newer Glassbox, 9.0, expected schema 1"),
    "no ZIP": (lambda p: p.write_bytes(b"hello"), "this is not a ZIP file. Export the run again"),
    "cut off": (lambda p: p.write_bytes(p.read_bytes()[:-300]), "it is no bundle, or is cut off"),
    "another ZIP": (
        lambda p: p.write_bytes(bundled.zipped({"run.json": b"{}"})),
        "it is no bundle, or is cut off: it has no manifest.json",
    ),
    "no JSON": (lambda p: bundled.rewrite(p, {"run.json": b"["}), "run.json in the bundle is damaged"),
    "family": (lambda p: bundled.rewrite(p, bundled.changed(p, "run.json", family="rnn")), "no model family 'rnn'"),
    "unknown setting": (
        lambda p: bundled.rewrite(p, bundled.changed(p, "run.json", config={"depth": 3})),
        "the settings of this run are not those of a run here: .*depth",
    ),
    "impossible change": (
        lambda p: bundled.rewrite(
            p,
            bundled.changed(
                p, "run.json", steering={"changes": [[1, "learning_rate", -1.0], [2, "learning_rate", 0.1]]}
            ),
        ),
        "the settings of this run are not those of a run here: learning_rate",
    ),
    "endless change": (
        lambda p: bundled.rewrite(
            p,
            {"run.json": bundled.read(p)["run.json"].replace(NO_STEERING, NO_STEERING[:-1] + ENDLESS)},
        ),
        "how a run was steered cannot be used",
    ),
    "impossible": (
        lambda p: bundled.rewrite(p, bundled.changed(p, "run.json", config={"layers": ["conv:8:11:relu"]})),
        "the settings of this run are impossible",
    ),
    "training": (lambda p: bundled.rewrite(p, bundled.changed(p, "run.json", status="running")), "has not ended"),
    "text": (lambda p: bundled.rewrite(p, bundled.changed(p, "run.json", summary={"fit_s": []})), "a result is none"),
    "markup": (
        lambda p: bundled.rewrite(p, bundled.changed(p, "run.json", device="[x](y)")),
        "signs that it never has",
    ),
    "no drawing": (
        lambda p: bundled.rewrite(p, {"snapshots/00000008.npz": bundled.npz(**{"gallery|images": np.zeros((1, 8))})}),
        "the snapshot of step 8 in the bundle is damaged, received it cannot be drawn",
    ),
    "NaN": (
        lambda p: bundled.rewrite(p, {"run.json": bundled.read(p)["run.json"].replace(b"0.5", b"NaN")}),
        "NaN is no number",
    ),
    "pickles": (
        lambda p: bundled.rewrite(p, {"snapshots/00000008.npz": bundled.npz(a=np.array([{}], object))}),
        "snapshots/00000008.npz in the bundle is damaged",
    ),
    "no answers": (
        lambda p: bundled.rewrite(p, {"predictions.npz": bundled.npz(ids=np.arange(3), y_true=np.arange(3))}),
        "the answers do not fit the data",
    ),
    "missing snapshot": (
        lambda p: bundled.rewrite(p, {"snapshots/00000008.npz": None}),
        "snapshot of step 8 is missing",
    ),
    "Lambda": (lambda p: bundled.rewrite(p, {"model.keras": lambda_layer()}), "no stock layer .* keras.layers.Lambda"),
    "registered": (
        lambda p: bundled.rewrite(p, {"model.keras": lambda_layer(class_name="Dense", registered_name="evil>Dense")}),
        "no stock layer .* registered.evil>Dense",
    ),
    "function": (
        lambda p: bundled.rewrite(p, {"model.keras": lambda_layer(module="builtins", class_name="function")}),
        "no stock layer .* builtins.function",
    ),
    "file in the network": (
        lambda p: bundled.rewrite(p, {"model.keras": bundled.network(**{"assets/x.py": b""})}),
        "model.keras has other files than those of a network",
    ),
    "link in the weights": (
        lambda p: bundled.rewrite(p, {"model.keras": bundled.network(links_out=True)}),
        "the weights in model.keras are damaged: 1 is no plain array",
    ),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, new_database: Path) -> Path:
    """A bundle in order, made once."""
    folder = tmp_path_factory.mktemp("good")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "tiny", tiny.dataset(tiny.arrays()))
        (folder / "home").mkdir()
        shutil.copy(new_database, folder / "home")
        store = open_store(Settings(folder / "home", folder / "data"))
        version = prepare(store.settings, "tiny")
        path = bundle_of(store, bundled.finished(store, dataset_version=version), folder)
        store.close()
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("how", TAMPERED)
def test_a_bundle_that_is_not_in_order_leaves_nothing(store: Store, good: Path, tmp_path: Path, how: str) -> None:
    tamper, said = TAMPERED[how]
    path = tmp_path / "theirs.zip"
    path.write_bytes(good.read_bytes())
    tamper(path)
    with pytest.raises(BundleError, match=said) as refusal:
        import_bundle(store, path, "bob")
    assert "\n" not in str(refusal.value)
    assert store.runs.list(kind=None) == []
    assert not any((store.settings.home / "runs").iterdir())
    assert not any((store.settings.home / "uploads").iterdir())


def test_a_file_that_is_there_twice_or_unpacks_to_too_much_is_refused(store: Store, good: Path, tmp_path: Path) -> None:
    path = tmp_path / "theirs.zip"
    path.write_bytes(good.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_raw(path, "run.json")
    with pytest.raises(BundleError, match=r"run\.json is in the bundle twice"):
        import_bundle(store, path, "bob")
    path.write_bytes(good.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("judgement.json", bytes(5_000_000))
    with pytest.raises(BundleError, match=r"judgement\.json in the ZIP unpacks to more than 200 times its size"):
        import_bundle(store, path, "bob")
