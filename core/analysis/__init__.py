"""Stored numbers -> findings. NumPy, SciPy and scikit-learn only."""
