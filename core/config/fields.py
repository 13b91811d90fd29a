"""Kinds of settings: their allowed values, how text becomes a value, and the words for users."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol

from core.errors import ConfigError


class Field(Protocol):
    """The allowed values of a setting, and the words that explain it."""

    @property
    def label(self) -> str:
        """The setting's name on the page."""

    @property
    def help(self) -> str:
        """What the setting does, and what happens when it is too small or too big."""

    def check(self, name: str, value: object) -> object:
        """Return `value` in the field's type.

        Raises:
            ConfigError: The value is not allowed.
        """

    def parse(self, name: str, text: str) -> object:
        """Return the value of `text`.

        Raises:
            ConfigError: The value is not allowed.
        """

    def format(self, value: Any) -> str:
        """Return text that `parse` turns back into the same value."""

    def say(self, value: Any) -> str:
        """Return a value in words for users."""

    def expected(self) -> str:
        """Describe the allowed values."""


@dataclass(frozen=True)
class Bounded:
    """A number between two bounds; whole if `whole`.

    `zero` says what 0 means, such as `no time budget`; `is_width` that it is how much of a kind a layer has.
    """

    low: float
    high: float
    step: float | None
    scale: str
    unit: str
    label: str
    help: str
    whole: bool
    zero: str = ""
    is_width: bool = False

    def check(self, name: str, value: object) -> float:
        """Return `value` as int or float.

        Raises:
            ConfigError: It is not a number, not whole, or out of bounds.
        """
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise wrong(name, self.expected(), value)
        if not self.low <= value <= self.high:  # false for NaN too
            raise wrong(name, self.expected(), value)
        if not self.whole:
            return float(value)
        if value != int(value):
            raise wrong(name, self.expected(), value)
        return int(value)

    def parse(self, name: str, text: str) -> float:
        """Return the number in `text`."""
        try:
            value = float(text)
        except ValueError:
            raise wrong(name, self.expected(), text) from None
        return self.check(name, int(value) if value.is_integer() else value)

    def format(self, value: float) -> str:
        """Return the shortest text that `parse` turns back into the same number."""
        return str(int(value)) if value == int(value) else repr(float(value))

    def say(self, value: float) -> str:
        """Return a value in words for users, such as `40,000 images`."""
        if self.zero and value == 0:
            return self.zero
        number = f"{int(value):,}" if value == int(value) else f"{value:.6g}"
        return f"{number} {self.unit}" if self.unit else number

    def expected(self) -> str:
        """Describe the allowed values."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.format(self.low)} to {self.format(self.high)}"


@dataclass(frozen=True)
class Choice:
    """One of a few options, each with its title on the page."""

    titles: Mapping[str, str]
    label: str
    help: str

    @property
    def options(self) -> tuple[str, ...]:
        """The options."""
        return tuple(self.titles)

    def check(self, name: str, value: object) -> str:
        """Return `value` if it is an option.

        Raises:
            ConfigError: It is not an option; the message lists them.
        """
        if not isinstance(value, str) or value not in self.options:
            raise wrong(name, self.expected(), value)
        return value

    def parse(self, name: str, text: str) -> str:
        """Return the option that `text` names."""
        return self.check(name, text)

    def format(self, value: str) -> str:
        """Return the option itself."""
        return value

    def say(self, value: str) -> str:
        """Return the option's title."""
        return self.titles[value]

    def expected(self) -> str:
        """Describe the allowed values."""
        return "one of " + ", ".join(self.options)


@dataclass(frozen=True)
class Several:
    """One or more of a few options, written in their order and joined by commas; each with its title on the page."""

    titles: Mapping[str, str]
    label: str
    help: str

    def check(self, name: str, value: object) -> str:
        """Return `value` with each option once, in order.

        Raises:
            ConfigError: It names no option, or something that is none; the message lists them.
        """
        chosen = value.split(",") if isinstance(value, str) else []
        if not chosen or not set(chosen) <= set(self.titles):
            raise wrong(name, self.expected(), value)
        return self.join(chosen)

    def join(self, chosen: Iterable[str]) -> str:
        """Return the text of these options."""
        return ",".join(option for option in self.titles if option in set(chosen))

    def parse(self, name: str, text: str) -> str:
        """Return the options that `text` names."""
        return self.check(name, text)

    def format(self, value: str) -> str:
        """Return the text itself."""
        return value

    def say(self, value: str) -> str:
        """Return the options' titles."""
        return ", ".join(self.titles[option] for option in value.split(","))

    def expected(self) -> str:
        """Describe the allowed values."""
        return "one or more, joined by commas, of " + ", ".join(self.titles)


def wrong(name: str, expected: str, received: object) -> ConfigError:
    """Return the error for a value that a setting cannot take."""
    return ConfigError(f"{name} cannot be used", field=name, expected=expected, received=repr(received))


def bounded(
    default: float,
    low: float,
    high: float,
    *,
    step: float | None = None,
    scale: str = "linear",
    unit: str = "",
    label: str,
    help: str,
    zero: str = "",
    is_width: bool = False,
) -> Any:
    """Declare a numeric field; whole if `default` is an int."""
    whole = isinstance(default, int)
    field = Bounded(low, high, step, scale, unit, label, help, whole, zero, is_width)
    return dataclasses.field(default=default, metadata={"field": field})


def choice(default: str, options: Iterable[str] | Mapping[str, str], *, label: str, help: str) -> Any:
    """Declare a field that holds one of `options`; a mapping gives each a title on the page."""
    titles = dict(options) if isinstance(options, Mapping) else {option: option for option in options}
    return dataclasses.field(default=default, metadata={"field": Choice(titles, label, help)})


def several(default: str, options: Mapping[str, str], *, label: str, help: str) -> Any:
    """Declare a field that holds one or more of `options`, each with its title on the page."""
    return dataclasses.field(default=default, metadata={"field": Several(options, label, help)})


@dataclass(frozen=True)
class Fields:
    """A dataclass that checks its fields when it is created."""

    def __post_init__(self) -> None:
        for name, field in self.fields().items():
            object.__setattr__(self, name, field.check(name, getattr(self, name)))

    @classmethod
    @cache  # a page asks for each of its controls
    def fields(cls) -> Mapping[str, Field]:
        """Return each `Field` by name, in the order of declaration."""
        return MappingProxyType({f.name: f.metadata["field"] for f in dataclasses.fields(cls)})

    @classmethod
    def field(cls, name: str) -> Field:
        """Return a `Field` by name.

        Raises:
            ConfigError: There is no such field; the message lists the known ones.
        """
        fields = cls.fields()
        if name not in fields:
            raise ConfigError(
                f"there is no setting {name!r}",
                field=name,
                expected="one of " + ", ".join(fields),
                received=repr(name),
            )
        return fields[name]
