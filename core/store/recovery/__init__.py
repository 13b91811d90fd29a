"""Bringing back what a lost or damaged database knew."""
