"""What a network has learned: units, a map of the test set, units off, robustness, and training examples."""
