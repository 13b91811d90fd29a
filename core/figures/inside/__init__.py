"""Figures of the page Inside."""
"""Figures of what is inside a trained network."""
