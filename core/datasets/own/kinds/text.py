"""A text, which is only checked and described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.datasets.dataset import Progress
from core.datasets.own.built import Built
from core.datasets.own.kinds.files import only_file
from core.datasets.own.kinds.kind import DataKind


def read_own_text(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Describe a text.

    Args:
        place: Folder of the one file.
        options: `name` of the file.
        progress: Receives the current step.

    Raises:
        DatasetError: The file is not a text.
    """
    from core.datasets.texts.texts import describe_text, read_text

    progress("reading the text", 0.1)
    return Built({}, None, asdict(describe_text(read_text(only_file(place), options["name"]))))


KIND = DataKind(
    id="text",
    title="Text",
    takes="a text",
    way="A text",
    asks="A text file in any common encoding.",
    limits="At most 50 MB.",
    suffixes=(".txt", ".md", ".csv", ".py", ".html"),
    megabytes=50,
    likeness=lambda upload: 0 if upload.suffix == ".csv" else 2,
    read=read_own_text,
    page="pages._ui.data.kinds.text:VIEW",
    is_learned=False,
    keeps_raw=True,
)
