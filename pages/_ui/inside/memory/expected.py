"""The view Predictions: what the network expects after each step, and what a changed one changes."""

from __future__ import annotations

from collections.abc import Sequence as Row
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.features import MISSING, Tokens
from pages._ui.components.memory.tinted import Bar, Tinted, tinted
from pages._ui.inside.files import offer
from pages._ui.inside.memory.sequence import Sequence, chosen_place, chosen_unit, keep_chosen, sequence_of
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy

HEIGHT, SHOWN = 420, 8  # pixels; tokens with bars
LEAST = 1e-9


def draw_expected(inside: Inside) -> None:
    """Draw a text coloured by how surprised the network was, and bars of what it expected."""
    sequence = sequence_of(inside)
    if sequence is None:
        return
    if not inside.sees:
        privacy.say("What it expects, which could show what it learned from, is")
        return
    place = chosen_place(inside, sequence)
    changed = _draw_change(inside, sequence, place)
    texts = [sequence] if changed is None else [sequence, changed]
    inside.follow(
        "predictions",
        partial(_ask, inside.asker(), texts),
        partial(_show, inside, texts, place),
        given=[_tokens(inside, one) for one in texts],
        height=HEIGHT,
        is_private=has_sample(inside.run.dataset),
    )


def _ask(ask: object, texts: list[Sequence]) -> Arrays:
    assert callable(ask)
    return {str(at): ask("predictions", one.given, text=one.text)["shares"] for at, one in enumerate(texts)}


def _draw_change(inside: Inside, sequence: Sequence, place: int) -> Sequence | None:
    """Draw the box for another sign at the chosen step; return the changed text, or None."""
    features = inside.dataset.spec.features
    assert isinstance(features, Tokens)
    with st.container(horizontal=True, vertical_alignment="bottom", key="memory_change"):
        written = st.text_input(
            f"Instead of {sequence.said(place)} at step {place + 1 - sequence.start}, read",
            max_chars=20,
            key=f"expected_change_{inside.run.id}_{place}",
            placeholder="another sign",
            help="Click a sign in the text to choose it, and type another one: all that is expected later may move.",
            width=260,
        )
    if not written:
        return None
    tokens = features.encode(written)
    if len(tokens) != 1 or not tokens[0]:
        st.caption(f"That is not one sign that the network knows: {written!r}.")
        return None
    own = np.array(_tokens(inside, sequence))
    own[place] = tokens[0]
    pieces = (*sequence.pieces[:place], features.vocabulary[tokens[0]], *sequence.pieces[place + 1 :])
    if sequence.text is None:
        return replace(sequence, given=own, pieces=pieces)
    return replace(sequence, text=own, pieces=pieces)


def _tokens(inside: Inside, sequence: Sequence) -> np.ndarray:
    return sequence.given if sequence.text is None else sequence.text


def _show(inside: Inside, texts: list[Sequence], place: int, found: Arrays) -> None:
    shares = [found[str(at)] for at in range(len(texts)) if str(at) in found]
    if len(shares) < len(texts) or any(len(s) != one.steps for s, one in zip(shares, texts, strict=True)):
        return
    vocabulary = inside.dataset.spec.features.vocabulary  # type: ignore[union-attr]
    tokens = [_tokens(inside, one) for one in texts]
    surprise = [_surprise(one, own) for one, own in zip(shares, tokens, strict=True)]
    titles = ["As it is", "With the change"] if len(texts) > 1 else [""]
    values = [surprise[0], _later(surprise[-1] - surprise[0], place)] if len(texts) > 1 else surprise
    shown = [
        Tinted(one.pieces, value, title, tips=_tips(known), bars=_bars(share, own, vocabulary))
        for one, value, title, known, share, own in zip(texts, values, titles, surprise, shares, tokens, strict=True)
    ]
    tinted(
        shown,
        key=f"expected_text_{inside.run.id}",
        legend=_LEGEND + (_CHANGED if len(texts) > 1 else ""),
        bars_title="What it expects after “{}”",
        start=texts[0].start,
        place=place,
        on_pick=lambda picked: keep_chosen(chosen_unit(inside, 10**6), picked),
    )
    st.caption(f"Mean surprise: {_mean(surprise[0], texts[0].start):.3f} nats a sign.")
    offer(
        inside,
        "predictions",
        numbers={"tokens": tokens[0], "shares": shares[0]},
        table=partial(_table, texts[0], surprise[0]),
        key="expected",
    )


_LEGEND = "Orange: it was surprised by this sign; the more, the darker. Click a sign to see what it expects next. "
_CHANGED = "Below, orange: more surprised than before; blue: less."


def _surprise(shares: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """Return -log of the share that each token had before it came, nats; 0 for the first, which nothing expected."""
    came = shares[np.arange(len(tokens) - 1), tokens[1:]]
    return np.append(0.0, -np.log(np.maximum(came, LEAST)))


def _later(change: np.ndarray, place: int) -> np.ndarray:
    """Return the change after the changed sign, whose own surprise is another sign's."""
    later: np.ndarray = np.where(np.arange(len(change)) > place, change, 0.0)
    return later


def _mean(surprise: np.ndarray, start: int) -> float:
    return float(surprise[start + 1 :].mean()) if len(surprise) > start + 1 else 0.0


def _tips(surprise: np.ndarray) -> list[str]:
    return ["", *(f"{value:.2f} nats: it gave {np.exp(-value):.1%}" for value in surprise[1:])]


def _bars(shares: np.ndarray, tokens: np.ndarray, vocabulary: Row[str]) -> list[list[Bar]]:
    """Return of each step the likeliest next tokens, and the one that came."""
    best = np.argsort(-shares, axis=1)[:, :SHOWN]
    found = []
    for place, row in enumerate(best):
        came = int(tokens[place + 1]) if place + 1 < len(tokens) else -1
        shown = [int(token) for token in row]
        shown = shown if came < 0 or came in shown else [*shown[:-1], came]
        found.append([(vocabulary[token] or MISSING, float(shares[place, token]), token == came) for token in shown])
    return found


def _table(sequence: Sequence, surprise: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"step": np.arange(sequence.steps), "text": sequence.pieces, "surprise_nats": surprise})
