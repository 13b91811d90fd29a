"""Sweeps: choose the values to try, and follow the group of runs."""
