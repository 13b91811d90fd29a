"""What every page has: its frame, its owner, its words."""
