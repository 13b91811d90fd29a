"""Following runs, acting on them, listing them."""
