"""Files that the browser loads from this server: nothing comes from elsewhere."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from core.errors import StoreError

STATIC = Path(__file__).parents[2] / "static"


def ensure_plotly() -> None:
    """Put the installed plotly's JavaScript where `app/static/` is served from.

    Raises:
        StoreError: The folder of the program cannot be written and the file is not there.
    """
    import plotly

    source = Path(plotly.__file__).with_name("package_data") / "plotly.min.js"
    target = STATIC / "plotly.min.js"
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    try:
        STATIC.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=STATIC, suffix=".part", delete=False) as part:
            temporary = Path(part.name)
        shutil.copyfile(source, temporary)
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        raise StoreError(
            f"the chart library cannot be copied to {STATIC}",
            received=str(error.strerror),
            fix=f"Copy {source} there by hand, or make the folder writable.",
        ) from error
