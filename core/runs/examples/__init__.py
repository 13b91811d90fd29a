"""Single examples of a run's data: marks on them, named groups of them, and what was said of them over time."""
