"""Pictures: read, prepared and drawn."""
