"""Pictures and predictions."""
