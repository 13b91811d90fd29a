"""Why the network decided so, how far to trust that, and what would change its mind."""
