"""Download a run: its network in several formats, each checked, its report, the whole run, and its numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.bundle.write import check_bundle, write_bundle
from core.datasets.access import is_private
from core.errors import GlassboxError
from core.export.check import HOW_TIMED, Record, say_size, say_time
from core.export.curves import curves_csv
from core.export.event_files import missing, zip_event_files
from core.export.export import (
    NOT_PRUNED,
    NOT_TRAINED,
    exporting,
    is_alive,
    may_export,
    open_export,
    queue_export,
    read_records,
    why_not,
)
from core.export.formats import FORMATS, Format
from core.export.report import run_report
from core.store import Run, Store
from pages._ui.shell import owner, shell, words

_OPEN = "_download"  # the run whose dialog is open
_LOOK_S = 1.0  # between two looks at a file that is being made
NO_BREAK = "\N{NO-BREAK SPACE}"
PRUNED = (
    " Pruned ones have learned for one epoch more than the original, so they can even be better; zeros save room when "
    "zipped, but no time."
)
_STYLE = """<style>[class*="st-key-download_"] { flex-wrap: nowrap; }
.st-key-downloads td, .st-key-downloads th { font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { .st-key-downloads button { min-height: 44px; }
.st-key-downloads td, .st-key-downloads th { padding: 0.4rem; }
.st-key-downloads td:nth-child(n + 3) { white-space: nowrap; } }</style>"""


def download(run: Run) -> None:
    """Draw the button that opens the dialog, and the dialog while it is open."""
    label, does = "Download", "Take the trained network, a report and the numbers away"
    st.button(label, icon=":material/download:", key="download", help=does, on_click=_open, args=(run,))
    if shell.has_arrived() or st.session_state.get(_OPEN) not in (None, run.id):
        _close()
    if st.session_state.get(_OPEN) == run.id:
        st.dialog("Download", width="large", on_dismiss=_close)(_dialog)(run)


def _dialog(run: Run) -> None:
    shell.say()
    with shell.guard():
        now = shell.store().runs.get(run.id)
        tasks = exporting(shell.store(), now)
        is_making = any(map(is_alive, tasks.values()))
        st.html(_STYLE)
        with st.container(key="downloads"):
            if why_not := _why_not(now):
                _draw_rest(now)
                st.caption(why_not)
            else:
                st.fragment(partial(_draw_networks, now, is_making), run_every=_LOOK_S if is_making else None)()


def _why_not(run: Run) -> str:
    """Return why the network cannot be downloaded; empty if it can."""
    if not run.dataset:
        return "Another program trained it and has its network."
    if not may_export(shell.store(), run, owner.actor()):
        return "Its network learned from data that is private or deleted, so only its owner can download it."
    if not run.status.is_final:
        return "Its network can be downloaded when the run has ended."
    if not shell.store().metrics.snapshots(run.id):
        return "It saved no network, so there is none to download."
    if shell.dataset(run.dataset).problem:
        return "Its data is not here, so its network cannot be checked in other formats. The bundle has it for Keras."
    return ""


def _draw_networks(run: Run, is_making: bool) -> None:
    """Draw a row for each format, and the table of what was measured."""
    tasks, records = exporting(shell.store(), run), read_records(shell.store(), run)
    if is_making and not any(map(is_alive, tasks.values())):
        st.rerun()  # without looking again
    left, right = st.columns(2, gap="medium")
    with left:
        never = {form.id: why for form in FORMATS.values() if (why := why_not(form, run)) in (NOT_PRUNED, NOT_TRAINED)}
        forms = [form for form in FORMATS.values() if form.id not in never]
        for form in forms:
            with st.container(horizontal=True, vertical_alignment="center", key=f"download_{form.id}"):
                record, task = records.get(form.id), tasks.get(form.id)
                st.markdown(f"**{form.title}**  \n:gray[{_said(run, form, record, task)}]", width="stretch")
                _draw_button(run, form, record, task)
        for why in dict.fromkeys(never.values()):
            st.caption(why)
        _draw_rest(run)
    with right:
        if records:
            _draw_table(list(records.values()))
        else:
            st.caption("Each network that you make is compared with the original here: its answers, size and time.")
        _offer_all(run, [one for one in FORMATS if one not in records and not is_alive(tasks.get(one))])


def _offer_all(run: Run, missing: list[str]) -> None:
    """Offer to make every network that is not there yet."""
    can = [one for one in map(FORMATS.__getitem__, missing) if not why_not(one, run)]
    if len(can) > 1:
        st.button(
            f"Make the other {len(can)}",
            icon=":material/compress:",
            key="make_all",
            on_click=_make,
            args=(run, *can),
            help="Writes them one after another, some seconds each, and lists here what is lost for what is saved. "
            "Pruned ones learn for an epoch first.",
        )


def _said(run: Run, form: Format, record: Record | None, task: Run | None) -> str:
    """Return what there is to say of a format, in one line."""
    if record is not None and record.refused:
        return words.plain(f"Not offered: {record.refused}.")
    if record is not None:
        return form.sentence
    if is_alive(task):
        assert task is not None
        return words.plain(f"Being made: {task.progress.get('phase', 'waiting')}.")
    if reason := why_not(form, run):
        return words.plain(reason)
    failed = task.error if task is not None else ""
    return shell.told(failed) if failed else form.sentence


def _draw_button(run: Run, form: Format, record: Record | None, task: Run | None) -> None:
    """Draw the button that makes a file, or that downloads it."""
    key = f"get_{form.id}"
    if record is None:
        is_making = is_alive(task)
        st.button(
            "Making" if is_making else "Make",
            key=f"make_{form.id}",
            disabled=is_making or bool(why_not(form, run)),
            help=f"Writes {form.title} and compares it with the original. "
            + ("Takes an epoch of training." if form.sparsity else "Takes some seconds."),
            on_click=_make,
            args=(run, form),
        )
    elif not record.refused:
        st.download_button(
            say_size(record.zip_bytes),
            partial(_read, run, form, owner.actor()),  # asked in another thread, which knows no visitor
            file_name=f"{run.family}-{run.id[-6:]}-{form.id}.zip",
            mime="application/zip",
            key=key,
            icon=":material/download:",
            on_click="ignore",
            help="A ZIP file: the network, a program that uses it, and a page that says what it is",
        )


def _read(run: Run, form: Format, actor: str) -> bytes:
    return open_export(shell.store(), run, form.id, actor).read_bytes()


def _draw_table(records: list[Record]) -> None:
    """Draw what each format costs and saves, beside the original."""
    first = records[0]
    lines = [f"| | {first.title} | Size | Zipped | Time |", "|:--|--:|--:|--:|--:|"]
    original = (first.original, "", first.original_bytes, first.original_zip_bytes, first.original_ms)
    lines.append(_line(first, "Original", *original))
    for one in records:
        sizes = (one.size_bytes, one.zip_bytes, one.latency_ms)
        lines.append(_line(one, FORMATS[one.format].title, one.exported, one.change, *sizes))
    st.markdown("\n".join(lines))
    which = "the best by validation" if first.is_best else "the last snapshot"
    on = "inputs" if first.measure == "difference" else "test examples"
    if first.measure == "difference":
        on += ", as the mean difference from what the original makes"
    pruned = any(FORMATS[one.format].sparsity for one in records)
    st.caption(
        f"The network after step {first.step:,}, {which}, on {first.examples:,} {on}. Time: {HOW_TIMED}."
        + (PRUNED if pruned else "")
    )


def _line(record: Record, name: str, value: float, change: str, size: int, zipped: int, ms: float) -> str:
    """Return a row of the table: what a network reaches, with the change, and what it takes."""
    reached = record.say(value).replace(" ", NO_BREAK) + (f" ({change})" if change else "")
    return f"| {name} | {reached} | {say_size(size)} | {say_size(zipped)} | {say_time(ms)} |"


def _draw_rest(run: Run) -> None:
    """Draw the whole run, for those who may have it, and what anybody may take: report, curves, numbers.

    Report and curves are without what their reader may not see.
    """
    actor = owner.actor()  # the functions are called in another thread, which knows no visitor
    if _may_have(run):
        private = (
            " Its private data stays here, and so do pictures of single examples; but a network can tell of what it "
            "learned from."
            if run.dataset and is_private(shell.store().settings, run.dataset)
            else ""
        )
        whole = f"The whole run, to be imported in another Glassbox, on its page Compare.{private}"
        _draw_file(run, "bundle", "zip", "Bundle", whole, partial(_made, write_bundle, run, actor))
    _draw_file(
        run,
        "html",
        "html",
        "Report",
        "All about it in one file: numbers, curves, pictures, settings, program.",
        partial(_report, run.id, actor),
    )
    if not missing():
        board = "Curves, settings and pictures as event files."
        _draw_file(run, "tensorboard", "zip", "TensorBoard", board, partial(_made, zip_event_files, run, actor))
    numbers = "Every metric of every step, as a CSV table."
    _draw_file(run, "csv", "csv", "Numbers", numbers, lambda: curves_csv(shell.store(), run))


def _draw_file(run: Run, key: str, ending: str, title: str, sentence: str, read: Callable[[], str | bytes]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"download_{key}"):
        st.markdown(f"**{title}**  \n:gray[{sentence}]", width="stretch")
        st.download_button(
            ending.upper(),
            read,
            file_name=f"{run.family}-{run.id[-6:]}{'' if key == ending else '-' + key}.{ending}",
            mime="application/zip" if ending == "zip" else f"text/{ending}",
            key=f"get_{key}",
            icon=":material/download:",
            on_click="ignore",
        )


def _may_have(run: Run) -> bool:
    try:
        check_bundle(shell.store(), run, owner.actor())
    except GlassboxError:
        return False
    return True


def _made(write: Callable[[Store, Run, str, Path], None], run: Run, actor: str) -> bytes:
    with TemporaryDirectory() as place:
        path = Path(place) / "file"
        write(shell.store(), shell.store().runs.get(run.id), actor, path)
        return path.read_bytes()


def _report(run_id: str, actor: str) -> str:
    return run_report(shell.store(), shell.store().runs.get(run_id), actor)


def _make(run: Run, *forms: Format) -> None:
    with shell.remember():
        for form in forms:
            queue_export(shell.store(), run, form.id, owner.actor())
    st.rerun()


def _open(run: Run) -> None:
    st.session_state[_OPEN] = run.id


def _close() -> None:
    st.session_state.pop(_OPEN, None)
