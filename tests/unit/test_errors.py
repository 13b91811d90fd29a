import pytest

from core import errors
from core.errors import ConfigError, GlassboxError, NotAllowedError, RunError


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "it broke."),
        ({"expected": "x"}, "it broke, expected x."),
        ({"received": "y"}, "it broke, received y."),
        ({"expected": "x", "received": "y", "fix": "Do z."}, "it broke, expected x, received y. Do z."),
        ({"fix": "Do z."}, "it broke. Do z."),
    ],
)
def test_the_message_is_what_expected_received_and_then_the_fix(parts: dict[str, str], text: str) -> None:
    assert str(GlassboxError("it broke", **parts)) == text


def test_a_config_error_names_its_field() -> None:
    error = ConfigError("no", field="epochs", expected="a number")
    assert (error.field, str(error)) == ("epochs", "no, expected a number.")


def test_whoever_catches_run_errors_catches_not_allowed_too() -> None:
    assert issubclass(NotAllowedError, RunError)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    classes = {name: c for name, c in vars(errors).items() if isinstance(c, type) and issubclass(c, Exception)}
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        name = next((word for word in line.split() if word in classes), None)
        if name:
            depth = line.index(name) // 4
            above = [*above[:depth], name]
            drawn[name] = above[-2] if depth else "Exception"
    assert drawn == {name: c.__bases__[0].__name__ for name, c in classes.items()}
