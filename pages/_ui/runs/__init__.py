"""Follow runs, act on them, list them."""
