"""Texts whose characters tell something."""
