"""Whether two networks differ, and how sure that is."""
