"""Figures of the page Inside."""
