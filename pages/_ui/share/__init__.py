"""Links that are made in a dialog: to a private run, and for a class."""
