"""What only the GAN's studio has."""
