"""What the curves of a run tell about how it learned."""
