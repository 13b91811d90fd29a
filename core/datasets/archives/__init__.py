"""ZIP files and folders with one folder for each class."""
