"""What belongs to the page as a whole."""
