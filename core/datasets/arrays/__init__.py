"""Reading of array files."""
