"""The links to the bench."""

import streamlit as st


def bench_link(label: str) -> None:
    """Draw the link to the bench for a convolution."""
    help = "How its kernel walks over an input, and what size comes out"
    st.page_link("pages/convolution.py", label=label, icon=":material/grid_on:", help=help, width="content")


def neuron_link(label: str) -> None:
    """Draw the link to the bench for one neuron."""
    help = "Fit a line by hand, then race gradient descent"
    st.page_link("pages/neuron.py", label=label, icon=":material/linear_scale:", help=help, width="content")
