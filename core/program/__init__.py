"""Print a run as a plain Keras program, without TensorFlow."""
