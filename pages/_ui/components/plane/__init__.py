"""The plane, with points to place, move and remove."""
