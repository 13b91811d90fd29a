"""What an attribution is, and how far to trust one: from arrays to sentences."""
