"""A warm process that answers questions about networks."""
