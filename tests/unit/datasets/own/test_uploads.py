import io
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.exceptions import HTTPException
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core import child_process
from core.datasets.images.photos import Shaping, decode
from core.datasets.images.preview import preview_photos
from core.datasets.own.uploads import drop_upload, is_kept, keep_upload, move_upload, sweep_uploads
from core.errors import DatasetError
from core.settings import Settings
from core.units import MB
from pages._ui.shell import upload_memory
from pages._ui.shell.upload_memory import CappedUploads


def test_a_chosen_file_lies_on_disk_until_it_is_sent(settings: Settings, tmp_path: Path) -> None:
    upload = keep_upload(settings, "ann", "../cats.zip", io.BytesIO(b"photos"))
    assert (upload.name, upload.size_bytes, upload.path.read_bytes()) == ("../cats.zip", 6, b"photos")
    assert upload.path.is_relative_to(settings.home / "uploads")
    assert is_kept(upload)
    move_upload(upload, tmp_path / "raw.zip")
    assert (tmp_path / "raw.zip").read_bytes() == b"photos"
    assert not is_kept(upload)
    assert not list((settings.home / "uploads").iterdir())


def test_what_nobody_looks_at_any_more_is_removed(settings: Settings) -> None:
    upload, other = (keep_upload(settings, "ann", "a.zip", io.BytesIO(b"photos")) for _ in range(2))
    sweep_uploads(settings, time.time() + 60)
    assert is_kept(upload)
    drop_upload(other)
    sweep_uploads(settings, time.time() + 3600)
    assert not is_kept(upload)
    assert not list((settings.home / "uploads").iterdir())


def test_files_of_all_visitors_together_have_a_limit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.own.uploads.MOST_MB", 1)
    keep_upload(settings, "bob", "a.zip", io.BytesIO(bytes(MB - 100)))
    with pytest.raises(DatasetError, match=r"b\.zip was not accepted: other visitors.*at most 1 MB for all visitors"):
        keep_upload(settings, "ann", "b.zip", io.BytesIO(bytes(101)))
    assert len(list((settings.home / "uploads").iterdir())) == 1


def test_a_visitor_has_a_share_and_leaves_the_rest_to_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.datasets.own.uploads.SHARE_MB", 1)
    first = keep_upload(settings, "ann", "a.zip", io.BytesIO(bytes(MB - 100)))
    with pytest.raises(DatasetError, match=r"b\.zip was not accepted.*at most 1 MB for one visitor.*or remove them"):
        keep_upload(settings, "ann", "b.zip", io.BytesIO(bytes(101)))
    keep_upload(settings, "bob", "b.zip", io.BytesIO(bytes(MB - 100)))
    drop_upload(first)
    keep_upload(settings, "ann", "b.zip", io.BytesIO(bytes(101)))


def test_what_another_visitor_has_just_sent_is_not_counted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = keep_upload(settings, "ann", "a.zip", io.BytesIO(b"photos"))
    listed = list((settings.home / "uploads").glob("*/*"))
    drop_upload(gone)
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(listed if pattern == "*/*" else []))
    assert is_kept(keep_upload(settings, "ann", "b.zip", io.BytesIO(b"photos")))


def test_the_server_refuses_arrivals_that_its_memory_has_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.shell.upload_memory.MOST_MEMORY_MB", 1)
    uploads = CappedUploads("/upload")
    arrived = [UploadedFileRec(str(number), "a.zip", "", bytes(400_000)) for number in range(3)]
    for file in arrived[:2]:
        uploads.add_file("a visit", file)
    with pytest.raises(HTTPException) as refused:
        uploads.add_file("another visit", arrived[2])
    assert refused.value.status_code == 413
    context = SimpleNamespace(uploaded_file_mgr=uploads, session_id="a visit")
    monkeypatch.setattr(upload_memory, "get_script_run_ctx", lambda: context)
    upload_memory.release([SimpleNamespace(file_id="0")])
    uploads.add_file("another visit", arrived[2])


def test_a_visitors_arrivals_in_all_visits_leave_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.shell.upload_memory.SHARE_MEMORY_MB", 0.5)
    monkeypatch.setattr("pages._ui.shell.upload_memory.MOST_MEMORY_MB", 1)
    sessions = {
        visit: SimpleNamespace(session=SimpleNamespace(session_state={"_owner_key": key}))
        for visit, key in (("a tab", "ann"), ("another tab", "ann"), ("elsewhere", "bob"))
    }
    runtime = SimpleNamespace(_session_mgr=SimpleNamespace(get_session_info=sessions.get))
    monkeypatch.setattr("pages._ui.shell.owner.exists", lambda: True)
    monkeypatch.setattr("pages._ui.shell.owner.get_instance", lambda: runtime)
    uploads, arrived = CappedUploads("/upload"), UploadedFileRec("0", "a.zip", "", bytes(400_000))
    uploads.add_file("a tab", arrived)
    with pytest.raises(HTTPException, match="one by one"):
        uploads.add_file("another tab", arrived)
    uploads.add_file("elsewhere", arrived)


def photo(path: Path, size: tuple[int, int], colour: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def test_a_preview_is_what_the_data_will_be_made_by_another_process(tmp_path: Path) -> None:
    for label, colour in (("cup", (200, 10, 10)), ("pen", (10, 10, 200))):
        for number in range(4):
            photo(tmp_path / label / f"{number}.png", (60, 40), colour)
    (tmp_path / "cup" / "0.png").write_bytes(b"no picture")
    found = preview_photos(tmp_path, 28, 3)
    assert found is not None
    assert (found.labels, found.fits) == (("pen", "pen"), ("crop", "squeeze"))
    data = (tmp_path / "pen" / "0.png").read_bytes()
    for image, name, fit in zip(found.images, found.names, found.fits, strict=True):
        np.testing.assert_array_equal(image, decode(data, Shaping(28, fit, 3), name))


def test_photos_that_take_too_long_have_no_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "WAIT_S", 0.01)
    assert preview_photos(tmp_path, 28, 3) is None
