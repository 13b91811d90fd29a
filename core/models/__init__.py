"""Keras networks, built from layer specs. Heavy: never imported by a page."""
