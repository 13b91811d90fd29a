"""Pictures that change in place, without a flicker, each with its scale."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.figures.pictures import Picture, gradient_css

_HTML = "<div class='pictures'></div>\n"

_CSS = """
.pictures { display: flex; flex-wrap: wrap; gap: 14px 20px; align-items: flex-end; }
.pictures figure { margin: 0; max-width: 100%; }
.pictures img { display: block; image-rendering: pixelated; max-width: 100%; border-radius: 3px; }
.pictures figcaption { font: 400 0.85rem var(--st-font); color: var(--st-text-color); margin-bottom: 4px; }
.pictures .scale { display: flex; align-items: center; gap: 6px; font: 400 0.75rem var(--st-font);
  color: var(--st-text-color); margin-top: 4px; font-variant-numeric: tabular-nums; }
.pictures .bar { height: 6px; width: 90px; border-radius: 3px; }
.pictures .below { font: 400 0.8rem/1.3 var(--st-font); color: var(--st-text-color); margin-top: 4px; white-space: pre-line; }
"""

_JS = r"""
const shown = new WeakMap();

function make() {
  const figure = document.createElement("figure"), title = document.createElement("figcaption");
  const image = document.createElement("img"), scale = document.createElement("div"), below = document.createElement("div");
  const low = document.createElement("span"), bar = document.createElement("span"), high = document.createElement("span");
  scale.className = "scale"; bar.className = "bar"; below.className = "below";
  scale.append(low, bar, high);
  figure.append(title, image, scale, below);
  return { figure, title, image, scale, low, bar, high, below };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".pictures");
  let parts = shown.get(root) ?? [];
  while (parts.length < data.pictures.length) { const part = make(); root.appendChild(part.figure); parts.push(part); }
  while (parts.length > data.pictures.length) parts.pop().figure.remove();
  shown.set(root, parts);
  data.pictures.forEach((picture, index) => {
    const part = parts[index], source = "data:image/png;base64," + picture.png;
    part.title.textContent = picture.title;
    part.title.hidden = !picture.title;
    if (part.image.src !== source) part.image.src = source;
    part.image.alt = picture.alt;
    part.image.style.width = picture.width + "px";
    part.image.style.aspectRatio = picture.ratio;
    part.scale.hidden = part.scale.style.display = picture.gradient ? "" : "none";
    part.scale.hidden = !picture.gradient;
    part.low.textContent = picture.low; part.high.textContent = picture.high;
    part.bar.style.background = picture.gradient;
    part.below.textContent = picture.below; part.below.hidden = !picture.below;
    part.figure.style.width = picture.below ? picture.width + "px" : "";
  });
  root.dataset.moment = data.moment;
}
"""

_component = st.components.v2.component("pictures", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)

WIDTH = 700  # CSS pixels that a sheet of tiles may take
MOST_ZOOM = 6


def pictures(
    shown: Sequence[Picture], *, key: str, moment: str = "", below: Sequence[str] = (), width: int | None = None
) -> None:
    """Show pictures side by side, wrapping.

    Args:
        shown: What to show.
        key: Streamlit's key; the same key changes the pictures in place.
        moment: Which moment of a run this is, for tests.
        below: A text under each picture, if any.
        width: CSS width of each; by default a whole multiple of its pixels.
    """
    texts = [*below, *[""] * (len(shown) - len(below))]
    entries = [_entry(picture, text, width) for picture, text in zip(shown, texts, strict=True)]
    _component(key=key, data={"pictures": entries, "moment": moment}, height="content")


def _entry(picture: Picture, below: str, width: int | None) -> dict[str, Any]:
    zoom = max(1, min(MOST_ZOOM, WIDTH // picture.width))
    plain = picture.scale == "grey"
    return {
        "title": picture.title,
        "png": base64.b64encode(picture.png).decode(),
        "alt": picture.alt,
        "width": width or picture.width * zoom,
        "ratio": f"{picture.width} / {picture.height}",
        "gradient": "" if plain else gradient_css(picture.scale),
        "low": f"{picture.low:.2f}",
        "high": f"{picture.high:.2f}",
        "below": below,
    }
