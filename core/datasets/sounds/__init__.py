"""Reading of sounds."""
