"""Write the files that commands export."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from core.errors import ArtifactError
from core.private import give


def write_file(path: Path, data: bytes) -> None:
    """Write a file, all of it or nothing.

    Raises:
        ArtifactError: The file cannot be written.
    """
    out = path.absolute()
    temporary = out.parent / f".{out.name}.part"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        give(temporary)
        temporary.replace(out)
    except OSError as error:
        raise ArtifactError(f"{path} cannot be written", received=str(error.strerror)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
