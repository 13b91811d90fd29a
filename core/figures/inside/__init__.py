"""Figures of what is inside a trained network."""
