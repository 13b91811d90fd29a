"""Data that people bring."""
