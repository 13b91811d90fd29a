"""Figures of what a GAN makes."""
