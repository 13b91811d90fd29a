"""What a network has learned: its units, its layers' view of the test set, and the training examples behind it."""
