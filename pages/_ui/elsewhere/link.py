"""The link to the form that brings a network."""

import streamlit as st

from core.families.elsewhere import FAMILY
from pages._ui.shell.views import studio_page


def bring_link() -> None:
    """Draw the link."""
    label, help = "Bring a network trained elsewhere", "Opens a .keras file of any Keras program like a run of yours"
    st.page_link(studio_page(FAMILY.id), label=label, icon=FAMILY.icon, help=help, width="content")
