"""A small network of dense layers as a graph, which the browser computes from its weights."""
