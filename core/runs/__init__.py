"""What can be asked of a run, and done with it, besides training."""
