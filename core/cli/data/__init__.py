"""Commands for data sets, and what they print."""
