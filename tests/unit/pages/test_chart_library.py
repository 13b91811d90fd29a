"""The chart library that pages load from this server."""

import re
from pathlib import Path

from plotly.offline import get_plotlyjs_version

LIBRARY = Path(__file__).parents[3] / "static" / "plotly-basic.min.js"


def test_pages_draw_with_the_version_that_the_figures_are_made_for() -> None:
    [version] = re.findall(r"plotly\.js \(basic - minified\) v([\d.]+)", LIBRARY.read_text()[:500])
    assert version == get_plotlyjs_version()
