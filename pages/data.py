"""Data: what there is, bring your own, know what is in it."""

import streamlit as st

from core.datasets import DEFAULT_DATASET
from pages._ui import shell
from pages._ui.data_add import add_data
from pages._ui.data_know import know_data
from pages._ui.data_list import list_data

shell.ensure_nav()

VIEWS = LIST, ADD, KNOW = "What is there", "Add your own", "Know it"
KEY = "data_view"


def choose() -> str:
    """Draw the choice of what to do, which is part of the link."""
    asked = st.query_params.get(KEY)
    wanted = st.session_state.pop(f"{KEY}_next", None) or (None if KEY in st.session_state else asked)
    if wanted in VIEWS:
        st.session_state[KEY] = wanted
    st.session_state.setdefault(KEY, KNOW if "dataset" in st.query_params else LIST)
    st.segmented_control("View", VIEWS, key=KEY, required=True, label_visibility="collapsed")
    st.query_params[KEY] = st.session_state[KEY]
    return st.session_state[KEY]


st.title("Data")
st.markdown("A network can only learn what its examples show. Choose some, bring your own, and look for what is wrong.")
view = choose()
shell.say()
if view == LIST:
    list_data()
elif view == ADD:
    add_data()
else:
    know_data(st.query_params.get("dataset", DEFAULT_DATASET))
