"""Data that visitors add."""
