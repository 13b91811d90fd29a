"""Home: the introduction and the list of runs."""

import streamlit as st

from core.errors import RunError
from core.families import FAMILIES, find_family
from core.store import Run
from pages._ui.components.page.share import titled
from pages._ui.home.first_minute import first_minute
from pages._ui.runs.run_list import my_runs
from pages._ui.shell import shell
from pages._ui.shell.views import ADD, data_views, studio_page
from pages._ui.studio.studio import draw_studio

# On a phone one line each, so that the canvas and its answer share a screen.
_STYLE = """<style>
.st-key-ways { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); }
.st-key-ways > * { height: 100%; width: auto; }
@media (max-width: 640px) { .st-key-welcome h1 { font-size: 1.2rem; padding: 0; }
.st-key-welcome p { font-size: 0.85rem; } }</style>"""

shell.ensure_nav()


def linked() -> Run | None:
    """Return the training run that the link names, if any."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    with shell.guard():
        run = shell.store().runs.get(run_id)
        if run.family is None:
            raise RunError(f"run {run_id} prepares data; it has no network to show")
        return run
    return None


def overview() -> None:
    """Draw the introduction and the list of runs."""
    st.html(_STYLE)
    with st.container(key="welcome"):
        titled("Draw a digit. Watch a network read it.", "It opens the first page of this server.")
        st.markdown(
            "Glassbox trains real neural networks on this server while you watch, and shows what happens inside."
        )
    if not first_minute():
        ways()
    my_runs()


def ways() -> None:
    """Offer other starting points to visitors who have not trained yet."""
    with st.container(key="ways"):
        for family in FAMILIES.values():
            if way(family.id, family.invitation, f"Open the {family.title} studio"):
                st.switch_page(studio_page(family.id))
        photos = "**Teach it your own photos.** Show it things with the camera, or choose pictures."
        if way("data", photos, "Show it your things"):
            st.switch_page("pages/data.py", query_params={data_views().key: ADD})


def way(name: str, sentence: str, label: str) -> bool:
    """Draw one starting point; return whether its button was clicked."""
    with st.container(border=True, height="stretch", vertical_alignment="distribute", key=f"way_{name}"):
        st.markdown(sentence)
        return st.button(label, icon=":material/arrow_forward:", key=f"open_{name}")


if run := linked():
    if not find_family(str(run.family)).is_trained_here:
        st.switch_page(studio_page(run.family), query_params={"run": run.id})
    draw_studio(str(run.family))
else:
    overview()
