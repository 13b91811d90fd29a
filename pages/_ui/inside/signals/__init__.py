"""First weights: how far signals reach through the same network from several beginnings."""
