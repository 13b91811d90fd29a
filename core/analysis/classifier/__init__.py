"""Findings about classifiers."""
