"""A family's settings as widgets, kept apart from them, and in the link."""
