"""What would change the network's mind: the smallest changes that do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from zlib import crc32

import numpy as np
import streamlit as st

from core.datasets.tables.columns import columns_at, say_row
from core.figures.inside.attribution import draw_change
from core.figures.pictures import grey_picture
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import by_place, offer
from pages._ui.inside.links import choose_linked
from pages._ui.inside.subject import Arrays
from pages._ui.inside.why.subject import OWN, Explained
from pages._ui.shell import privacy, words

WIDTH, HEIGHT = 150, 220
PATIENT_S = 30.0
ATTACK, TOWARDS = "why_attack", "why_towards"  # in the link too
ATTACKS = {"pgd": "Many small steps (PGD)", "fgsm": "One step (FGSM)", "fewest_pixels": "Fewest {part}s"}
HOW = (
    "PGD: every {part} may move a little, found in many steps. FGSM: all {part}s move by the same amount, in one step. "
    "Fewest {part}s: as few as possible, each as far as it takes."
)


def draw_attack(subject: Explained) -> None:
    """Draw the attacks."""
    st.subheader("What would change its mind")
    if not subject.inside.sees:
        privacy.say("Attacks could bring out what the network has learned from, so they are")
        return
    part = "pixel" if subject.is_image else "column"
    with st.container(horizontal=True, vertical_alignment="bottom", key="why_attack"):
        attack = choose_linked(
            ATTACK,
            "How",
            list(ATTACKS) if subject.classes else ["pgd", "fgsm"],
            "pgd",
            says=lambda one: ATTACKS[one].format(part=part),
            run=subject.inside.run,
            width=240,
            help=HOW.format(part=part),
        )
        towards = _towards(subject)
        size = st.empty()
    subject.inside.follow(
        f"why_attack_{attack}",
        _question(subject, attack, towards),
        lambda found: _show(subject, attack, found, size),
        given=(attack, towards),
        height=HEIGHT,
    )


def _question(subject: Explained, attack: str, towards: int) -> Callable[[], Arrays]:
    """Return what asks for the attack, in another thread; towards the other verdict means away from the present one."""
    ask, example, boundary = subject.inside.asker(PATIENT_S), subject.example, subject.boundary

    def question() -> Arrays:
        way = towards
        if towards == OWN and boundary is not None:
            [score] = ask("answer", example[None]).values()
            way = int(score[0, 0] <= boundary)
        found = ask(attack, example, towards=way)
        if boundary is None:
            return found
        return {**found, "flips": (found["answers"][:, 0] > boundary) != (found["before"][0] > boundary)}

    return question


def _names(subject: Explained) -> dict[int, str]:
    """Return where an attack can push to, the first by default."""
    if subject.classes:
        return {OWN: "Any other class", **dict(enumerate(subject.classes))}
    if subject.inside.judges:
        other = {} if subject.boundary is None else {OWN: "The other verdict"}
        return {**other, 1: "More real", 0: "Less real"}
    return {1: "Higher", 0: "Lower"}


def _towards(subject: Explained) -> int:
    names = _names(subject)
    return choose_linked(
        TOWARDS,
        "Towards",
        list(names),
        next(iter(names)),
        says=lambda answer: words.plain(names[answer]),
        run=subject.inside.run,
        width=190,
        help="What it shall answer. A certain class takes a bigger change than any other one.",
    )


def _show(subject: Explained, attack: str, found: Arrays, place: st.delta_generator.DeltaGenerator) -> None:
    index = 0 if attack == "fewest_pixels" else _size(subject, attack, found, place)
    changed, answers = found["changed"][index], found["answers"][index]
    before, after = int(found["before"].argmax()), int(answers.argmax())
    st.markdown(_sentence(subject, attack, found, index))
    if subject.is_image:
        change = changed.astype(np.float32) - subject.example
        shown = [
            grey_picture(subject.example.astype(np.uint8), "the example", "As it is"),
            draw_change("The change, enlarged", change),
            grey_picture(changed.astype(np.uint8), "the changed example", "Changed"),
        ]
        below = [subject.says(found["before"], before), "", subject.says(answers, after)]
        pictures(shown, key="why_attack_pictures", width=WIDTH, below=below)
    else:
        was, now = (say_row(subject.inside.dataset.spec.features, row) for row in (subject.example, changed))
        st.dataframe(
            {"column": list(was), "as it is": list(was.values()), "changed": list(now.values())}, hide_index=True
        )
    both = {"input": subject.example, "changed": changed}
    offer(
        subject.inside,
        f"{attack}_{after}",
        png=shown[2].png if subject.is_image else b"",
        numbers={**both, "answers_before": found["before"], "answers": answers},
        table=partial(by_place, both, subject.inside.columns),
        key="why_attack_save",
    )


def _size(subject: Explained, attack: str, found: Arrays, place: st.delta_generator.DeltaGenerator) -> int:
    """Draw the choice of the size; the smallest that changes the answer by default."""
    sizes, flips = found["sizes"], found["flips"]
    has_verdict = bool(subject.classes) or subject.boundary is not None
    first = int(flips.argmax()) if flips.any() else len(sizes) - 1 if has_verdict else len(sizes) // 2
    mark = f"{subject.inside.step}_{crc32(subject.example.tobytes())}_{attack}_{first}"
    with place:
        return int(
            st.select_slider(
                "Largest change of a pixel" if subject.is_image else "Largest change of a column",
                range(len(sizes)),
                first,
                format_func=lambda index: f"{sizes[index]:g}",
                key=f"why_size_{subject.inside.run.id}_{mark}",
                width=220,
                help="In grey levels of 255, or in standard deviations. It begins where the answer changes first.",
            )
        )


def _sentence(subject: Explained, attack: str, found: Arrays, index: int) -> str:
    answers, before = found["answers"][index], int(found["before"].argmax())
    after = int(answers.argmax())
    if attack == "fewest_pixels":
        places, features = found["pixels"], subject.inside.dataset.spec.features
        count = len(places) if subject.is_image else len(columns_at(features, places[:, 0]))
        noun = ("pixel" if subject.is_image else "column") + "s" * (count != 1)
        how = f"**{count} {noun}**"
    else:
        unit = "of 255 grey levels" if subject.is_image else "standard deviations"
        where = "pixel" if subject.is_image else "column"
        how = f"a change of **at most {found['sizes'][index]:g} {unit}** in each {where}"
    if not subject.classes and subject.boundary is None:
        old, new = (words.number(float(numbers[0])) for numbers in (found["before"], answers))
        return f"With {how} the number goes from {old} to **{new}**."
    if not found["flips"][index]:
        return f"With {how} it still says {subject.says(answers, after)}. {_others(found)}"
    return f"With {how} it says **{subject.says(answers, after)}** instead of {subject.says(found['before'], before)}."


def _others(found: Arrays) -> str:
    if "sizes" not in found or found["flips"].any():
        return ""
    return "No size that was tried changed the answer."
