"""Networks that were trained elsewhere: their layers are their settings. Shown like runs, not offered for training."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from core.config import Config, Preset
from core.config.fields import wrong
from core.datasets.features import Image, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.elsewhere.graph import MOST_LAYERS, is_plain
from core.elsewhere.size import check_size
from core.errors import ConfigError, NetworkError
from core.families import cnn, mlp
from core.families.family import Family
from core.families.logged import noted
from core.families.supervised.config import AT_SAMPLE
from core.families.supervised.results import RESULTS
from core.layers import LayerSpec, NetworkSpec
from core.layers.kinds import KINDS
from core.schedule.plan import Plan

MOST_NAMED = 12  # layers in words
LONGEST_NAME = 60


@dataclass(frozen=True)
class Layer:
    """A layer of such a network, as a setting."""

    spec: LayerSpec

    def to_text(self) -> str:
        """Return it as JSON."""
        spec = self.spec
        return json.dumps([spec.keras_class, dict(spec.kwargs), spec.name, list(spec.inputs)])

    @classmethod
    def from_text(cls, text: object) -> Layer:
        """Read the text of `to_text`; anybody may have written it.

        Raises:
            ValueError, TypeError: It is no layer that is known here, or has something besides numbers and short texts.
        """
        kind, kwargs, name, inputs = json.loads(str(text))
        is_named = isinstance(name, str) and name.isidentifier() and len(name) <= LONGEST_NAME
        if (
            kind not in KINDS
            or KINDS[kind].attends
            or not is_named
            or not all(isinstance(source, str) for source in inputs)
        ):
            raise ValueError("it is no layer")
        if not all(key.isidentifier() and is_plain(value) for key, value in kwargs.items()):
            raise ValueError("it has arguments that are no numbers")
        return cls(LayerSpec(kind, kwargs, name, tuple(inputs)))


@dataclass(frozen=True)
class Layers:
    """All layers of a network."""

    label: str
    help: str

    def check(self, name: str, value: object) -> tuple[Layer, ...]:
        """Return `value` as layers; accept a list of texts from JSON too.

        Raises:
            ConfigError: An entry is no layer, two have one name, one reads what does not come before it, or there are
                too many.
        """
        if not isinstance(value, list | tuple) or len(value) > MOST_LAYERS:
            raise wrong(name, self.expected(), type(value).__name__)
        try:
            layers = tuple(one if isinstance(one, Layer) else Layer.from_text(one) for one in value)
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            raise wrong(name, self.expected(), str(error)[:100]) from None
        known: set[str] = set()
        for layer in layers:
            if layer.spec.name in known or not known.issuperset(layer.spec.inputs):
                raise wrong(name, self.expected(), layer.spec.name)
            known.add(layer.spec.name)
        return layers

    def parse(self, name: str, text: str) -> tuple[Layer, ...]:
        """Refuse: a network is no text."""
        raise wrong(name, "a file with the network", text)

    def format(self, value: Sequence[Layer]) -> str:
        """Return the first layers in words."""
        words = [_words(layer.spec) for layer in value if not KINDS[layer.spec.keras_class].passes_on]
        more = [f"and {len(words) - MOST_NAMED} more"] if len(words) > MOST_NAMED else []
        return ", ".join([*words[:MOST_NAMED], *more])

    def say(self, value: Sequence[Layer]) -> str:
        """Return the number of layers in words."""
        return "1 layer" if len(value) == 1 else f"{len(value)} layers"

    def expected(self) -> str:
        """Describe the allowed values."""
        return f"at most {MOST_LAYERS:,} layers that are known here"


def _words(spec: LayerSpec) -> str:
    size = spec.kwargs.get("filters", spec.kwargs.get("units", ""))
    return f"{spec.keras_class} {size}".strip()


@dataclass(frozen=True, kw_only=True)
class ElsewhereConfig(Config):
    """What is known of a network that was trained elsewhere: the network itself."""

    schema: ClassVar[int] = 1
    seed: ClassVar[int] = 0
    precision: ClassVar[str] = "float32"
    time_budget_s: ClassVar[int] = 0

    file: str | None = noted("File", "The file that it came in.")
    scale: str | None = noted("Scaling of its input", "How examples are scaled before they come into it.")
    layers: tuple[Layer, ...] = field(
        default=(), metadata={"field": Layers("Layers", "The layers between the input and the prediction.")}
    )

    def validate(self, spec: DataSpec) -> None:
        """Check that the layers can be built for this data.

        Raises:
            ConfigError: They cannot, or are too large.
        """
        try:
            answers = check_size([layer.spec for layer in self.layers], spec.input_shape)
        except NetworkError as error:
            raise ConfigError(str(error).rstrip("."), field="layers") from error
        wanted = (spec.num_classes or 1,)
        if answers != wanted or self.layers[-1].spec.name != ("probabilities" if spec.classes else "number"):
            raise ConfigError("the network does not answer as this data needs it", field="layers")

    def plan(self, spec: DataSpec) -> Plan:
        """Return the plan of one pass; how it was really trained is not known."""
        return Plan(spec.train_size, spec.train_size, 1)


def _networks(config: ElsewhereConfig, spec: DataSpec) -> list[NetworkSpec]:
    return [NetworkSpec("network", tuple(layer.spec for layer in config.layers), spec.input_shape, spec.dtype)]


def _nothing(*given: Any) -> frozenset[str]:
    return frozenset()


FAMILY = Family(
    id="elsewhere",
    title="Trained elsewhere",
    sentence="A network that was trained by another program and came here as a .keras file.",
    invitation="",
    icon=":material/move_to_inbox:",
    presets={"elsewhere": Preset("elsewhere", "Trained elsewhere", "", ElsewhereConfig())},
    default_preset="elsewhere",
    takes=lambda spec: isinstance(spec.features, Image | Vector) and isinstance(spec.target, Classes | Number),
    networks=_networks,
    augmentation=lambda config: (),
    trainee="",
    script=lambda *given: [],
    views={
        "gallery": mlp.FAMILY.views["gallery"],
        "kernels": replace(cnn.FAMILY.views["kernels"], missing=""),
    },
    inspection=AT_SAMPLE,
    results=RESULTS,
    charts=(),
    controls=(),
    sections=(),
    unused=_nothing,
)
