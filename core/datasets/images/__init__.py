"""Reading and preparing images."""
