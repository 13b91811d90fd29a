"""Figures of a group of runs."""
