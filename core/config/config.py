"""A family's settings: a frozen dataclass whose fields are made by `bounded`, `choice` and `blocks`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from core.config.fields import Fields, wrong

if TYPE_CHECKING:
    from core.datasets.spec import DataSpec
    from core.schedule.plan import Plan


@dataclass(frozen=True)
class Config(Fields):
    """Base of every family's settings."""

    schema: ClassVar[int]

    @property
    def seed(self) -> int:
        """Start of all chance."""
        raise NotImplementedError

    @property
    def precision(self) -> str:
        """Digits of the arithmetic: auto, float32 or bfloat16."""
        raise NotImplementedError

    @property
    def time_budget_s(self) -> int:
        """Seconds of training after which to stop; 0 for no limit."""
        raise NotImplementedError

    def validate(self, spec: DataSpec) -> None:
        """Check what no single field can, against the shape of the data.

        Raises:
            ConfigError: These settings are impossible together, or on this data.
        """

    def plan(self, spec: DataSpec) -> Plan:
        """Return the updates of a run on this data."""
        raise NotImplementedError

    @property
    def pace(self) -> tuple[object, ...]:
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

    def moved(self, name: str, value: object, spec: DataSpec) -> Self:
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

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view: every field, blocks as texts, and `schema`."""
        values = {name: _plain(getattr(self, name)) for name in self.fields()}
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
            cls.field(name)
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
            values[name] = self.field(name).parse(name, text)
        return dataclasses.replace(self, **values)

    def differences(self, other: Config) -> dict[str, tuple[str, str]]:
        """Return (mine, the other's) as texts for each field that differs."""
        pairs = ((name, field, getattr(self, name), getattr(other, name)) for name, field in self.fields().items())
        return {n: (field.format(mine), field.format(theirs)) for n, field, mine, theirs in pairs if mine != theirs}


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


def _plain(value: object) -> object:
    return [block.to_text() for block in value] if isinstance(value, tuple) else value
