"""Figures of a network and of what its layers make of examples."""
