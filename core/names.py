"""Shorten user-given names to fit where they are shown."""

LONGEST = 80  # most characters shown


def shortened(name: str, longest: int = LONGEST) -> str:
    """Return a name, cut in the middle if too long: names often differ at the end."""
    tail = (longest - 1) * 3 // 8
    return name if len(name) <= longest else f"{name[: longest - tail - 1]}…{name[-tail:]}"
