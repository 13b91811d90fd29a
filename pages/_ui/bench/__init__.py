"""The bench: a single layer, to try by hand."""
