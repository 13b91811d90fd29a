"""Analysis of GANs."""
