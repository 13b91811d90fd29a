"""The Code view: the settings as a plain Keras program to read, copy and download."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.errors import ArtifactError
from core.export.export import may_export
from core.families import Family, config_of
from core.jobs.submit import default_name
from core.program.scratch.start import START, numpy_program, zipped
from core.program.writer import to_notebook, to_script
from core.steering.story import Story, story_of
from core.store import Run
from pages._ui.form.choices import Choices
from pages._ui.shell import owner, shell

KERAS, NUMPY = "Keras", "NumPy from scratch"


def show_code(family: Family, run: Run | None, chosen: Choices) -> None:
    """Show the program.

    Args:
        family: Family of the network.
        run: The run that the page shows, if any.
        chosen: The settings.
    """
    if chosen.problem is not None or not chosen.data.program:
        st.info("A network with these settings cannot be trained, so there is no program. Correct them to see it here.")
        return
    is_run = run is not None and config_of(run) == chosen.config and run.dataset == chosen.dataset
    if family.scratch is not None and _is_numpy():
        _show_numpy(run if is_run else None)
        return
    policy = _policy(run) if run is not None and is_run else ""
    name = default_name(chosen.config, chosen.preset)
    story = story_of(shell.store(), run) if run is not None and is_run else None
    if story is None:
        parts = family.program(chosen.config, chosen.data, policy)
    else:
        parts = family.program(story.config, chosen.data, policy, story.by_hand)
    script = to_script(parts, name)
    with st.container(horizontal=True, vertical_alignment="center", key="code_head"):
        st.caption(_words(run, is_run, story), width="stretch")
        for label, text, ending, mime in (
            ("Script", script, "py", "text/x-python"),
            ("Notebook", to_notebook(parts, name), "ipynb", "application/x-ipynb+json"),
        ):
            st.download_button(
                label,
                text,
                file_name=f"{family.id}_{chosen.preset.id}.{ending}",
                mime=mime,
                key=f"code_{ending}",
                icon=":material/download:",
                on_click="ignore",
            )
    st.code(script, language="python", line_numbers=True)


def _is_numpy() -> bool:
    """Draw the choice of the program; return whether it is NumPy."""
    chosen = st.segmented_control(
        "Program",
        (KERAS, NUMPY),
        default=KERAS,
        key="code_as",
        label_visibility="collapsed",
        help="Keras: short, and runs on a GPU. NumPy: forward, backward and update by hand, with the run's weights.",
    )
    return chosen == NUMPY


def _show_numpy(run: Run | None) -> None:
    """Show the NumPy program of a run that has ended, and offer it with the file that it loads."""
    if run is None or not run.status.is_final:
        st.info(
            "This program begins with the first weights of a run and ends with its last, so it appears here when a run "
            "with these settings has ended."
        )
        return
    with shell.guard():
        program = numpy_program(shell.store(), run)
        with st.container(horizontal=True, vertical_alignment="center", key="code_head"):
            may = may_export(shell.store(), run, owner.actor())
            coarse = "" if _policy(run) in ("", "float32") else _COARSE
            st.caption(f"{_BY_HAND} {coarse}{_BESIDE if may else _NOT_BESIDE}", width="stretch")
            if may:
                st.download_button(
                    "Both files",
                    partial(zipped, shell.store(), run, owner.actor(), "from_scratch"),  # asked in another thread
                    file_name=f"{run.family}-{run.id[-6:]}-numpy.zip",
                    mime="application/zip",
                    key="code_numpy",
                    icon=":material/download:",
                    on_click="ignore",
                )
        st.code(program, language="python", line_numbers=True)


_BY_HAND = "Forward, backward and update by hand: the updates of the run in the same order, to the same weights."
_COARSE = "The run computed in bfloat16, so its own are a little apart: train with the precision float32 for the same. "
_BESIDE = f"{START}, beside it, has the run's first weights and the order in which it saw its examples."
_NOT_BESIDE = f"It needs {START}, which only those who may see the data can download."


def _words(run: Run | None, is_run: bool, story: Story | None) -> str:
    what = "This plain Keras program does what Train does with these settings"
    if run is not None and not is_run:
        what += ", which differ from those of the run above"
    if story is not None and story.by_hand:
        what += ", and changes by hand what was changed in the run above, at the same steps"
    if run is not None and is_run and story is None and run.branch_step is not None:
        what = "This plain Keras program trains with these settings, but from random weights: the run above started "
        what += f"from the networks of another run after step {run.branch_step:,}"
    return f"{what}. It runs wherever tensorflow and its other imports are installed, and loads the data itself."


def _policy(run: Run) -> str:
    """Return the dtype policy that a run used; "" before it has begun."""
    try:
        return str(shell.store().files(run.id).read_json("environment").get("dtype_policy", ""))
    except ArtifactError:
        return ""
