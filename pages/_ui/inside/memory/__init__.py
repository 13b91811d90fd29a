"""The views of networks that read step by step."""
