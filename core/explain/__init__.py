"""Inspect a network: (model, examples) -> named arrays. Heavy."""
