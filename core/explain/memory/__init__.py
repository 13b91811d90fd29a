"""Inside a memory: what recurrent layers do at every step, in plain arithmetic."""
