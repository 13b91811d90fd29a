"""Settings of a run: declared once, used for widgets, links, JSON, `--set` and tests.

A family's `Config` is a frozen dataclass whose fields are made by `bounded`, `choice` and
`blocks`. Each carries a *knob*: what the field may hold, how text becomes a value, and the words
that explain it to a user.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from core.errors import ConfigError
from core.knobs import Bounded, Choice, wrong

if TYPE_CHECKING:
    from core.datasets.spec import DataSpec
    from core.plan import Plan


@dataclass(frozen=True)
class Blocks:
    """An ordered list of blocks, written `conv:32:3:relu,pool:max:2,dense:128`."""

    kinds: tuple[type[Block], ...]
    most: int
    label: str
    help: str

    def check(self, name: str, value: Any) -> Any:
        """Return `value` as a tuple of blocks; JSON's list of texts is understood.

        Raises:
            ConfigError: An entry is no block of these kinds, or there are too many.
        """
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise wrong(name, self.expected(), value)
        return tuple(self._block(name, entry) for entry in value)

    def parse(self, name: str, text: str) -> Any:
        """Return the blocks that `text` writes down; empty text is an empty list."""
        return self.check(name, text.split(",") if text else [])

    def format(self, value: Any) -> str:
        """Return the text that `parse` reads back exactly."""
        return ",".join(block.to_text() for block in value)

    def say(self, value: Any) -> str:
        """Return how many there are."""
        return "1 layer" if len(value) == 1 else f"{len(value)} layers"

    def expected(self) -> str:
        """Say in words what the field may hold."""
        names = ", ".join(kind.kind for kind in self.kinds)
        example = ",".join(kind().to_text() for kind in self.kinds[:2])
        return f"at most {self.most} blocks of the kinds {names}, such as {example}"

    def _block(self, name: str, entry: Any) -> Block:
        if isinstance(entry, self.kinds):
            return entry
        word, *values = str(entry).strip().split(":")
        for kind in self.kinds:
            if kind.kind == word:
                return kind.from_texts(name, values)
        raise wrong(name, self.expected(), entry)


Knob = Bounded | Choice | Blocks


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
) -> Any:
    """Declare a numeric field; whole if `default` is an int."""
    whole = isinstance(default, int)
    knob = Bounded(low, high, step, scale, unit, label, help, whole)
    return field(default=default, metadata={"knob": knob})


def choice(default: str, options: Iterable[str] | Mapping[str, str], *, label: str, help: str) -> Any:
    """Declare a field that holds one of `options`; a mapping gives each its title on the page."""
    titles = dict(options) if isinstance(options, Mapping) else {option: option for option in options}
    return field(default=default, metadata={"knob": Choice(titles, label, help)})


def blocks(
    default: tuple[Block, ...],
    kinds: tuple[type[Block], ...],
    *,
    most: int,
    label: str,
    help: str,
) -> Any:
    """Declare a field that holds a list of at most `most` blocks."""
    return field(default=default, metadata={"knob": Blocks(kinds, most, label, help)})


@dataclass(frozen=True)
class _Knobbed:
    """A dataclass whose fields check themselves when it is made."""

    def __post_init__(self) -> None:
        for name, knob in self.knobs().items():
            object.__setattr__(self, name, knob.check(name, getattr(self, name)))

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """Return the knob of each field, in the order of declaration."""
        return {f.name: f.metadata["knob"] for f in dataclasses.fields(cls)}

    @classmethod
    def knob(cls, name: str) -> Knob:
        """Return the knob of one field.

        Raises:
            ConfigError: There is no such field; the message lists those there are.
        """
        knobs = cls.knobs()
        if name not in knobs:
            raise ConfigError(
                f"there is no setting {name!r}",
                field=name,
                expected="one of " + ", ".join(knobs),
                received=repr(name),
            )
        return knobs[name]


@dataclass(frozen=True)
class Block(_Knobbed):
    """One entry of a list of layers; written as its kind and its values, joined by colons."""

    kind: ClassVar[str]
    title: ClassVar[str]  # on the page

    @property
    def summary(self) -> str:
        """What is set, in a few words; empty where nothing can be."""
        return ""

    def to_text(self) -> str:
        """Return `kind:value:value` with every value, so that a new default changes no old link."""
        texts = [knob.format(getattr(self, name)) for name, knob in self.knobs().items()]
        return ":".join([self.kind, *texts])

    @classmethod
    def from_texts(cls, name: str, texts: list[str]) -> Self:
        """Make a block of this kind from the texts of its values.

        Raises:
            ConfigError: There are too many values, or one of them is wrong.
        """
        knobs = cls.knobs()
        if len(texts) > len(knobs):
            shape = ":".join([cls.kind, *knobs])
            raise wrong(name, f"{cls.kind} written as {shape}", ":".join([cls.kind, *texts]))
        pairs = zip(knobs.items(), texts, strict=False)
        return cls(**{key: knob.parse(f"{name}: {cls.kind} {key}", text) for (key, knob), text in pairs})


@dataclass(frozen=True)
class Config(_Knobbed):
    """Base of every family's settings."""

    schema: ClassVar[int]

    def validate(self, spec: DataSpec) -> None:
        """Check what no single field can, against the shape of the data.

        Raises:
            ConfigError: These settings are impossible together, or on this data.
        """

    def plan(self, spec: DataSpec) -> Plan:
        """Return the updates of a run on this data."""
        raise NotImplementedError

    @property
    def pace(self) -> tuple[Any, ...]:
        """What the time of an update depends on, besides networks and data."""
        raise NotImplementedError

    @property
    def may_end_early(self) -> bool:
        """Whether something that is measured on the way may end a run before its last update."""
        return False

    def ends_early(self, best: float, epochs_since: int) -> str:
        """Return the setting that ends a run now; empty if none does.

        Args:
            best: The best validation so far.
            epochs_since: Epochs since then.
        """
        return ""

    def moved(self, name: str, value: Any, spec: DataSpec) -> Self:
        """Return the settings after somebody has moved one; another that would leave it without effect gives way.

        Args:
            name: The setting that was moved.
            value: Where to.
            spec: The shape of the data.
        """
        return dataclasses.replace(self, **{name: value})

    def remark(self, name: str, spec: DataSpec) -> str:
        """Say at a setting's control what leaves it without effect on this data; empty if nothing does."""
        return ""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON's view: every field, blocks as texts, and `schema`."""
        values = {name: _plain(getattr(self, name)) for name in self.knobs()}
        return {"schema": self.schema, **values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a config from JSON's view; fields that are missing take their default.

        Raises:
            ConfigError: A key is unknown, a value is wrong, or the schema is another.
        """
        values = dict(data)
        schema = values.pop("schema", cls.schema)
        if schema != cls.schema:
            raise wrong("schema", str(cls.schema), schema)
        for name in values:
            cls.knob(name)
        return cls(**values)

    def changed(self, settings: Iterable[str]) -> Self:
        """Return a copy with `name=value` texts applied, as `--set` gives them.

        Raises:
            ConfigError: A text has no `=`, names no field, or gives a wrong value.
        """
        values = {}
        for setting in settings:
            name, equals, text = setting.partition("=")
            if not equals:
                raise wrong("a setting", "name=value", setting)
            values[name] = self.knob(name).parse(name, text)
        return dataclasses.replace(self, **values)

    def differences(self, other: Config) -> dict[str, tuple[str, str]]:
        """Return (mine, the other's) as texts for each field that differs."""
        pairs = ((name, knob, getattr(self, name), getattr(other, name)) for name, knob in self.knobs().items())
        return {n: (knob.format(mine), knob.format(theirs)) for n, knob, mine, theirs in pairs if mine != theirs}


C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Reference:
    """What the source of a recipe says that it reaches.

    Args:
        dataset: Id of the data set.
        accuracy: Share of the test images right after the last epoch.
    """

    dataset: str
    accuracy: float


@dataclass(frozen=True)
class Preset(Generic[C]):
    """A named starting point: its settings, the sentence that recommends it, and what its source reached, if it says.

    A run is held against the reference if it differs from `config` by its seed only. A preset that names a data set is
    made for that one; one that `suits` data is proposed for all such; one that shows a fault goes wrong on purpose.
    """

    id: str
    title: str
    sentence: str
    config: C
    reference: Reference | None = None
    dataset: str | None = None
    suits: Callable[[DataSpec], bool] | None = None
    shows_fault: bool = False


def to_query(config: C, preset: Preset[C]) -> dict[str, str]:
    """Return the part of a link that restores `config`: what differs from `preset`."""
    fields = {name: mine for name, (mine, _) in config.differences(preset.config).items()}
    return {"v": str(config.schema), "preset": preset.id, **fields}


IGNORED = "Ignored in the link: "


def from_query(query: Mapping[str, str], presets: Mapping[str, Preset[C]], default: str) -> tuple[C, str, list[str]]:
    """Read a link.

    Args:
        query: The link's parameters, without those that belong to others.
        presets: The family's presets by id.
        default: Id of the preset to start from when the link names none.

    Returns:
        The config, the id of its preset, and one sentence for each part that was ignored.
    """
    parts = dict(query)
    notes: list[str] = []
    config_type = type(presets[default].config)
    version = parts.pop("v", str(config_type.schema))
    if version != str(config_type.schema):
        notes.append(f"The link was made by version {version} of this form; what could be read was.")
    preset = parts.pop("preset", default)
    if preset not in presets:
        notes.append(f"There is no preset {preset!r}; what is shown starts from {default}.")
        preset = default
    config = presets[preset].config
    for name, text in parts.items():
        try:
            config = config.changed([f"{name}={text}"])
        except ConfigError as error:
            notes.append(f"{IGNORED}{error}")
    return config, preset, notes


def _plain(value: Any) -> Any:
    return [block.to_text() for block in value] if isinstance(value, tuple) else value
