"""Train a GAN and measure its samples."""
