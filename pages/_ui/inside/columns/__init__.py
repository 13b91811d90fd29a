"""What a network makes of the columns of a table."""
