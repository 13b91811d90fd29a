"""Figures of a GAN's samples and their quality."""
