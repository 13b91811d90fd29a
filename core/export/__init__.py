"""Trained networks and numbers as files for other programs, each checked before it is offered."""
