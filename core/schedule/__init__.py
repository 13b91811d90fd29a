"""Length, training examples and learning rate of a run, without TensorFlow."""
