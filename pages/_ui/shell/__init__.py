"""The parts of every page: frame, owner and wording."""
