"""The weights of a network, and what they are good for."""
