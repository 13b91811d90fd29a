"""Write HTML: each function takes plain text, which it escapes, and returns markup."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import plotly.graph_objects as go

from core.figures.colours import BLUE, ORANGE
from core.figures.pictures import Picture, gradient_css
from core.settings import ROOT

# The bundle that the pages use: the version of the Python package in a quarter of its size (a test compares them).
PLOTLY = ROOT / "static" / "plotly-basic.min.js"
SHEET = 700  # CSS pixels of a picture at most
MOST_ZOOM = 6
# Nothing is fetched and no form is sent, whatever a name may contain.
_POLICY = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def document(title: str, parts: Iterable[str]) -> str:
    """Return a whole HTML file.

    Args:
        title: Its title, plain text.
        parts: Markup from the other functions, in order.
    """
    made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Glassbox">
<title>{escape(title)}</title>
<style>:root {{ --blue: {BLUE}; --orange: {ORANGE}; }}
{_beside("report.css")}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{"".join(parts)}
<footer>Made by Glassbox, {made}. This file needs no network.</footer>
</main>
<script>{PLOTLY.read_text(encoding="utf-8")}</script>
<script>{_beside("report.js")}</script>
</body>
</html>
"""


def heading(text: str, level: int = 2) -> str:
    """Return a heading."""
    return f"<h{level}>{escape(text)}</h{level}>\n"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; `kind` is a class of `report.css`, such as `lead` or `quiet`."""
    return f'<p class="{kind}">{escape(text)}</p>\n' if text else ""


def headline(title: str, value: str) -> str:
    """Return the number that leads, under its title."""
    return f'<p class="headline"><span>{escape(title)}</span><strong>{escape(value)}</strong></p>\n'


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), caption: str = "") -> str:
    """Return a table whose first column names its rows."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    first = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<div class="wide"><table>{said}{first}<tbody>{body}</tbody></table></div>\n'


def cell(text: str, colour: str) -> str:
    """Return a cell of a `grid`, on a CSS colour."""
    return f'<td style="background:{escape(colour)}">{escape(text)}</td>'


def grid(cells: Sequence[Sequence[str]], names: Sequence[str]) -> str:
    """Return a square table of `cell`s, whose rows and columns have the same names."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(row)}</tr>' for name, row in zip(names, cells, strict=True)
    )
    head = f"<thead><tr><td></td>{top}</tr></thead>"
    return f'<div class="wide"><table class="matrix">{head}<tbody>{body}</tbody></table></div>\n'


def chips(named: Iterable[tuple[str, str, str]]) -> str:
    """Return a list of runs: the CSS colour of each, its letter, and what it is."""
    items = (
        f'<li><i style="background:{escape(colour)}"></i><b>{escape(name)}</b> {escape(said)}</li>'
        for colour, name, said in named
    )
    return f'<ul class="chips">{"".join(items)}</ul>\n'


def chart(figure: go.Figure, alt: str, title: str = "") -> str:
    """Return a live chart of lines, dots or bars; its layout must set a height."""
    data = figure.update_layout(template="none").to_json().replace("<", "\\u003c")
    named = f"<figcaption>{escape(title)}</figcaption>" if title else ""
    room = f'style="min-height:{figure.layout.height}px"'
    return (
        f'<figure class="plot">{named}<div class="chart" role="img" aria-label="{escape(alt)}" {room}>'
        f'<script type="application/json">{data}</script></div></figure>\n'
    )


def pictures(shown: Sequence[Picture], width: int | None = None, below: Sequence[str] = ()) -> str:
    """Return pictures side by side, with their titles, bars, labels and scales.

    Args:
        shown: The pictures.
        width: CSS pixels of each; by default a whole multiple of its own.
        below: A text under each; may be empty.
    """
    texts = [*below, *[""] * (len(shown) - len(below))]
    figures = (_picture(one, width, text) for one, text in zip(shown, texts, strict=True))
    return f'<div class="pictures">{"".join(figures)}</div>\n'


def _picture(one: Picture, width: int | None, below: str) -> str:
    wide = width or one.width * max(1, min(MOST_ZOOM, SHEET // one.width))
    kind = "webp" if one.png.startswith(b"RIFF") else "png"
    source = f"data:image/{kind};base64,{base64.b64encode(one.png).decode()}"
    image = f'<img src="{source}" alt="{escape(one.alt)}" style="width:{wide}px">'
    title = f"<figcaption>{escape(one.title)}</figcaption>" if one.title else ""
    narrow = f' style="width:{wide}px"' if below or one.labels or one.bars else ""
    return f"<figure{narrow}>{title}{image}{_bars(one)}{_labels(one)}{_scale(one)}{paragraph(below, 'below')}</figure>"


def _bars(one: Picture) -> str:
    bars = (
        f'<i class="{"marked" if place == one.marked else ""}" style="height:{100 * share:.1f}%"></i>'
        for place, share in enumerate(one.bars)
    )
    return f'<div class="bars">{"".join(bars)}</div>' if one.bars else ""


def _labels(one: Picture) -> str:
    columns = f"grid-template-columns:repeat({len(one.labels)},1fr)"
    spans = "".join(f"<span>{escape(label)}</span>" for label in one.labels)
    return f'<div class="labels" style="{columns}">{spans}</div>' if one.labels else ""


def _scale(one: Picture) -> str:
    if one.scale == "grey":
        return ""
    return f'<div class="scale">{one.low:.2f}<i style="background:{gradient_css(one.scale)}"></i>{one.high:.2f}</div>'


def code(text: str) -> str:
    """Return a program."""
    return f"<pre><code>{escape(text)}</code></pre>\n"


def folded(title: str, *inside: str) -> str:
    """Return markup that is unfolded by a click."""
    return f"<details><summary>{escape(title)}</summary>{''.join(inside)}</details>\n"


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
