"""A run comes in by the page Compare, and its page says where it comes from and what is missing."""

from pathlib import Path

import numpy as np
import pytest

from core.bundle.read import import_bundle
from core.bundle.write import write_bundle
from core.store import Store
from core.store.records import IMPORTED
from tests.pages.conftest import Visit
from tests.support import bundled
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import captions, said, words_of

FORGED = b"PK no more"


@pytest.fixture
def bundle(store: Store, past: PastRuns, tmp_path: Path) -> Path:
    """Somebody else's run, as a file."""
    run = past.finished(owner=SOMEBODY_ELSE, name="theirs", dataset_version="v1")
    write_bundle(store, run, SOMEBODY_ELSE, tmp_path / "run.zip")
    return tmp_path / "run.zip"


def test_a_run_is_imported_once_and_what_is_no_bundle_is_refused(visit: Visit, store: Store, bundle: Path) -> None:
    app = visit("compare")  # in a home without runs of one's own
    app.button(key="import_run").click().run()
    app.file_uploader[0].upload("no.zip", FORGED, "application/zip").run()
    assert [said(error) for error in app.error] == ["no.zip: this is not a ZIP file. Export the run again as a bundle."]
    assert store.runs.list(owners=[ME]) == []
    for answer in ("theirs is imported. It is yours now.", "You have this run already: theirs."):
        app.file_uploader[0].upload("run.zip", bundle.read_bytes(), "application/zip").run()
        assert not app.exception
        assert said(app.success[0]).replace("*", "") == answer
        app = visit("compare")
        app.button(key="import_run").click().run()
    app.file_uploader[0].upload("run.zip", bundle.read_bytes(), "application/zip").run()
    app.button(key="import_tick").click().run()
    assert not app.file_uploader
    [run] = store.runs.list(owners=[ME])
    assert app.query_params["runs"] == run.id
    assert (run.origin, run.name) == (IMPORTED, "theirs")


@pytest.mark.parametrize("view", ["Results", "Live", "Code"])
def test_a_run_whose_data_is_not_here_opens_with_what_it_brings(
    visit: Visit, store: Store, bundle: Path, view: str
) -> None:
    card = bundled.changed(bundle, "data.json", id="own_gone", title="My shapes", private=True)
    without = {f"snapshots/{step:08d}.npz": bundled.npz(weights=np.zeros(3)) for step in (0, 100)}  # as of private data
    bundled.rewrite(bundle, {**card, **without})
    run = import_bundle(store, bundle, ME).run
    app = visit("cnn", run=run.id, cnn_view=view)
    assert not app.exception
    assert "Its data, My shapes, is not on this server, so single examples of it cannot be shown." in captions(app.main)
    assert "run_train_on" not in {button.key for button in app.button}
    if view == "Results":
        assert "The images are not on this server, so they cannot be shown." in captions(app.main)
        app.button(key="download").click().run()
        assert "Its data is not here, so its network cannot be checked" in captions(app)
        assert "The whole run, to be imported in another Glassbox" in words_of(app.main) + words_of(app)
    stranger = visit("cnn", run=run.id, key="c" * 32, cnn_view=view)
    assert not stranger.exception


def test_a_run_that_lacks_what_its_results_need_says_so(visit: Visit, store: Store, bundle: Path) -> None:
    bundled.rewrite(bundle, bundled.changed(bundle, "run.json", summary={"test_accuracy_last": 0.9}))
    run = import_bundle(store, bundle, ME).run
    app = visit("cnn", run=run.id, cnn_view="Results")
    assert not app.exception
    assert any("lacks what its results need" in said(error) for error in app.error)
