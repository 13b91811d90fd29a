"""Sequences with what a network makes of them at every step."""
