"""Glassbox: `streamlit run app.py`."""

import streamlit as st

from pages._ui import shell

st.set_page_config(page_title="Glassbox", page_icon=shell.ICON, layout="wide")
st.session_state["_nav"] = True
page = shell.navigation()
with shell.guard():
    shell.begin(page)
    page.run()
    shell.footer()
