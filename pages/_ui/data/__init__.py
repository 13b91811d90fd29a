"""What only the data page has."""
