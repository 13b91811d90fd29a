"""Analyse stored numbers with NumPy, SciPy and scikit-learn."""
