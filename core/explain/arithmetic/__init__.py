"""From a network's overview down to the arithmetic of one value."""
