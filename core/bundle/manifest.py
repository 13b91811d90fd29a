"""The list of the files in a bundle, with the SHA-256 of each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import core
from core.errors import BundleError

NAME = "manifest.json"
FORMAT, SCHEMA = "glassbox run", 1
RUN, DATA, NUMBERS = "run.json", "data.json", "numbers.json.gz"
REQUIRED = (RUN, DATA, NUMBERS)
AGAIN = "Export the run again as a bundle."
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Listed:
    """A file in a bundle: its SHA-256 and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds.

    Args:
        files: Its files by name, without the manifest.
        product: Version of the Glassbox that wrote it.
    """

    files: Mapping[str, Listed]
    product: str = core.__version__

    def to_json(self) -> str:
        """Return the text of the file."""
        files = {name: vars(listed) for name, listed in self.files.items()}
        return json.dumps({"format": FORMAT, "schema": SCHEMA, "glassbox": self.product, "files": files}, indent=1)

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Read the text of the file.

        Raises:
            BundleError: It is no manifest, a newer Glassbox wrote it, or it lacks a file that every run has.
        """
        try:
            said = json.loads(text)
            if said["format"] != FORMAT or not isinstance(said["schema"], int):
                raise ValueError
            product = str(said["glassbox"])[:40]
            if said["schema"] > SCHEMA:
                raise BundleError(
                    f"the bundle was written by a newer Glassbox, {product}",
                    expected=f"schema {SCHEMA}",
                    received=str(said["schema"]),
                    fix="Update this Glassbox, then import it.",
                )
            files = {name: _listed(entry) for name, entry in said["files"].items()}
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            raise BundleError(f"{NAME} in the bundle is damaged", fix=AGAIN) from None
        if missing := [name for name in REQUIRED if name not in files]:
            raise missing_file(missing[0])
        return cls(files, product)


def missing_file(name: str) -> BundleError:
    """Return the error for a file that is not in the bundle."""
    return BundleError(f"{name} is missing in the bundle", fix=AGAIN)


def _listed(entry: Mapping[str, Any]) -> Listed:
    sha256, size = entry["sha256"], entry["size"]
    if not _SHA256.fullmatch(sha256) or not isinstance(size, int):
        raise ValueError
    return Listed(sha256, size)
