"""Uploaded texts with a class or a number each: which columns they are in, and what they are split into."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets import Prepared
from core.datasets.features import Tokens
from core.datasets.own.own import Card
from core.datasets.texts.labelled import LEAST_SIZE, LONGEST, MOST_SIZE, SIZES
from core.datasets.texts.tokens import CHARACTER, UNITS
from core.figures.examples import few_of_each
from core.figures.sequences import shown_text
from core.runs.visible import open_seen
from pages._ui.data.kinds.choices import apply, choose_unit
from pages._ui.data.kinds.view import KindView, list_left_out, say_found
from pages._ui.data.sequences import answer_of
from pages._ui.data.tables import draw_target
from pages._ui.shell import owner, shell, words

AS_KINDS = ("category", "number")


def _describe(card: Card) -> None:
    found = card.notes
    unit = UNITS[found["unit"]].lower()
    where = ""
    if found["columns"]:
        text, target = (words.name(card.options[name]) for name in ("text", "target"))
        where = f"Texts: **{text}**; answers: **{target}**. "
    st.markdown(
        f"{where}{found['characters']:,} characters; a vocabulary of {found['vocabulary']:,} {unit}; texts of "
        f"{found['shortest']:,} to {found['longest']:,} {unit}, half of them at most {found['median']:,}."
    )


def _review(card: Card) -> str:
    """Show what was found, and ask for columns and tokens."""
    data = open_seen(shell.store().settings, card.id, owner.actor())
    say_found(card, data.spec)
    options = {**card.options, **(_columns(card) if card.notes["columns"] else {}), **_tokens(card)}
    problem = apply(card, options)
    _describe(card)
    draw_target(data, "add_target_spread")
    _examples(data)
    list_left_out(card)
    return problem


def _columns(card: Card) -> dict[str, Any]:
    names = card.notes["columns"]
    left, middle, right = st.columns(3)
    text, target = card.options["text"], card.options["target"]
    chosen_text = left.selectbox(
        "Texts", names, names.index(text), key=f"add_text_{card.id}", help="The column that a network reads."
    )
    others = [name for name in names if name != chosen_text]
    chosen = middle.selectbox(
        "What to predict",
        others,
        others.index(target) if target in others else 0,
        key=f"add_target_{card.id}_{chosen_text}",
        help="The column of the class or number of each text.",
    )
    as_kind = right.selectbox(
        "As",
        AS_KINDS,
        AS_KINDS.index(card.options["as_kind"]),
        key=f"add_as_{card.id}",
        help="Category: one of several classes. Number: an amount.",
    )
    return {"text": chosen_text, "target": chosen, "as_kind": as_kind}


def _tokens(card: Card) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    before = card.options["unit"]
    unit = choose_unit(left, card, list(UNITS), before)
    length = middle.number_input(
        "Length",
        1,
        LONGEST[unit],
        min(card.options["length"], LONGEST[unit]) if unit == before else LONGEST[unit] // 2,
        key=f"add_length_{card.id}_{unit}",
        help="Tokens of a text that a network reads, from its end. Few: it misses the beginning. Many: slow.",
    )
    if unit == CHARACTER:
        return {"unit": unit, "length": length}
    size = right.number_input(
        "Vocabulary",
        LEAST_SIZE,
        MOST_SIZE,
        card.options.get("size") or SIZES[unit],
        key=f"add_size_{card.id}_{unit}",
        help="Tokens at most. Few: rare ones are unknown. Many: each is seen rarely, and the network is large.",
    )
    is_usual = size == SIZES[unit] and "size" not in card.options
    return {"unit": unit, "length": length, **({} if is_usual else {"size": size})}


def _examples(data: Prepared) -> None:
    """Draw a few texts as a network sees them, with their answers."""
    features, rows = data.spec.features, few_of_each(data.y_train, data.spec)
    assert isinstance(features, Tokens)
    seen = [shown_text(np.asarray(data.x_train[row]), features) for row in rows]
    table = pd.DataFrame({"text, as a network sees it": seen, "answer": [answer_of(data, int(row)) for row in rows]})
    st.dataframe(table, hide_index=True, key="add_texts", alt=f"{len(rows)} training texts with their answers")


VIEW = KindView(_describe, _review, ":material/article:")
