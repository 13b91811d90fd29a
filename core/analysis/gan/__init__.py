"""Findings about GANs."""
