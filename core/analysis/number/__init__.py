"""Findings about networks that say a number."""
