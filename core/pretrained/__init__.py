"""Weights that others have trained, as arrays; no TensorFlow needed to read them."""
