"""A kernel that walks over an input."""
