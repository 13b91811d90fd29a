"""Runs side by side, looked at more closely: one view at a time, computed when it is opened."""
