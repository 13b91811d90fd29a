"""Attention: positions, self-attention, feed-forward blocks, and a decoder that attends to what an encoder has read."""
