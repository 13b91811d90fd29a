"""Glassbox's core: configs, training, storage and analysis, without Streamlit."""

__version__ = "0.1.0"
