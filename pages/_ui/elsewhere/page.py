"""A network that was trained elsewhere: what it is, its results on data here, and ways to look into it."""

from __future__ import annotations

import streamlit as st

from core.errors import ConfigError
from core.families import config_of, find_family
from core.families.elsewhere import FAMILY
from core.resolve import resolve
from core.runs.predict import answers_pictures
from core.store import Run
from pages._ui.components.page.share import share
from pages._ui.elsewhere.bring import bring
from pages._ui.results.run_facts import cost
from pages._ui.runs.actions import draw_dialog
from pages._ui.runs.follow import follow
from pages._ui.runs.snapshots import draw_network, draw_views_of
from pages._ui.share.download import download
from pages._ui.share.secret_links import draw_secret_links, secret_link_offer
from pages._ui.shell import privacy, shell, words

_SHOWS = (
    "It shows this network, which can be downloaded, and its results. Examples of private data only their owner sees."
)
_UNKNOWN = "What it learned from is not known here: if these test examples were among that, its results are too good."
_BRINGS = "It opens this page, on which a network can be brought."


def draw_elsewhere() -> None:
    """Draw the page of the run that the link names, or the form that brings a network."""
    draw_dialog()
    run_id = st.query_params.get("run")
    if not run_id:
        with st.container(horizontal=True, vertical_alignment="center", key="head"):
            st.title("Bring a network", width="stretch")
            share(_BRINGS)
        bring()
        return
    with shell.guard():
        run = shell.store().runs.get(run_id)
        if run.family != FAMILY.id:
            raise ConfigError(f"run {run_id} was not trained elsewhere", fix="Open it from Home.")
        _draw(run)


def _draw(run: Run) -> None:
    dataset, link = shell.dataset(run.dataset), {"run": run.id}
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(FAMILY.title, width="stretch")
        st.page_link("pages/inside.py", label="Inside", icon=":material/biotech:", query_params=link, width="content")
        if answers_pictures(run, dataset.spec):
            st.page_link("pages/try.py", label="Try it", icon=":material/draw:", query_params=link, width="content")
        download(run)
        share(_SHOWS, offers=secret_link_offer(run))
    draw_secret_links(run)
    privacy.say_link(run)
    follow(run, is_watched=False)
    config = config_of(run)
    scale = str(getattr(config, "scale", "") or "unknown")
    data = f"{words.plain(dataset.title)}, input {words.plain(scale[0].lower() + scale[1:])}"
    st.caption(f"On {data}. {words.plain(cost(run))} {_UNKNOWN}")
    draw_network(run, remark="As it came")
    draw_views_of(run)
    resolve(find_family(str(run.family)).result(run.summary, dataset.spec).page)(run)
