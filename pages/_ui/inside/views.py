"""The views of the page Inside, and the choice among those that make sense for the network that is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.datasets import DataSpec
from core.datasets.features import Image, Series, Tokens, Vector
from core.datasets.targets import Classes, NextToken, Number
from core.families import Family, config_of, find_family
from core.families.supervised.config import SupervisedConfig
from core.layers import NetworkSpec
from core.layers.chain import is_chain
from core.layers.memory import goes_on, memories, stepwise
from core.store import Run
from pages._ui.inside.links import ONE_STEP, from_link, keep_in_link
from pages._ui.inside.subject import is_given
from pages._ui.shell import shell

FINDS = "Examples"  # the view that finds test examples itself
VIEW, PART = "inside_view", "inside_part"  # in the link too

Suits = Callable[[Family, NetworkSpec, DataSpec], bool]


def _always(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return True


def _sees_at_once(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return isinstance(spec.features, Image | Vector)


def _is_given_examples(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return is_given(network, spec) and _sees_at_once(family, network, spec)


def _has_learned(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return _is_given_examples(family, network, spec) and (family.makes_examples or spec.target.is_predicted)


def _says_classes(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return bool(spec.classes) and not family.makes_examples and _sees_at_once(family, network, spec)


def _predicts_rows(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return spec.features.noun == "row" and spec.target.is_predicted and not family.makes_examples


def _is_chain(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return not family.makes_examples and is_chain(network, spec.target)


def _has_one_loss(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return issubclass(family.config_type, SupervisedConfig)


def _reads_steps(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    reads = isinstance(spec.features, Image | Series | Tokens) and isinstance(spec.target, Classes | Number | NextToken)
    return reads and not family.makes_examples and is_given(network, spec) and bool(stepwise(network))


def _remembers(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return _reads_steps(family, network, spec) and bool(memories(network))


def _expects(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return _reads_steps(family, network, spec) and isinstance(spec.target, NextToken)


def _writes_from_memory(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return _expects(family, network, spec) and goes_on(network)


def _is_explained(family: Family, network: NetworkSpec, spec: DataSpec) -> bool:
    return _is_given_examples(family, network, spec) or _reads_steps(family, network, spec)


# Title -> what draws the view, as `module:name`, called with an `Inside`; and for which networks it makes sense.
VIEWS: dict[str, tuple[str, Suits]] = {
    "Layers": ("pages._ui.inside.layers.view:draw_layers", _sees_at_once),
    "Memory": ("pages._ui.inside.memory.view:draw_memory", _reads_steps),
    "Time step": ("pages._ui.inside.memory.step:draw_time_step", _remembers),
    "Predictions": ("pages._ui.inside.memory.expected:draw_expected", _expects),
    "Columns": ("pages._ui.inside.columns.view:draw_columns", _predicts_rows),
    "Why": ("pages._ui.inside.why.view:draw_why", _is_explained),
    "Clamp": ("pages._ui.inside.memory.write:draw_clamp", _writes_from_memory),
    "How far back": ("pages._ui.inside.memory.reach:draw_reach_view", _reads_steps),
    "Over time": ("pages._ui.inside.moments.view:draw_moments", _sees_at_once),
    "Learned": ("pages._ui.inside.learned.view:draw_learned", _has_learned),
    FINDS: ("pages._ui.inside.images.view:draw_images", _says_classes),
    ONE_STEP: ("pages._ui.inside.step.view:draw_step", _is_chain),
    "Weights": ("pages._ui.inside.weights.view:draw_weights", _always),
    "First weights": ("pages._ui.inside.signals.view:draw_first_weights", _has_one_loss),
    "Loss surface": ("pages._ui.inside.landscape.view:draw_surface", _has_one_loss),
}


def choose_view(run: Run, part: NetworkSpec) -> str:
    """Draw the choice of the view, of those that make sense for this network, and return it."""
    family, spec = find_family(str(run.family)), shell.dataset(run.dataset).spec
    views = [title for title, (_, suits) in VIEWS.items() if suits(family, part, spec)]
    with st.container(key="inside_views"):
        chosen = st.segmented_control(
            "View",
            views,
            default=from_link(VIEW, views, views[0]),
            required=True,
            key=f"{VIEW}_{part.id}_{len(views)}",  # a choice among other views is another one
            label_visibility="collapsed",
        )
    return keep_in_link(VIEW, str(chosen) if chosen in views else views[0], views[0])


def chosen_part(run: Run, networks: Mapping[str, NetworkSpec]) -> NetworkSpec:
    """Return the chosen network: it decides which views there are above it."""
    first, names = next(iter(networks)), list(networks)
    chosen = st.session_state.get(f"{PART}_{run.family}")
    return networks[chosen if chosen in networks else from_link(PART, names, first)]


def choose_part(run: Run, networks: Mapping[str, NetworkSpec], part: NetworkSpec) -> None:
    """Draw the choice between a run's networks, if there are several."""
    if len(networks) == 1:
        return
    st.segmented_control(
        "Network",
        list(networks),
        default=part.id,
        format_func=lambda one: networks[one].title,
        required=True,
        key=f"{PART}_{run.family}",
        label_visibility="collapsed",
    )
    keep_in_link(PART, part.id, next(iter(networks)))


def networks_of(run: Run) -> Mapping[str, NetworkSpec]:
    """Return the networks of a run by id, the main one first."""
    spec = shell.dataset(run.dataset).spec
    return {network.id: network for network in find_family(str(run.family)).networks(config_of(run), spec)}
