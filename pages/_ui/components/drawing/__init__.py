"""Drawing by hand."""
