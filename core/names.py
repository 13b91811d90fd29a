"""Names that people have given, cut so that they fit where they are shown."""

LONGEST = 80  # characters that are shown of a name


def shortened(name: str, longest: int = LONGEST) -> str:
    """Return a name, cut in the middle if it is too long: names often differ at their end."""
    tail = (longest - 1) * 3 // 8
    return name if len(name) <= longest else f"{name[: longest - tail - 1]}…{name[-tail:]}"
