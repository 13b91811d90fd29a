"""Questions and actions on runs, besides training."""
