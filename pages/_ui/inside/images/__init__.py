"""Examples: test examples by class and answer, groups of them, and repairs of the training data."""
