"""Training a GAN, and measuring what it makes."""
