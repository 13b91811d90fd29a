"""The network as a drawing that lives."""
