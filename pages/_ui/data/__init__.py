"""Parts of the data page only."""
