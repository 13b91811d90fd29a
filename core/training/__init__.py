"""The training loop. Heavy: never imported by a page."""
