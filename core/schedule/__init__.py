"""How long a run trains, on which examples, and how fast; no TensorFlow."""
