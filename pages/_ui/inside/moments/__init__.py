"""Over time: what a network said of one example through its training, and what it forgot."""
