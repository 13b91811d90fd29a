"""Predict before a run, keep what was found after it."""
