"""Commands that steer runs."""
