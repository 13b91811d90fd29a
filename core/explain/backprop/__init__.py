"""One step of training with every number, computed apart from TensorFlow, in float64."""
