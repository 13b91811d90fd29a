"""A text to write on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.datasets.dataset import Progress
from core.datasets.own.built import Built
from core.datasets.own.kinds.files import only_file
from core.datasets.own.kinds.kind import DataKind
from core.datasets.texts.tokens import CHARACTER


def read_own_text(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Describe a text, and make the pieces that a network learns to write from.

    Args:
        place: Folder of the one file.
        options: `name` of the file; `unit` and `size` of the vocabulary, as for `learn_to_write`.
        progress: Receives the current step.

    Raises:
        DatasetError: The file is not a text, or too short.
    """
    from core.datasets.texts.learn import PIECES, learn_to_write
    from core.datasets.texts.texts import describe_text, read_text, say_encoding

    progress("reading the text", 0.1)
    path, name = only_file(place), options["name"]
    text = read_text(path, name)
    progress("learning the vocabulary", 0.4)
    unit, size = options.get("unit", CHARACTER), options.get("size", PIECES)
    made = learn_to_write(text, name, unit, size)
    notes = {**asdict(describe_text(text)), "said": [say_encoding(path, name), *made.said]}
    return Built(made.arrays, made.spec, notes, options={"unit": unit, "size": size})


KIND = DataKind(
    id="text",
    title="Text",
    takes="a text",
    way="A text",
    asks="A text file in any common encoding, such as `.txt`, `.md` or a program. A network learns to write on.",
    limits="At most 50 MB, of which the first 10 million characters are learned from; at least 200 characters.",
    suffixes=(".txt", ".md", ".csv", ".py", ".html", ".js", ".c", ".java", ".tex", ".json", ".xml"),
    megabytes=50,
    likeness=lambda upload: 0 if upload.suffix == ".csv" else 2,
    read=read_own_text,
    page="pages._ui.data.kinds.text:VIEW",
    keeps_raw=True,
)
