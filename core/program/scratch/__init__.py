"""Print a dense network's training as NumPy alone: forward, backward and update by hand."""
