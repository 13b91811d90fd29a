"""Texts with answers: dates in many languages, sums, and small tasks of ordering and remembering."""
