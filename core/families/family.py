"""What every model family declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import Config, Preset
from core.datasets.spec import DataSpec
from core.figures.pictures import Gallery, Picture
from core.layers import LayerSpec, NetworkSpec
from core.program.writer import Part

if TYPE_CHECKING:
    from core.datasets import Dataset, Prepared

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class View:
    """Something that can be looked at at every snapshot of a run.

    Args:
        title: Heading on the page.
        sentence: What there is to see, in one line.
        prefix: The snapshot's arrays it needs are those whose names begin so.
        draw: Those arrays and the data's shape -> pictures; none if there are no arrays.
        missing: What is said where there is none; if nothing is, the view is left away.
        shows_data: Whether it shows examples of the data, or what is computed from one or could repeat one.
        width: CSS pixels of each picture; by default a whole multiple of its own.
    """

    title: str
    sentence: str
    prefix: str
    draw: Callable[[Arrays, DataSpec], list[Picture]]
    missing: str = "This network has none."
    width: int | None = None
    shows_data: bool = False


@dataclass(frozen=True)
class Chart:
    """A live chart.

    Args:
        title, unit: Of what it draws.
        metrics: What it draws, training first.
        names: Of each in its legend.
        takes: (settings, data's shape) -> whether there is such a chart.
        digits: How its numbers are written, as d3-format has it: as many digits as are true.
    """

    title: str
    unit: str
    metrics: tuple[str, ...]
    names: tuple[str, ...]
    takes: Callable[[Any, DataSpec], bool] = lambda config, spec: True
    digits: str = ".4~g"


@dataclass(frozen=True)
class Inspection:
    """What is asked about a network to show all views of it.

    Args:
        method: As the probe knows it; it answers with the arrays that a snapshot's views have.
        given: (config, prepared data) -> what goes into the network.
        is_at_sample: Whether that is the first training image, which is then shown beside.
        depends: Settings besides the networks on which the inspection of an untrained network depends.
        beside: Prepared data -> arrays that views show beside the answer of an untrained network.
    """

    method: str
    given: Callable[[Any, Prepared], np.ndarray]
    is_at_sample: bool = False
    depends: tuple[str, ...] = ("seed",)
    beside: Callable[[Prepared], Arrays] = lambda data: {}


@dataclass(frozen=True)
class Result:
    """What a run is judged by.

    Args:
        key: Entry of a run's summary; there once the run was measured.
        say: That entry -> a few words.
        missing: What is said where results will be.
        curve: A metric of every update, a share, that lists of runs draw, and what it is; none if there is no such.
        page: What draws the results of a run, as `module:name`; resolved by the page.
        more: Further entries of the summary that say how good a run is.
        takes: Data's shape -> whether runs on it are judged so.
    """

    key: str
    say: Callable[[float], str]
    missing: str
    curve: tuple[str, str] | None
    page: str
    more: tuple[str, ...] = ()
    takes: Callable[[DataSpec], bool] = lambda spec: True


@dataclass(frozen=True)
class Preview:
    """What a section shows under its controls: what they do to the data.

    Args:
        key: Config -> all that it depends on; empty if there is nothing to see.
        draw: (arrays, data) -> what is shown.
        compute: (config, prepared data) -> the arrays, in milliseconds and without TensorFlow; None if they are the
            probe's `augmented` of the sample image.
    """

    key: Callable[[Any], str]
    draw: Callable[[Arrays, DataSpec], list[Gallery]]
    compute: Callable[[Any, Prepared], Arrays] | None = None


@dataclass(frozen=True)
class Section:
    """A folded group of the form.

    Args:
        id: Stable name. The section `data` also holds the choice of the data set.
        title: Heading on the page.
        controls: Names of the config's fields.
        summary: Config -> what is set, in one line.
        drawing: (config, data) -> an SVG that shows what the controls do, if there is one.
        preview: What is shown under the controls, if anything.
    """

    id: str
    title: str
    controls: tuple[str, ...]
    summary: Callable[[Any], str]
    drawing: Callable[[Any, DataSpec], str] | None = None
    preview: Preview | None = None


@dataclass(frozen=True)
class Family:
    """A kind of network that can be set up, trained and looked into.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        sentence: What it is, in one sentence.
        invitation: What there is to do with it, for a newcomer, in Markdown.
        icon: Its symbol in the menu, as Streamlit writes them.
        presets: Starting points by id.
        default_preset: Id of the one that a newcomer gets.
        takes: Data's shape -> whether its networks can learn from such data.
        networks: (config, data) -> its networks, layer by layer; the first is what a run is about.
        augmentation: Config -> layers that change each training example at random.
        trainee: Heavy class that trains it, as `module:name`; resolved in the worker only.
        script: (config, data set, networks, augmentation, dtype policy) -> the program that does the same in plain
            Keras, part by part.
        views: What every snapshot shows, by id.
        inspection: How an untrained network is looked at.
        results: What runs are judged by: a run by the first that was measured.
        charts: What is plotted while it trains.
        controls: Names of the config's fields that are open in the form.
        sections: The rest of the form.
        unused: (config, data) -> names of fields that change nothing as the others are.
        extra: More views of a run, by title: what draws each, as `module:name`; resolved by the page.
        makes_examples: Whether its networks make examples like those of the data.
    """

    id: str
    title: str
    sentence: str
    invitation: str
    icon: str
    presets: Mapping[str, Preset[Any]]
    default_preset: str
    takes: Callable[[DataSpec], bool]
    networks: Callable[[Any, DataSpec], Sequence[NetworkSpec]]
    augmentation: Callable[[Any], Sequence[LayerSpec]]
    trainee: str
    script: Callable[..., list[Part]]
    views: Mapping[str, View]
    inspection: Inspection
    results: tuple[Result, ...]
    charts: tuple[Chart, ...]
    controls: tuple[str, ...]
    sections: tuple[Section, ...]
    unused: Callable[[Any, DataSpec], frozenset[str]]
    extra: Mapping[str, str] = field(default_factory=dict)
    makes_examples: bool = False

    def result(self, summary: Mapping[str, Any], spec: DataSpec | None = None) -> Result:
        """Return what a run of this summary is judged by, or will be if its data is of this shape."""
        measured = (result for result in self.results if result.key in summary)
        coming = (result for result in self.results if spec is not None and result.takes(spec))
        return next(measured, None) or next(coming, self.results[0])

    def is_measured(self, summary: Mapping[str, Any]) -> bool:
        """Return whether a run of this summary has results."""
        return any(result.key in summary for result in self.results)

    def program(self, config: Config, dataset: Dataset, policy: str = "") -> list[Part]:
        """Return the program that does in plain Keras what a run of this config does.

        Args:
            config: The settings.
            dataset: What it learns from.
            policy: Keras' dtype policy of a run that was.
        """
        return self.script(config, dataset, self.networks(config, dataset.spec), self.augmentation(config), policy)

    def preset_for(self, spec: DataSpec, dataset_id: str = "") -> Preset[Any]:
        """Return the preset to start from: one for that data set, else the first that suits it, else the default."""
        made = (preset for preset in self.presets.values() if preset.dataset == dataset_id)
        suited = (preset for preset in self.presets.values() if preset.suits is not None and preset.suits(spec))
        return next(made, None) or next(suited, self.presets[self.default_preset])

    def layers(self, config: Config, spec: DataSpec) -> Sequence[LayerSpec]:
        """Return the layers of the network that a run is about."""
        return self.networks(config, spec)[0].specs

    @property
    def config_type(self) -> type[Config]:
        """The class of the family's settings."""
        return type(self.presets[self.default_preset].config)
