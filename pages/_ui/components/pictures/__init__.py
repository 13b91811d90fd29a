"""Pictures, and what is read from them."""
