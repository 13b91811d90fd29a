"""Sequences of numbers: measured ones to forecast, and generated tasks for a memory."""
