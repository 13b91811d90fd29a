"""Why did the network decide so: two methods side by side, how far to trust each, and what would change its mind."""

from __future__ import annotations

import streamlit as st

from core.analysis.attribution.verdicts import of_skill
from core.analysis.attribution.ways import BASELINES, WAYS
from core.datasets.features import Series, Tokens
from core.store import Run
from pages._ui.inside.learned.influence import draw_influence
from pages._ui.inside.links import choose_linked, from_link, keep_in_link
from pages._ui.inside.memory.why import draw_sequence_why
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.inside.why.attack import draw_attack
from pages._ui.inside.why.attribution import Asked, draw_attribution_of
from pages._ui.inside.why.subject import OWN, Explained, explained
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import words

PATIENCE_S = 30.0  # deadline of slow questions
FIRST, SECOND, OTHERWISE = "grad_cam", "integrated_gradients", "occlusion"
NOTHING, OPACITY = "nothing", 0.8
# In the link too.
CLASS, METHOD, BESIDE = "why_class", "why_first", "why_second"
BASELINE, LAYER, OPAQUE = "why_baseline", "why_layer", "why_opacity"


def draw_why(inside: Inside) -> None:
    """Draw the view."""
    if isinstance(inside.dataset.spec.features, Series | Tokens):
        draw_sequence_why(inside)
        return
    subject = explained(inside)
    if subject is None:
        return
    target, ways, options = _controls(subject)
    _say_skill(subject)
    says = st.empty()
    for place, way in zip(st.columns(len(ways)), ways, strict=True):
        with place, st.container(border=True):
            draw_attribution_of(subject, Asked(way, target, **options), f"why_{ways.index(way)}", says)
    if subject.can_be_attacked:
        draw_attack(subject)
    draw_influence(inside)


def _controls(subject: Explained) -> tuple[int, list[str], dict]:
    """Draw the choices, which stand in the link; return the class, the methods, and their options."""
    known = [way for way, about in WAYS.items() if not about.needs_maps or subject.convolutions]
    with st.container(horizontal=True, vertical_alignment="bottom", key="why_controls"):
        target = _class(subject)
        first = _way(subject, METHOD, "Method", known, FIRST if FIRST in known else OTHERWISE)
        second = _way(subject, BESIDE, "Beside it", [NOTHING, *known], SECOND)
        options = {"baseline": "black", "layer": "", "opacity": OPACITY}
        if subject.is_image:
            with st.popover("Options", icon=":material/tune:"):
                options |= _options(subject)
    ways = [first] if second in (NOTHING, first) else [first, second]
    return target, ways, options


def _class(subject: Explained) -> int:
    if not subject.classes:
        return subject.target
    return choose_linked(
        CLASS,
        "Explain",
        [OWN, *range(len(subject.classes))],
        OWN,
        says=lambda answer: "Its answer" if answer == OWN else f"Why {words.plain(subject.classes[answer])}",
        run=subject.inside.run,
        width=150,
        help="The class whose logit is explained. Another one than its answer shows what speaks for that.",
    )


def _way(subject: Explained, name: str, label: str, ways: list[str], default: str) -> str:
    return choose_linked(
        name,
        label,
        ways,
        default,
        says=lambda way: WAYS[way].title if way in WAYS else "Nothing",
        run=subject.inside.run,
        width=190,
        help="How the share of each part is found. Methods that agree are more to be trusted than one alone.",
    )


def _options(subject: Explained) -> dict:
    """Draw the options that methods have."""
    run = subject.inside.run
    options = {"opacity": _opacity(run)}
    options["baseline"] = choose_linked(
        BASELINE,
        "Nothing there means",
        list(BASELINES),
        "black",
        says=BASELINES.__getitem__,
        run=run,
        help="What stands for missing parts, in the methods that hide parts or begin a path without the image.",
    )
    if subject.convolutions:
        last = subject.convolutions[-1]
        chosen = choose_linked(
            LAYER,
            "Layer of Grad-CAM",
            subject.convolutions,
            last,
            run=run,
            help="Late layers: parts of things, coarse. Early layers: edges, fine, but they say less about the answer.",
        )
        options["layer"] = "" if chosen == last else chosen
    return options


def _opacity(run: Run) -> float:
    steps = [place / 20 for place in range(21)]
    chosen = st.select_slider(
        "Opacity",
        steps,
        from_link(OPAQUE, steps, OPACITY),
        key=f"{OPAQUE}_{run.id}",
        help="0: the image alone. 1: the map covers it.",
    )
    return keep_in_link(OPAQUE, chosen, OPACITY)


def _say_skill(subject: Explained) -> None:
    """Warn if the network is no better than guessing."""
    if not subject.classes:
        return
    ask, example = subject.inside.asker(PATIENCE_S), subject.example

    def show(found: Arrays) -> None:
        said = of_skill(*(int(found[name]) for name in ("right", "guessed", "count")))
        if said:
            st.warning(said, icon=":material/psychology_alt:")

    if has_sample(subject.inside.run.dataset):
        subject.inside.follow("why_skill", lambda: ask("skill", example), show, height=1, is_private=False)
