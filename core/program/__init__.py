"""The program that does in plain Keras what a run does here; no TensorFlow needed to print it."""
