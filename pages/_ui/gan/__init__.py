"""Views of the GAN studio."""
