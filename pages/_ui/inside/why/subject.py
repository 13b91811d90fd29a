"""What is explained: a network that answers about an example, and how its answers are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.families import config_of, find_family
from core.layers import NetworkSpec
from core.names import shortened
from pages._ui.inside.subject import Inside
from pages._ui.shell import words

OWN = -1  # the network's answer


@dataclass(frozen=True, eq=False)
class Explained:
    """A network and its example.

    Args:
        inside: The network at its moment.
        example: The example, in the network's dtype.
        classes: Names of the answers; () for a number or a score.
        convolutions: Names of the layers that Grad-CAM can look at, first to last.
    """

    inside: Inside
    example: np.ndarray
    classes: tuple[str, ...]
    convolutions: tuple[str, ...]

    @property
    def is_image(self) -> bool:
        """Whether the example is an image."""
        return self.example.ndim == 3

    def name(self, answer: int) -> str:
        """Return the name of an answer for Markdown."""
        return words.name(shortened(self.classes[answer])) if self.classes else "the number"

    def says(self, answers: np.ndarray, answer: int) -> str:
        """Return an answer with its share or value, in a few words."""
        value = float(answers[answer])
        if self.classes:
            return f"{self.name(answer)} ({words.percent(value)})"
        return words.number(value)


def explained(inside: Inside) -> Explained | None:
    """Return what can be explained; say what is missing if nothing can."""
    family, spec = find_family(str(inside.run.family)), inside.dataset.spec
    network = _network(inside)
    if network.input_shape != spec.input_shape or network.takes != spec.features.noun:
        st.info("This network makes examples instead of answering about them, so there is no answer to explain.")
        return None
    if inside.example is None:
        st.info("Draw or choose an example. Here you then see which parts of it moved the answer, and which did not.")
        return None
    classes = spec.classes if family.inspection.is_at_sample else ()
    return Explained(inside, inside.example.astype(network.dtype), classes, convolutions_of(inside))


def convolutions_of(inside: Inside) -> tuple[str, ...]:
    """Return the names of the layers that Grad-CAM can look at, first to last."""
    return tuple(layer.name for layer in _network(inside).specs if "Conv2D" in layer.keras_class)


def _network(inside: Inside) -> NetworkSpec:
    networks = find_family(str(inside.run.family)).networks(config_of(inside.run), inside.dataset.spec)
    return next(one for one in networks if one.id == inside.part)
