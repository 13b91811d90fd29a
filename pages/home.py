"""What this is, and my runs."""

import streamlit as st

from core.errors import RunError
from core.store import Run
from pages._ui.home.first_minute import first_minute
from pages._ui.runs.run_list import my_runs
from pages._ui.shell import shell
from pages._ui.studio.studio import draw_studio

shell.ensure_nav()


def linked() -> Run | None:
    """Return the training run that the link names."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    with shell.guard():
        run = shell.store().runs.get(run_id)
        if run.family is None:
            raise RunError(f"run {run_id} prepares data; there is nothing to look at")
        return run
    return None


def overview() -> None:
    """Show what this is, and the runs."""
    st.title("Draw a digit. Watch a network read it.")
    st.markdown("Glassbox trains real neural networks on this server while you watch, and opens them up.")
    if not first_minute():
        ways()
    my_runs()


def ways() -> None:
    """Show what else there is for who has not trained yet."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="start"):
        st.markdown("**Set up a network of your own**, layer by layer, on digits, fashion or photos.", width="stretch")
        if st.button("Open the CNN studio", icon=":material/arrow_forward:", key="open_cnn"):
            st.switch_page("pages/cnn.py")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="draw"):
        st.markdown("**Watch noise become digits.** Two networks fight, and one learns to draw.", width="stretch")
        if st.button("Open the GAN studio", icon=":material/arrow_forward:", key="open_gan"):
            st.switch_page("pages/gan.py")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="own_data"):
        st.markdown("**Teach it your own photos.** A ZIP with a folder for each class is enough.", width="stretch")
        if st.button("Bring your own data", icon=":material/arrow_forward:", key="open_data"):
            st.switch_page("pages/data.py", query_params={"data_view": "Add your own"})


if run := linked():
    draw_studio(str(run.family))
else:
    overview()
