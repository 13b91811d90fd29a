"""A process that has imported TensorFlow and forks workers and the probe (Linux)."""

from core.jobs.forks.client import CAN_FORK, Child, Forks

__all__ = ["CAN_FORK", "Child", "Forks"]
