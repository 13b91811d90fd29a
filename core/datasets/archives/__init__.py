"""ZIP files and folders with one folder a class."""
