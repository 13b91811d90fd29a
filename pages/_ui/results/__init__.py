"""The results of a finished run."""
