"""What a finished classifier can do."""
