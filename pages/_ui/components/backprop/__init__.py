"""A network as a graph, with the arithmetic of one step of its training."""
