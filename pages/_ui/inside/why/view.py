"""Why did the network decide so: two methods side by side, how far to trust each, and what would change its mind."""

from __future__ import annotations

import streamlit as st

from core.analysis.attribution.verdicts import of_skill
from core.analysis.attribution.ways import BASELINES, WAYS
from pages._ui.inside.learned.influence import draw_influence
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.inside.why.attack import draw_attack
from pages._ui.inside.why.attribution import Asked, draw_attribution_of
from pages._ui.inside.why.subject import OWN, Explained, explained
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import words

PATIENCE_S = 30.0  # deadline of slow questions
FIRST, SECOND, OTHERWISE = "grad_cam", "integrated_gradients", "occlusion"
_NONE = "Nothing"


def draw_why(inside: Inside) -> None:
    """Draw the view."""
    subject = explained(inside)
    if subject is None:
        return
    target, ways, options = _controls(subject)
    _say_skill(subject)
    says = st.empty()
    for place, way in zip(st.columns(len(ways)), ways, strict=True):
        with place, st.container(border=True):
            draw_attribution_of(subject, Asked(way, target, **options), f"why_{ways.index(way)}", says)
    if subject.inside.part == "network":
        draw_attack(subject)
        draw_influence(inside)


def _controls(subject: Explained) -> tuple[int, list[str], dict]:
    """Draw the choices; return the class, the methods, and their options."""
    run_id = subject.inside.run.id
    known = [way for way, about in WAYS.items() if not about.needs_maps or subject.convolutions]
    with st.container(horizontal=True, vertical_alignment="bottom", key="why_controls"):
        target = _class(subject, f"why_class_{run_id}")
        first = _way("Method", known, FIRST if FIRST in known else OTHERWISE, f"why_first_{run_id}")
        second = _way(
            "Beside it", [_NONE, *known], next(way for way in known[::-1] if way == SECOND), f"why_second_{run_id}"
        )
        options = {"baseline": "black", "layer": "", "opacity": 0.8}
        if subject.is_image:
            with st.popover("Options", icon=":material/tune:"):
                options |= _options(subject, run_id)
    ways = [first] if second in (_NONE, first) else [first, second]
    return target, ways, options


def _class(subject: Explained, key: str) -> int:
    if not subject.classes:
        return OWN
    return int(
        st.selectbox(
            "Explain",
            [OWN, *range(len(subject.classes))],
            format_func=lambda answer: "Its answer" if answer == OWN else f"Why {words.plain(subject.classes[answer])}",
            key=key,
            width=150,
            help="The class whose logit is explained. Another one than its answer shows what speaks for that.",
        )
    )


def _way(label: str, ways: list[str], default: str, key: str) -> str:
    return str(
        st.selectbox(
            label,
            ways,
            ways.index(default),
            format_func=lambda way: WAYS[way].title if way in WAYS else way,
            key=key,
            width=190,
            help="How the share of each part is found. Methods that agree are more to be trusted than one alone.",
        )
    )


def _options(subject: Explained, run_id: str) -> dict:
    """Draw the options that methods have."""
    key, meant = f"why_opacity_{run_id}", "0: the image alone. 1: the map covers it."
    options = {"opacity": st.slider("Opacity", 0.0, 1.0, 0.8, 0.05, key=key, help=meant)}
    options["baseline"] = st.selectbox(
        "Nothing there means",
        list(BASELINES),
        format_func=BASELINES.get,
        key=f"why_baseline_{run_id}",
        help="What stands for missing parts, in the methods that hide parts or begin a path without the image.",
    )
    if subject.convolutions:
        last = len(subject.convolutions) - 1
        chosen = st.selectbox(
            "Layer of Grad-CAM",
            subject.convolutions,
            last,
            key=f"why_layer_{run_id}",
            help="Late layers: parts of things, coarse. Early layers: edges, fine, but they say less about the answer.",
        )
        options["layer"] = "" if chosen == subject.convolutions[last] else chosen
    return options


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
