"""Glassbox: `streamlit run app.py`."""

import streamlit as st

from pages._ui.shell import shell

st.set_page_config(page_title="Glassbox", page_icon=shell.ICON, layout="wide")
st.session_state["_nav"] = True
# First, also because the browser loads what draws an element when the first of its kind comes: rules of pages must be
# there before their words, or what they move jumps.
st.html(shell.RULES)
page = shell.navigation()
with shell.guard():
    shell.begin(page)
    page.run()
    shell.footer()
