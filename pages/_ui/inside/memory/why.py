"""The view Why of texts and series: what each step added to an answer."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.attribution.verdicts import of_completeness
from core.datasets.features import MISSING, Tokens
from pages._ui.components.memory.states import states
from pages._ui.components.memory.tinted import Tinted, tinted
from pages._ui.inside.files import offer
from pages._ui.inside.links import choose_linked
from pages._ui.inside.memory.sequence import Sequence, chosen_place, chosen_unit, keep_chosen, sequence_of
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, words

HEIGHT, DEADLINE_S = 260, 60.0
OWN = -1  # the network's answer
SIGNS, WORDS = "Signs", "Words"


def draw_sequence_why(inside: Inside) -> None:
    """Draw what is explained, and the sequence coloured by what each step added."""
    sequence = sequence_of(inside)
    if sequence is None:
        return
    is_writer = _answers_steps(inside)
    if is_writer and not inside.sees:
        privacy.say("Why it expects a sign, which could show what it learned from, is")
        return
    place, is_text = chosen_place(inside, sequence) if is_writer else -1, bool(sequence.pieces)
    with st.container(horizontal=True, vertical_alignment="bottom", key="memory_controls"):
        target = _choose_target(inside, sequence, place)
        ways = [SIGNS, WORDS]
        by = st.segmented_control("By", ways, default=SIGNS, required=True, key="why_by", help=_BY) if is_text else ""
    options = {"text": sequence.text, "place": place, "target": target}
    inside.follow(
        "sequence_why",
        partial(inside.asker(DEADLINE_S), "sequence_gradients", sequence.given, **options),
        partial(_show, inside, sequence, place, str(by)),
        given=(place, target),
        height=HEIGHT,
        is_private=is_writer and has_sample(inside.run.dataset),
    )


_BY = "Signs: each one alone. Words: the sum over a word, which says more than its letters."


def _answers_steps(inside: Inside) -> bool:
    return bool(inside.dataset.spec.target.shape)


def _choose_target(inside: Inside, sequence: Sequence, place: int) -> int:
    """Draw the choice of what is explained: a class, or the sign after the chosen step."""
    spec = inside.dataset.spec
    if _answers_steps(inside):
        token = sequence.given if sequence.text is None else sequence.text
        names = {OWN: "what it expects next"}
        if place + 1 < sequence.steps:
            names = {int(token[place + 1]): f"{sequence.said(place + 1)}, which came", **names}
        return choose_linked(
            f"why_sign_{place}",
            f"Why, after {sequence.said(place)}",
            list(names),
            next(iter(names)),
            says=names.__getitem__,
            run=inside.run,
            width=260,
            help="Click a sign below to explain what comes after it.",
        )
    if not spec.classes:
        return 0
    return choose_linked(
        "why_class",
        "Explain",
        [OWN, *range(len(spec.classes))],
        OWN,
        says=lambda answer: "Its answer" if answer == OWN else f"Why {words.plain(spec.classes[answer])}",
        run=inside.run,
        width=190,
        help="The class whose logit is explained. Another one than its answer shows what speaks for that.",
    )


def _show(inside: Inside, sequence: Sequence, place: int, by: str, found: Arrays) -> None:
    attribution = found["attribution"]
    if len(attribution) != sequence.steps:
        return
    st.markdown(_answer(inside, sequence, place, found))
    if sequence.pieces:
        values = attribution[:, 0] if by == SIGNS else by_word(sequence.pieces, attribution[:, 0])
        pick = (lambda at: keep_chosen(chosen_unit(inside, 10**6), at)) if _answers_steps(inside) else None
        tips = [f"{value:+.3f}" for value in values]
        tinted(
            [Tinted(sequence.pieces, values, tips=tips)],
            key=f"why_text_{inside.run.id}",
            legend=_LEGEND,
            start=sequence.start,
            place=place,
            on_pick=pick,
        )
    else:
        states(
            attribution,
            (),
            sequence.numbers,
            key=f"why_series_{inside.run.id}",
            start=0,
            title="What each number added",
            chosen=(0, sequence.steps - 1),
            on_pick=lambda unit, at: None,
            noun="column",
        )
    _say_sum(inside, found)
    table = {"step": np.arange(sequence.steps), **({"text": sequence.pieces} if sequence.pieces else {})}
    added = {f"attribution_{at + 1}": column for at, column in enumerate(attribution.T)}
    offer(
        inside,
        "sequence_gradients",
        numbers=found,
        table=lambda: pd.DataFrame({**table, **added}),
        key="sequence_why",
        of_example=not _answers_steps(inside),
    )


_LEGEND = "Integrated gradients. Orange: spoke for the answer. Blue: spoke against it. Point at a sign for its number."


def _answer(inside: Inside, sequence: Sequence, place: int, found: Arrays) -> str:
    spec, target, answers = inside.dataset.spec, int(found["target"]), found["answers"]
    if _answers_steps(inside):
        assert isinstance(spec.features, Tokens)
        sign = words.plain((spec.features.vocabulary[target] or MISSING).replace("\n", "⏎").replace(" ", "␣"))
        return f"After {words.plain(sequence.said(place))} it gives **{sign}** {100 * float(answers[target]):.1f} %."
    if not spec.classes:
        return f"The network says **{words.number(float(answers[0]), 4)}**."
    best = int(answers.argmax())
    said = f"The network says **{words.name(spec.classes[best])}**, {100 * float(answers[best]):.1f} %."
    other = f" {words.name(spec.classes[target])} gets {100 * float(answers[target]):.1f} %."
    return said + (other if target != best else "")


def _say_sum(inside: Inside, found: Arrays) -> None:
    is_share = bool(inside.dataset.spec.classes) or _answers_steps(inside)
    is_whole, sentence = of_completeness(float(found["change"]), float(found["completeness"]), is_share)
    icon = ":green[:material/check_circle:]" if is_whole else ":orange[:material/warning:]"
    st.markdown(f"{icon} {sentence}")


def by_word(pieces: tuple[str, ...], values: np.ndarray) -> np.ndarray:
    """Return at each step the sum over the word that it is in; signs between words stand alone."""
    found, place = values.astype(np.float64).copy(), 0
    while place < len(pieces):
        end = place + 1
        if _is_word(pieces[place]):
            while end < len(pieces) and pieces[end][:1] != " " and _is_word(pieces[end]):
                end += 1
        found[place:end] = values[place:end].sum()
        place = end
    return found


def _is_word(piece: str) -> bool:
    return re.fullmatch(r"[\w'\u2019]+", piece.removeprefix(" ")) is not None
