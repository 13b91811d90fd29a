"""The chart library that the live curves load from this server."""

import re
from pathlib import Path

from plotly.offline import get_plotlyjs_version

LIBRARY = Path(__file__).parents[2] / "static" / "plotly-basic.min.js"


def test_the_live_curves_are_drawn_by_the_version_that_draws_all_other_charts() -> None:
    [version] = re.findall(r"plotly\.js \(basic - minified\) v([\d.]+)", LIBRARY.read_text()[:500])
    assert version == get_plotlyjs_version()
