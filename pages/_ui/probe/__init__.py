"""Questions to the probe, and their answers."""
