"""Steer a run: train it longer, change it while it trains, pause it."""
