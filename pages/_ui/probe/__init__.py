"""Queries to the probe and a cache of its answers."""
