"""Tasks on data sets; no TensorFlow."""
