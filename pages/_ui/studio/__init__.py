"""The page for setting up, training and watching a network."""
