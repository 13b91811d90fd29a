"""Sliders that move samples in a latent space."""
