"""Some runs side by side: what differs, whether it matters, their curves and their test answers."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.export.report import comparison_report
from core.families import find_family
from core.figures.colours import colours_of
from core.jobs.repeat import SEEDS, missing_seeds, repeat
from core.names import shortened
from core.runs.comparison import Comparison, letter
from core.runs.comparison.verdict import Answer
from core.runs.examples.slices import slice_scores
from core.store import Run
from core.store.records import ALIVE
from pages._ui.compare.chosen import choose
from pages._ui.compare.closer.views import look_closer
from pages._ui.inside.images.groups import ask_for_disturbed
from pages._ui.notebook.finding import offer_keeping
from pages._ui.runs.again import draw_numbers
from pages._ui.runs.curves import draw_curves, send_anew
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.shell.views import studio_page
from pages._ui.sweep.more_data import offer_more_data_of

CURVES = "compare_curves"
LONGEST_VALUE = 36  # characters of a setting, so that several runs stand beside each other
MOVES_S = 1.0  # between updates while one of the runs waits or trains
_DOT = '<span style="display: inline-block; width: 12px; height: 12px; border-radius: 6px; background: {}"></span>'
# A long name takes several lines.
_STYLE = """<style>[class*="st-key-chip_"] { flex-wrap: nowrap; max-width: 100%; }
[class*="st-key-chip_"] > :nth-child(2) { flex: 0 1 auto; min-width: 0; }
[class*="st-key-chip_"] a * { white-space: normal; }</style>"""
_ICONS = {
    Answer.REAL: ":material/check_circle:",
    Answer.ON_THESE: ":material/info:",
    Answer.CANNOT_TELL: ":material/help:",
    Answer.UNKNOWN: ":material/block:",
    Answer.AGAIN: ":material/replay:",
}


def side_by_side(found: Comparison) -> None:
    """Draw a comparison."""
    send_anew(CURVES)
    st.html(_STYLE)
    st.markdown(f"#### {words.plain(found.sentence)}")
    _runs(found)
    _verdicts(found)
    _offers(found)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _differences(found)
    with right:
        _curves(found)
    look_closer(found)


def _runs(found: Comparison) -> None:
    """Draw a chip for each run, in the colour of its curves."""
    colours = colours_of([run.colour for run in found.runs])
    with st.container(horizontal=True, gap="small", key="compare_chips"):
        for index, run in enumerate(found.runs):
            _chip(index, run, colours[index], [one.id for one in found.runs])


def _chip(index: int, run: Run, colour: str, all_ids: list[str]) -> None:
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key)
    said = result.say(value) if value is not None else words.brief(run, shell.queue)
    chip = f"chip_{letter(index)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall", width="content", key=chip):
        st.html(_DOT.format(colour), width="content")
        st.page_link(
            studio_page(run.family),
            label=f"**{letter(index)}** {words.plain(run.name)}: **{said}**",
            query_params={"run": run.id},
            width="content",
        )
        st.button(
            ":material/close:",
            key=f"drop_{run.id}",
            type="tertiary",
            help=f"Leave {letter(index)} out of the comparison. The run is not deleted.",
            on_click=choose,
            args=([one for one in all_ids if one != run.id],),
        )


def _verdicts(found: Comparison) -> None:
    for index, pair in enumerate(found.pairs, 1):
        which = "" if len(found.pairs) == 1 else f"**{letter(index)} against A.** "
        st.markdown(f"{_ICONS[pair.verdict.answer]} {which}{words.plain(pair.verdict.sentence)}")
        if pair.verdict.answer is Answer.AGAIN:
            draw_numbers(found.runs[0], found.runs[index])
    if found.consulted > 1:
        st.caption(
            f"{found.consulted:,} networks have been measured on these test examples. The more there are, the more the "
            "best of them owes to luck."
        )


def _offers(found: Comparison) -> None:
    """Offer to train the same settings with further seeds, and to take the comparison away."""
    with st.container(horizontal=True, key="compare_repeat"):
        if all(privacy.can_train(run.dataset) for run in found.runs):
            _repeat(found)
            offer_more_data_of(dict(zip(_letters(found), found.runs, strict=True)))
        offer_keeping(found)
        st.download_button(
            "Report",
            partial(_report, [run.id for run in found.runs], owner.actor()),  # asked in another thread
            file_name="comparison.html",
            mime="text/html",
            key="compare_report",
            icon=":material/download:",
            on_click="ignore",
            help="This comparison in one file that needs no network: sentence, curves, pictures, settings, programs.",
        )


def _report(run_ids: list[str], actor: str) -> str:
    return comparison_report(shell.store(), run_ids, actor)


def _repeat(found: Comparison) -> None:
    for seeds in SEEDS:
        runs = zip(found.runs, found.repeats, strict=True)
        if count := sum(len(missing_seeds(run, repeats, seeds)) for run, repeats in runs):
            st.button(
                f"Repeat each with {seeds} seeds",
                icon=":material/casino:",
                key=f"repeat_{seeds}",
                on_click=_queue,
                args=(found, seeds),
                help=f"Trains the {count} missing ones, to tell the difference from the luck of the seeds.",
            )


def _queue(found: Comparison, seeds: int) -> None:
    with shell.guard():
        queued = [run for one in found.runs for run in repeat(shell.store(), one, seeds, owner.actor())]
        st.toast(f"{len(queued)} runs are queued. The verdict counts them once they have ended.")


def _differences(found: Comparison) -> None:
    """Draw the settings that differ, and what was measured."""
    st.markdown("**What differs**")
    is_all = st.toggle("All settings", key="compare_all", help="Shows the settings that are equal too.")
    names = _letters(found)
    rows = [(one.label, one.said) for one in found.settings if is_all or one.differs]
    rows += [(one.label, one.said) for one in found.measures]
    table = pd.DataFrame([said for _, said in rows], columns=names, index=[words.plain(label) for label, _ in rows])
    for run in found.runs:
        ask_for_disturbed(run, slice_scores(shell.store(), run, owner.actor()))
    st.table(table.fillna("none").map(lambda said: words.plain(shortened(str(said), LONGEST_VALUE))))


def _letters(found: Comparison) -> list[str]:
    return [letter(index) for index in range(len(found.runs))]


def _curves(found: Comparison) -> None:
    has_repeats = any(len(repeats) > 1 for repeats in found.repeats)
    is_mean = has_repeats and st.toggle(
        "Mean over seeds",
        key="compare_means",
        help="Draws the same settings with different seeds as their mean, with a band from the lowest to the highest.",
    )
    lines = _means(found) if is_mean else [(run, letter(place), "") for place, run in enumerate(found.runs)]
    drawn, labels, sets = zip(*lines, strict=True)

    @st.fragment(run_every=MOVES_S if any(run.status in ALIVE for run in drawn) else None, key="compare_lines")
    def body() -> None:
        with shell.guard():
            runs = [shell.store().runs.get(run.id) for run in drawn]
            if [run.status for run in runs] != [run.status for run in drawn]:
                st.rerun()
            draw_curves(runs, key=CURVES, labels=labels, sets=sets if is_mean else ())

    body()


def _means(found: Comparison) -> list[tuple[Run, str, str]]:
    """Return the repeats of all runs, each with its label and the set in which it is drawn."""
    letters: dict[tuple[str, ...], list[str]] = {}
    for place, repeats in enumerate(found.repeats):
        letters.setdefault(tuple(run.id for run in repeats), []).append(letter(place))
    known = {run.id: run for repeats in found.repeats for run in repeats}
    return [
        (known[run_id], _mean_label(", ".join(names), len(ids)), ids[0])
        for ids, names in letters.items()
        for run_id in ids
    ]


def _mean_label(names: str, count: int) -> str:
    return f"{names}: mean of {count} seeds" if count > 1 else names
