"""What only Home and Try it have."""
