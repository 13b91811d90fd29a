"""Writing with a network, and reading with it: what it writes on, and what surprises it."""
