"""What this is, and my runs."""

import streamlit as st

from core.errors import RunError
from core.families import find_family
from core.store import Run
from core.store.records import ALIVE, LOCAL
from pages._ui import owner, shell, words
from pages._ui.first_minute import first_minute
from pages._ui.studio import studio

shell.ensure_nav()

MOST = 50
LOOK_AGAIN_S = 2.0  # while one of them is not over


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


def row(run: Run) -> None:
    """Show one run as a line that opens it."""
    ahead = shell.store().runs.place(run) if run.status == "queued" else 0
    accuracy = run.summary.get("test_accuracy_last")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run_{run.id}"):
        st.page_link(
            f"pages/{run.family}.py",
            label=f"**{words.plain(run.name)}**",
            query_params={"run": run.id},
            width="stretch",
        )
        st.markdown(f"{words.icon(run)} {words.state(run, ahead)}", width=250)
        st.markdown(f"**{words.percent(accuracy)}**" if accuracy is not None else ":gray[no result]", width=80)
        st.caption(f"{shell.dataset(run.dataset).title} · {words.ago(run.created)}", width=230)


def overview() -> None:
    """Show what this is, and the runs."""
    st.title("Draw a digit. Watch a network read it.")
    st.markdown("Glassbox trains real neural networks on this server while you watch, and opens them up.")
    first_minute()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="start"):
        st.markdown("**Set up a network of your own**, layer by layer, on digits, fashion or photos.", width="stretch")
        if st.button("Open the CNN studio", icon=":material/arrow_forward:", key="open_cnn"):
            st.switch_page("pages/cnn.py")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="own_data"):
        st.markdown("**Teach it your own photos.** A ZIP with a folder for each class is enough.", width="stretch")
        if st.button("Bring your own data", icon=":material/arrow_forward:", key="open_data"):
            st.switch_page("pages/data.py", query_params={"data_view": "Add your own"})

    alive = shell.store().runs.list(owners=[owner.actor(), LOCAL], status=ALIVE, limit=1)
    st.fragment(list_runs, run_every=LOOK_AGAIN_S if alive else None)()


def list_runs() -> None:
    """List my runs, and those of the command line."""
    with shell.guard():
        runs = shell.store().runs
        mine, local = (runs.list(owners=[who], limit=MOST) for who in (owner.actor(), LOCAL))
        st.subheader("My runs")
        for run in mine:
            row(run)
        if not mine:
            why = "Your runs will be listed here. You have not trained anything yet."
            shell.empty(why, "pages/cnn.py", "Train a CNN")
        if local:
            st.subheader("Runs of this server's command line")
        for run in local:
            row(run)


if run := linked():
    studio(find_family(str(run.family)))
else:
    overview()
