"""Findings about data sets."""
