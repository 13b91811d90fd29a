"""Looking into a network: (model, images) -> named arrays. Heavy."""
