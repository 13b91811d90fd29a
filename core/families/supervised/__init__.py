"""Settings, layers, results and form sections shared by supervised families."""
