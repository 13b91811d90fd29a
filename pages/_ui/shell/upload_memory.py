"""Limit the memory that uploaded files take before they are on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.datasets.archives.archives import LIMITS
from core.units import MB
from pages._ui.shell import owner

MOST_MEMORY_MB = 600  # of all uploaded files that are not on disk yet
SHARE_MEMORY_MB = 2 * LIMITS.archive_mb  # of one visitor's files: the size limit of one selection


class CappedUploads(MemoryUploadedFileManager):
    """Streamlit's upload store with a memory limit per visitor and in total."""

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file until its page has taken it.

        Raises:
            HTTPException: 413; the visitor's files, or all files together, would exceed their limit.
        """
        visitor = owner.of_visit(session_id)
        mine = sum(self._held(other) for other in list(self.file_storage) if owner.of_visit(other) == visitor)
        if mine + len(file.data) > SHARE_MEMORY_MB * MB:
            raise HTTPException(status_code=413, detail="These files are too large together: upload them one by one")
        if sum(map(self._held, list(self.file_storage))) + len(file.data) > MOST_MEMORY_MB * MB:
            raise HTTPException(status_code=413, detail="The server has no memory for this file now: try again later")
        super().add_file(session_id, file)

    def _held(self, session_id: str) -> int:
        """Return how many bytes one session holds."""
        return sum(len(file.data) for file in list(self.file_storage.get(session_id, {}).values()))


def cap_uploads() -> None:
    """Limit the memory of uploaded files on this server."""
    manager: Any = get_instance().uploaded_file_mgr
    if type(manager) is MemoryUploadedFileManager:
        manager.__class__ = CappedUploads


def release(files: Sequence[Any]) -> None:
    """Free the memory of files that were taken."""
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        return
    for file in files:
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
