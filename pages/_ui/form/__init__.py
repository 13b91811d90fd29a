"""The settings form of a family: its widgets, its state and its link."""
