"""Glassbox's core: what to train, how, and what was learned. Knows no Streamlit."""

__version__ = "0.1.0"
