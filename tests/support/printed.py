"""Printed programs, as a test runs them."""


def untraced(program: str) -> str:
    """Return a program that trains as plain Python: to trace a graph takes longer than its few updates."""
    assert "model.compile(" in program
    return program.replace("model.compile(", "model.compile(run_eagerly=True, ")
