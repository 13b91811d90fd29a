"""The Code view: the settings as a plain Keras program to read, copy and download."""

from __future__ import annotations

import streamlit as st

from core.errors import ArtifactError
from core.families import Family
from core.jobs.submit import default_name
from core.program.writer import to_notebook, to_script
from core.steering.story import Story, story_of
from core.store import Run
from pages._ui.form.choices import Choices
from pages._ui.shell import shell


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
    is_run = run is not None and run.config == chosen.config.to_dict() and run.dataset == chosen.dataset
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
