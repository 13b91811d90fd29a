"""Steering runs: where one starts in another, and what is changed while it trains. Light, used by pages and workers."""
