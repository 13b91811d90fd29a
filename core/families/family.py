"""The parts that every model family declares."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import Config, Preset
from core.datasets.spec import DataSpec
from core.figures.pictures import Gallery, Shown
from core.layers import LayerSpec, NetworkSpec
from core.program.writer import Part

if TYPE_CHECKING:
    from core.datasets import Dataset, Prepared
    from core.steering.record import ByHand

Arrays = Mapping[str, np.ndarray]
Ask = Callable[[str, np.ndarray], Arrays]  # (id of a network, its input) -> what it makes of that


@dataclass(frozen=True)
class View:
    """Pictures drawn from each snapshot of a run.

    Args:
        title: Heading on the page.
        sentence: Caption, in one line.
        prefix: Prefix of the names of the snapshot's arrays that it needs. They are written by the class of
            `Inspection.method`, by its `beside` or by `Trainee.views`. Names that begin with `weights` are taken by the
            network's own weights.
        draw: (those arrays, the data's shape) -> pictures, charts or texts; an empty list without arrays.
        missing: Text when there are no pictures; if empty, the view is hidden.
        is_beside: Data's shape -> whether it is small and says most, so that it stands beside the networks.
        shows_data: Whether it shows examples, or anything computed from them or able to repeat them.
        width: CSS pixels of each picture; by default a whole multiple of its own width.
        takes: Data's shape -> whether there can be such pictures; if not, the view is hidden.
    """

    title: str
    sentence: str
    prefix: str
    draw: Callable[[Arrays, DataSpec], Sequence[Shown]]
    missing: str = "This network has none."
    width: int | None = None
    shows_data: bool = True
    is_beside: Callable[[DataSpec], bool] = lambda spec: False
    takes: Callable[[DataSpec], bool] = lambda spec: True


@dataclass(frozen=True)
class Chart:
    """A live chart.

    Args:
        title, unit: Heading, and label of the y axis.
        metrics: Names of the metrics, training first.
        names: Legend of each metric.
        takes: (settings, data's shape) -> whether to show the chart.
        digits: Number format in d3-format syntax, with the significant digits only.
        levels: Lines across, of what simple methods reach: metric of step 0 -> its words.
    """

    title: str
    unit: str
    metrics: tuple[str, ...]
    names: tuple[str, ...]
    takes: Callable[[Any, DataSpec], bool] = lambda config, spec: True
    digits: str = ".4~g"
    levels: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Noise:
    """The random input of a generator.

    Args:
        draw: (config, data's shape, seed, class or None) -> float32 (n,).
        classes: (config, data's shape) -> how many classes can be asked for; 0 if none can.
    """

    draw: Callable[[Any, DataSpec, int, int | None], np.ndarray]
    classes: Callable[[Any, DataSpec], int]


@dataclass(frozen=True)
class Inspection:
    """The probe's question that yields all views of a network.

    Args:
        method: Key of the probe's `METHODS`; it returns the arrays that the views need.
        given: (config, prepared data) -> input of the network.
        is_at_sample: Whether that input is the first training example, which the page then shows too.
        depends: Settings, besides the networks, that change the views of an untrained network.
        beside: Prepared data -> further arrays for the views of an untrained network.
        chain: (ask, config, prepared data) -> the same arrays, where several networks look at what each other makes:
            `ask` puts `method` to one of them. None if the main network alone is asked about `given`.
        reading: Config -> how the last network's verdict on made and real examples is read; "" for a share, 0 to 1.
        boundary: Config -> the score of the last network above which an example is called real; None if it judges none,
            or only differences between its scores count.
        noise: What the main network makes examples of; None if it is given examples.
    """

    method: str
    given: Callable[[Any, Prepared], np.ndarray]
    is_at_sample: bool = False
    depends: tuple[str, ...] = ("seed",)
    beside: Callable[[Prepared], Arrays] = lambda data: {}
    chain: Callable[[Ask, Any, Prepared], Arrays] | None = None
    reading: Callable[[Any], str] = lambda config: ""
    boundary: Callable[[Any], float | None] = lambda config: None
    noise: Noise | None = None


@dataclass(frozen=True)
class Result:
    """The main result of a run.

    Args:
        key: Key in a run's summary; present once the run was measured.
        title: What it measures.
        say: That value -> a few words.
        apart: Difference of two values -> a few words, such as `+2.1 points`.
        missing: Text before there are results.
        curve: (metric of every update, 0 to 1, its title) for the curve in lists of runs; None for no curve.
        page: Function that draws the results, as `module:name`; resolved by the page.
        more: Further result keys of the summary.
        is_share: Whether it is a share, 0 to 1, written in percent.
        highest: No value can be above it.
        takes: Data's shape -> whether runs on such data have this result.
    """

    key: str
    title: str
    say: Callable[[float], str]
    apart: Callable[[float], str]
    missing: str
    curve: tuple[str, str] | None
    page: str
    more: tuple[str, ...] = ()
    is_share: bool = False
    highest: float = math.inf
    takes: Callable[[DataSpec], bool] = lambda spec: True


@dataclass(frozen=True)
class Preview:
    """A preview, under a section's controls, of their effect on the data.

    Args:
        key: Config -> cache key of all that the preview depends on; empty for no preview.
        draw: (arrays, data) -> galleries.
        compute: (config, prepared data) -> the arrays, in milliseconds and without TensorFlow; None to ask the probe's
            method `augmented` about the sample image.
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
        summary: Config -> its settings in one line.
        drawing: (config, data) -> an SVG of the controls' effect; None for no drawing.
        preview: Preview under the controls; None for none.
    """

    id: str
    title: str
    controls: tuple[str, ...]
    summary: Callable[[Any], str]
    drawing: Callable[[Any, DataSpec], str] | None = None
    preview: Preview | None = None


@dataclass(frozen=True)
class Family:
    """A kind of network to set up, train and inspect.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        sentence: Its description, in one sentence.
        invitation: A suggestion for newcomers, in Markdown.
        icon: Its icon in the menu, in Streamlit's syntax.
        presets: Starting points by id.
        default_preset: Id of the first preset for newcomers.
        takes: Data's shape -> whether its networks can learn from such data.
        networks: (config, data) -> its networks, layer by layer; the first is the run's main network.
        augmentation: Config -> layers that change each training example at random.
        trainee: Heavy class that trains it, as `module:name`; resolved in the worker only.
        script: (config, data set, networks, augmentation, dtype policy, what was done by hand) -> the same training as
            a plain Keras program, part by part.
        views: Views of every snapshot, by id.
        inspection: The probe's question for the views of an untrained network.
        results: Possible main results; a run has the first one in its summary.
        charts: Live charts of training.
        controls: Names of the config's fields at the top of the form.
        sections: The rest of the form.
        unused: (config, data) -> names of fields without effect under the other settings.
        extra: Further views of a run: title -> function that draws it, as `module:name`; resolved by the page.
        makes_examples: Whether its networks generate examples like those of the data.
        scratch: As `script`, with the file `start` to load and the `steps` to make: the same training in NumPy alone;
            None if there is no such program.
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
    scratch: Callable[..., list[Part]] | None = None

    def result(self, summary: Mapping[str, Any], spec: DataSpec | None = None) -> Result:
        """Return the main result of a run with this summary, or the one expected on data of this shape."""
        measured = (result for result in self.results if result.key in summary)
        coming = (result for result in self.results if spec is not None and result.takes(spec))
        return next(measured, None) or next(coming, self.results[0])

    def is_measured(self, summary: Mapping[str, Any]) -> bool:
        """Return whether a run with this summary has results."""
        return any(result.key in summary for result in self.results)

    def results_of(self, summary: Mapping[str, Any]) -> tuple[Result, ...]:
        """Return the possible main results of a run with this summary."""
        return self.results

    def charts_of(self, measured: Collection[str]) -> tuple[Chart, ...]:
        """Return the possible charts of a run with these metrics."""
        return self.charts

    @property
    def is_trained_here(self) -> bool:
        """Whether this server trains its runs, rather than another program that logs them."""
        return bool(self.trainee)

    @property
    def has_networks(self) -> bool:
        """Whether the networks of its runs are here, to be drawn and asked; those of logged runs are not."""
        return bool(self.inspection.method)

    def program(self, config: Config, dataset: Dataset, policy: str = "", by_hand: ByHand | None = None) -> list[Part]:
        """Return a plain Keras program that does the same as a run of this config.

        Args:
            config: The settings.
            dataset: The data set.
            policy: Keras dtype policy of the run; empty for a run that has not started.
            by_hand: What was done to the run while it trained.
        """
        networks = self.networks(config, dataset.spec)
        return self.script(config, dataset, networks, self.augmentation(config), policy, by_hand)

    def preset_for(self, spec: DataSpec, dataset_id: str = "") -> Preset[Any]:
        """Return the preset for a data set: one made for it, else the first that suits it, else the default."""
        made = (preset for preset in self.presets.values() if preset.dataset == dataset_id)
        suited = (preset for preset in self.presets.values() if preset.suits is not None and preset.suits(spec))
        return next(made, None) or next(suited, self.presets[self.default_preset])

    def layers(self, config: Config, spec: DataSpec) -> Sequence[LayerSpec]:
        """Return the layers of the main network."""
        return self.networks(config, spec)[0].specs

    @property
    def config_type(self) -> type[Config]:
        """The class of the family's settings."""
        return type(self.presets[self.default_preset].config)
