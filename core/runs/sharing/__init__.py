"""Links that give more than what stands in them: to a private run, and for a class."""
