"""Components of the page as a whole."""
