"""Start Glassbox: `streamlit run app.py`."""

import streamlit as st

from pages._ui.shell import shell
from pages._ui.shell.quick import take_shortcuts

take_shortcuts()
st.set_page_config(page_title="Glassbox", page_icon=shell.ICON, layout="wide")
st.session_state["_nav"] = True
# First: the browser loads an element's code when it first meets its kind. Style rules that arrive after the text make
# the layout jump.
st.html(shell.RULES)
page = shell.navigation()
with shell.guard():
    shell.begin(page)
    page.run()
    shell.footer()
