"""Runs side by side: what differs, and whether the difference is real."""

from core.runs.comparison.comparison import Comparison, Pair, compare, letter, repeats_of

__all__ = ["Comparison", "Pair", "compare", "letter", "repeats_of"]
