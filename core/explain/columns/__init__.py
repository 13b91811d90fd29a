"""What a network makes of each column of a table."""
