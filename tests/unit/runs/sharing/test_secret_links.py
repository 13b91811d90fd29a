"""Secret links to runs on private data: what they open, what they do not, and how they end."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import ProgrammingError

from core.datasets import open_prepared
from core.datasets.access import Pass, may_see, may_view
from core.datasets.own import own, removal
from core.datasets.prepared import write_prepared
from core.errors import GlassboxError, NotAllowedError, RunError
from core.export.export import may_export, queue_export
from core.families import FAMILIES
from core.jobs import resume_training, submit_training
from core.probe.client import Subject, ask
from core.runs.publishing import publish_run
from core.runs.sharing.secret_link import (
    MOST_LINKS,
    can_share,
    hash_secret,
    links_of,
    make_link,
    pass_of,
    revoke_link,
)
from core.runs.visible import examples_seen, frame_seen, snapshot_seen
from core.store import Run, Status, Store
from core.store.metrics import Snapshot
from core.store.records import LOCAL, NewRun
from tests.support import tiny

GAN = FAMILIES["gan"]
SAMPLES, PRESET = GAN.views["samples"], GAN.presets[GAN.default_preset]


@pytest.fixture
def private(store: Store) -> str:
    """Data of ann."""
    card = own.begin(store.settings, "ann", "Mine", "arrays", {})
    arrays = tiny.arrays()
    write_prepared(store.settings, card.id, arrays, tiny.dataset(arrays).spec, "test")
    own.update(store.settings, card.id, accepted=True, notes={"read": True})
    return card.id


def ended(store: Store, dataset: str, owner: str = "ann") -> Run:
    run = store.runs.submit(NewRun(kind="train", dataset=dataset, owner=owner, name="a run", family="gan"))
    claimed = store.runs.claim("train", host="here", slot=run.id, pid=1)
    assert claimed is not None
    store.files(run.id).save_snapshot(1, {"samples/images": np.zeros((2, 8, 8, 1), np.uint8)})
    store.metrics.add_snapshot(run.id, Snapshot(1, 1, 0.5))
    store.runs.move(run.id, Status.SUCCEEDED, lease=claimed.lease)
    return store.runs.get(run.id)


@pytest.fixture
def run(store: Store, private: str) -> Run:
    return ended(store, private)


def test_the_holder_of_a_link_sees_what_the_owner_sees_of_that_run(store: Store, run: Run) -> None:
    held = pass_of(store, run.id, hash_secret(make_link(store, run.id, "ann")))
    assert held is not None
    assert examples_seen(store, run, held).version == open_prepared(store.settings, run.dataset).version
    assert list(snapshot_seen(store, run, 1, SAMPLES, held)) == ["samples/images"]
    with pytest.raises(NotAllowedError):
        examples_seen(store, run, "bob")


def test_a_link_opens_no_other_run_on_the_same_data_and_not_the_data_itself(store: Store, run: Run) -> None:
    other, secret = ended(store, run.dataset), hash_secret(make_link(store, run.id, "ann"))
    assert pass_of(store, other.id, secret) is None
    held = pass_of(store, run.id, secret)
    assert held is not None
    for look in (
        lambda: examples_seen(store, other, held),
        lambda: snapshot_seen(store, other, 1, SAMPLES, held),
        lambda: frame_seen(store, other, 1, held),
        lambda: ask(
            store.settings,
            Subject("gan", run.dataset, PRESET.config, other.id, 1),
            "samples",
            np.zeros((1, 4), np.float32),
            actor=held,
        ),
    ):
        with pytest.raises(NotAllowedError):
            look()
    assert not may_see(store.settings, run.dataset, held)  # type: ignore[arg-type]
    assert not may_view(store.settings, None, run.dataset, held), "networks at random weights are no part of the run"


def test_a_link_gives_no_right_to_change_train_take_away_or_hand_on(store: Store, run: Run) -> None:
    held = pass_of(store, run.id, hash_secret(make_link(store, run.id, "ann")))
    runs, link = store.runs, links_of(store, run.id, "ann")[0].hash
    assert isinstance(held, Pass)
    deeds = [lambda: runs.rename(run.id, "theirs", held), lambda: runs.delete(run.id, held)]
    deeds += [lambda: runs.stop(run.id, held), lambda: publish_run(store, run.id, held, agreed=True)]
    deeds += [lambda: resume_training(store, run.id, held), lambda: queue_export(store, run, "keras", held)]
    deeds += [lambda: submit_training(store, GAN, PRESET.config, run.dataset, held, preset=PRESET)]
    deeds += [lambda: make_link(store, run.id, held), lambda: revoke_link(store, link, held)]
    deeds += [lambda: removal.delete(store.settings, run.dataset, held, has_runs=lambda: False)]
    for deed in deeds:
        with pytest.raises((NotAllowedError, ProgrammingError)):  # the database takes no pass for an owner either
            deed()
    assert not may_export(store, run, held)  # type: ignore[arg-type]
    assert links_of(store, run.id, held) == []  # type: ignore[arg-type]
    assert runs.get(run.id) == run


def test_a_revoked_link_opens_nothing_at_once_and_others_still_do(store: Store, run: Run) -> None:
    first, second = (hash_secret(make_link(store, run.id, "ann")) for _ in range(2))
    assert [share.hash for share in links_of(store, run.id, "ann")] == [first, second]
    with pytest.raises(NotAllowedError, match="only its owner can revoke"):
        revoke_link(store, first, "bob")
    revoke_link(store, first, "ann")
    revoke_link(store, first, "ann")
    assert pass_of(store, run.id, first) is None
    assert pass_of(store, run.id, second) is not None


def test_links_are_made_and_known_by_the_owner_of_private_data_only(store: Store, run: Run) -> None:
    for stranger in ("bob", "", hash_secret(make_link(store, run.id, "ann"))):
        assert not can_share(store, run, stranger)
        assert links_of(store, run.id, stranger) == []
        with pytest.raises(NotAllowedError, match="only its owner can make"):
            make_link(store, run.id, stranger)
    bobs = ended(store, run.dataset, "bob")  # from when the data was published
    assert not can_share(store, bobs, "bob")
    with pytest.raises(NotAllowedError):
        make_link(store, bobs.id, "bob")
    with pytest.raises(RunError, match="its data is public"):
        make_link(store, ended(store, "mnist_5k").id, "ann")
    for _ in range(MOST_LINKS - 1):
        make_link(store, run.id, LOCAL)
    with pytest.raises(RunError, match="too many links"):
        make_link(store, run.id, "ann")


def test_a_link_ends_with_its_run_with_its_data_and_with_its_makers_right(store: Store, run: Run) -> None:
    secret = hash_secret(make_link(store, run.id, "ann"))
    store.runs.delete(run.id, "ann")
    assert pass_of(store, run.id, secret) is None
    store.runs.undelete(run.id, "ann")
    assert pass_of(store, run.id, secret) is not None
    removal.delete(store.settings, run.dataset, "ann", has_runs=lambda: True)
    assert pass_of(store, run.id, secret) is None
    own.update(store.settings, run.dataset, deleted=False, owner="bob")
    held = pass_of(store, run.id, secret)
    assert held is None or not may_view(store.settings, run.id, run.dataset, held)
    store.runs.forget([run.id])
    assert store.shares.find(secret) is None


@pytest.mark.parametrize("secret", ["", "short", "a" * 65, "' OR 1=1 --" + "a" * 10, "ä" * 22, None, 7, ["a" * 22]])
def test_what_is_no_secret_opens_nothing(secret: object, store: Store, run: Run) -> None:
    make_link(store, run.id, "ann")
    assert pass_of(store, run.id, hash_secret(secret)) is None


def test_the_secret_is_nowhere_in_the_home(store: Store, run: Run) -> None:
    secret = make_link(store, run.id, "ann")
    assert hash_secret(secret) == hashlib.sha256(secret.encode()).hexdigest()
    assert pass_of(store, run.id, secret) is None, "the secret itself is not what the store knows"
    files = [path for path in Path(store.settings.home).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_an_old_secret_hash_cannot_be_used_as_the_secret(store: Store, run: Run) -> None:
    known = hash_secret(make_link(store, run.id, "ann"))
    assert pass_of(store, run.id, hash_secret(known)) is None


def test_errors_of_links_are_one_sentence(store: Store) -> None:
    with pytest.raises(GlassboxError, match="there is no run"):
        make_link(store, "nothing", "ann")
