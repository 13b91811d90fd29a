"""Examples in the plane."""
