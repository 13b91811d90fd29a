"""Write names and numbers within sentences."""

LONGEST = 80  # most characters shown
MINUS = "\N{MINUS SIGN}"


def shortened(name: str, longest: int = LONGEST) -> str:
    """Return a name, cut in the middle if too long: names often differ at the end."""
    tail = (longest - 1) * 3 // 8
    return name if len(name) <= longest else f"{name[: longest - tail - 1]}…{name[-tail:]}"


def in_words(label: str) -> str:
    """Return a label as written within a sentence."""
    return label if any(sign.isdigit() for sign in label) else label[0].lower() + label[1:]


def signed(value: float, form: str) -> str:
    """Return a number with its sign, a true minus.

    Args:
        value: The number.
        form: Format of it without the sign, such as `.2f`.
    """
    return f"{value:+{form}}".replace("-", MINUS)


def points(apart: float) -> str:
    """Return a difference of two shares in percentage points, such as `+2.1 points`."""
    return f"{signed(100 * apart, '.1f')} points"
