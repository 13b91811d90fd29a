"""A family's settings: a frozen dataclass with fields from `bounded`, `choice` and `blocks`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from core.config.blocks import Blocks
from core.config.corrections import Correction
from core.config.fields import Fields, wrong

if TYPE_CHECKING:
    from core.datasets.spec import DataSpec
    from core.schedule.plan import Plan


@dataclass(frozen=True)
class Config(Fields):
    """Base of every family's settings."""

    schema: ClassVar[int]
    steerable: ClassVar[tuple[str, ...]] = ()  # numbers that can be changed while a run trains, besides dropout
    limits_examples: ClassVar[str] = ""  # the setting for the number of training examples, 0 for all; empty if none

    @property
    def seed(self) -> int:
        """Seed of all random numbers."""
        raise NotImplementedError

    @property
    def precision(self) -> str:
        """Floating-point format: auto, float32 or bfloat16."""
        raise NotImplementedError

    @property
    def time_budget_s(self) -> int:
        """Seconds of training after which to stop; 0 for no limit."""
        raise NotImplementedError

    def validate(self, spec: DataSpec) -> None:
        """Check the settings together, and against the shape of the data.

        Raises:
            ConfigError: These settings are impossible together, or on this data.
        """

    def plan(self, spec: DataSpec) -> Plan:
        """Return the training plan of a run on this data."""
        raise NotImplementedError

    def used_size(self, spec: DataSpec) -> int:
        """Return the number of training examples that a run uses, those held back for validation included."""
        return spec.train_size

    def holds_back(self, spec: DataSpec) -> bool:
        """Return whether a run measures itself after each epoch, on training examples held back for validation."""
        return False

    def holding_back(self) -> Self:
        """Return these settings with training examples held back; unchanged where none can be."""
        return self

    def timed(self, seconds: int, passes: float) -> Self:
        """Return these settings for a run that its time budget ends, if anything does.

        Args:
            seconds: The time budget.
            passes: Passes through the training examples that will probably fit into it.
        """
        raise NotImplementedError

    def widened(self, factor: float) -> Self:
        """Return these settings with networks that are so many times as wide, as far as bounds allow."""
        layers = {name: getattr(self, name) for name, field in self.fields().items() if isinstance(field, Blocks)}
        wider = {name: tuple(block.widened(factor) for block in blocks) for name, blocks in layers.items()}
        return dataclasses.replace(self, **wider)

    @property
    def corrected(self) -> tuple[Correction, ...]:
        """Training labels that a run replaces, and examples that it leaves out."""
        return ()

    def one_epoch(self) -> Self:
        """Return these settings for one pass through the training examples, which nothing ends early."""
        raise NotImplementedError

    def longer(self, spec: DataSpec, done: int, epochs: int) -> Self:
        """Return these settings for a run that goes on, which nothing ends early.

        Args:
            spec: The shape of the data.
            done: Updates that are done; an epoch that has begun is completed first.
            epochs: Epochs to come.

        Raises:
            ConfigError: The whole run would be too long.
        """
        raise NotImplementedError

    lengths: ClassVar[tuple[str, ...]] = ()  # settings that say how long a run is at most

    @property
    def depends_on_length(self) -> bool:
        """Whether each update depends on how long the whole run is."""
        return False

    @property
    def state_of(self) -> tuple[object, ...]:
        """Settings, besides networks, on which the variables of the optimisers depend."""
        raise NotImplementedError

    @property
    def pace(self) -> tuple[object, ...]:
        """Settings that affect the time of an update, besides networks and data."""
        raise NotImplementedError

    @property
    def may_end_early(self) -> bool:
        """Whether validation may end a run before its last update."""
        return False

    def ends_early(self, best: float, epochs_since: int) -> str:
        """Return the name of the setting that ends a run now; empty if none does.

        Args:
            best: The best validation result so far.
            epochs_since: Epochs since that result.
        """
        return ""

    def moved(self, name: str, value: object, spec: DataSpec) -> Self:
        """Return the settings after a user changed one; reset another that would disable it.

        Args:
            name: The changed setting.
            value: Its new value.
            spec: The shape of the data.
        """
        return dataclasses.replace(self, **{name: value})

    def remark(self, name: str, spec: DataSpec) -> str:
        """Return a hint about what disables a setting on this data; empty if nothing does."""
        return ""

    def to_dict(self) -> dict[str, object]:
        """Return a dict for JSON: every field, blocks as texts, and `schema`."""
        values = {name: _plain(getattr(self, name)) for name in self.fields()}
        return {"schema": self.schema, **values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Create a config from the dict of `to_dict`; missing fields take their default.

        Raises:
            ConfigError: A key is unknown, a value is wrong, or the schema is different.
        """
        values = dict(data)
        schema = values.pop("schema", cls.schema)
        if schema != cls.schema:
            raise wrong("schema", str(cls.schema), schema)
        for name in values:
            cls.field(name)
        return cls(**values)

    def changed(self, settings: Iterable[str]) -> Self:
        """Return a copy with `name=value` texts from `--set` applied.

        Raises:
            ConfigError: A text has no `=`, an unknown name, or a wrong value.
        """
        values = {}
        for setting in settings:
            name, equals, text = setting.partition("=")
            if not equals:
                raise wrong("a setting", "name=value", setting)
            values[name] = self.field(name).parse(name, text)
        return dataclasses.replace(self, **values)

    def differences(self, other: Config) -> dict[str, tuple[str, str]]:
        """Return (this value, other value) as texts for each field that differs."""
        pairs = ((name, field, getattr(self, name), getattr(other, name)) for name, field in self.fields().items())
        return {n: (field.format(mine), field.format(theirs)) for n, field, mine, theirs in pairs if mine != theirs}


C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Reference:
    """Test accuracy that the source of a recipe reports.

    Args:
        dataset: Id of the data set.
        accuracy: Test accuracy after the last epoch, 0 to 1.
    """

    dataset: str
    accuracy: float


@dataclass(frozen=True)
class Preset(Generic[C]):
    """A named starting point for a config.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        sentence: Its recommendation, in one sentence.
        config: The settings.
        reference: Reported accuracy, compared with runs that differ from `config` in the seed only.
        dataset: Id of the data set that it is made for, if any.
        suits: Data's shape -> whether to propose the preset for such data.
        shows_fault: Whether it goes wrong on purpose.
        before: What differs in links that name it, by the last version of links for which that holds.
    """

    id: str
    title: str
    sentence: str
    config: C
    reference: Reference | None = None
    dataset: str | None = None
    suits: Callable[[DataSpec], bool] | None = None
    shows_fault: bool = False
    before: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)


def _plain(value: object) -> object:
    return [block.to_text() for block in value] if isinstance(value, tuple) else value
