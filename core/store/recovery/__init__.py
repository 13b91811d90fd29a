"""Recovery from a lost or damaged database."""
