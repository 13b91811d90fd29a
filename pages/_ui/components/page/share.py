"""Share: the link of what is on the page, to be copied, read and scanned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from pages._ui.components import component

LONGEST = 1200  # characters of a link whose QR code a phone still reads
_LOCAL = ("//localhost", "//127.0.0.1", "//[::1]")
_HERE_ONLY = (
    "This address works on this computer only. To reach it from a phone in the same network, start the server with "
    "--server.address 0.0.0.0 and open this page by the computer's host name or IP address."
)
_TOO_LONG = "This link is too long for a QR code. Copy it."

_component = component(
    "page/share",
    "<div class='sharing'><button type='button' class='share'>Share</button><div class='shared' popover>"
    "<div class='row'><input class='link' readonly aria-label='Link'><button type='button' class='copy'>Copy</button>"
    "</div><p class='said' role='status' aria-live='polite'></p><p class='shows'></p><div class='code'></div>"
    "<p class='note'></p><div class='offers'></div></div></div>",
)


def share(
    shows: str, *, key: str = "share", tail: str | None = None, offers: Mapping[str, Callable[[], None]] | None = None
) -> None:
    """Draw the button that shares the page as it is, or the link to another.

    Args:
        shows: What strangers see behind the link.
        key: Streamlit's key.
        tail: What the shared link has behind the page's address, from the question mark on; it is then shown at once,
            without a button. None for the link of the page.
        offers: Other links that can be made here: label -> called in a callback when it is chosen.
    """
    with st.container(width="content" if tail is None else "stretch"):
        st.fragment(partial(_draw, shows, key, tail, offers or {}))()


def _draw(shows: str, key: str, tail: str | None, offers: Mapping[str, Callable[[], None]]) -> None:
    def offered() -> None:
        chosen = st.session_state.get(key, {}).get("offer")
        if chosen in offers:
            offers[chosen]()
            st.rerun()

    link = _link(st.session_state.get(key, {}).get("here"), tail)
    data = {
        "shows": shows,
        "tail": tail,
        "offers": list(offers),
        "link": link,
        "code": qr_code(link),
        "note": where(link),
    }
    _component(
        key=key,
        data=data,
        on_here_change=lambda: None,
        on_offer_change=offered,
        height="content",
        width="content" if tail is None else "stretch",
    )


def _link(here: object, tail: str | None) -> str:
    """Return the shared link, if the browser has told the page's address."""
    if not isinstance(here, str) or not here:
        return ""
    return here if tail is None else here.split("?")[0] + tail


def qr_code(link: str) -> str:
    """Return a link's QR code as SVG, dark on white in both themes; empty if the link is too long. Nothing keeps it."""
    if not link or len(link) > LONGEST:
        return ""
    import segno

    code: Any = segno.make(link, error="l", micro=False)  # more correction where it costs no larger code
    return str(
        code.svg_inline(
            omitsize=True, border=3, light="white", svgclass=None, lineclass=None, title="QR code of this link"
        )
    )


def where(link: str) -> str:
    """Return from where a link can be opened, or why it has no QR code."""
    if len(link) > LONGEST:
        return _TOO_LONG
    return _HERE_ONLY if any(host in link for host in _LOCAL) else "Scan to open it on a phone."


def titled(title: str, shows: str) -> None:
    """Draw the title of a page with the button that shares the page."""
    with st.container(horizontal=True, vertical_alignment="center", key="page_head"):
        st.title(title, width="stretch")
        share(shows)
