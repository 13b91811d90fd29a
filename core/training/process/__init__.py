"""The training process: device, memory and warm-up."""
