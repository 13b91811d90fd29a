"""One neuron without an activation: a line through points."""
