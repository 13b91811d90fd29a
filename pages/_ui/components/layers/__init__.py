"""A network from overview to the arithmetic of one value."""
