"""Data page: list the data sets, add your own, inspect one."""

import streamlit as st

from core.datasets import DEFAULT_DATASET
from pages._ui.components.page.share import titled
from pages._ui.data.add import add_data
from pages._ui.data.catalog import list_data
from pages._ui.data.inspect import know_data
from pages._ui.shell import shell
from pages._ui.shell.views import ADD, KNOW, LIST, data_views

shell.ensure_nav()

titled("Data", "It opens this page. Private data stays hidden from everybody but its owner.")
st.markdown("A network learns only what its examples show. Choose a data set or add your own, and check it for faults.")
views, asked = data_views(), st.query_params.get("data_view")
if views.shown is None or (asked and shell.has_arrived()):
    views.show(asked)
if views.shown is None:
    views.show(KNOW if "dataset" in st.query_params else LIST)
views.draw()
st.query_params["data_view"] = str(views.shown)
shell.say()
if views.shown == LIST:
    list_data()
elif views.shown == ADD:
    add_data()
else:
    know_data(st.query_params.get("dataset", DEFAULT_DATASET))
