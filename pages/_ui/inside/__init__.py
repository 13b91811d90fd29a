"""Inside: what a trained network does with an example, at any saved moment."""
