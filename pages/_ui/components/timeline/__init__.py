"""The saved moments of a training, to drag through and to play."""
