"""What is explained: a network that answers about an example, and how its answers are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.families import config_of
from core.layers import trace
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
        boundary: The score above which an example is called real, of a network that says so.
    """

    inside: Inside
    example: np.ndarray
    classes: tuple[str, ...]
    convolutions: tuple[str, ...]
    boundary: float | None = None

    @property
    def can_be_attacked(self) -> bool:
        """Whether it has one answer that can be changed: not a score for each class that was asked for."""
        return not self.inside.judges or self.scores == 1

    @property
    def scores(self) -> int:
        """How many numbers it answers."""
        network = self.inside.network
        return int(list(trace(network.specs, network.input_shape))[-1].output_shape[-1])

    @property
    def target(self) -> int:
        """What is explained by default: its answer, or the score for the class that was asked for."""
        is_by_class = self.inside.judges and self.scores > 1 and self.inside.truth is not None
        return int(self.inside.truth or 0) if is_by_class else OWN

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
        verdict = "" if self.boundary is None else f", {'real' if value > self.boundary else 'generated'}"
        return words.number(value) + verdict


def explained(inside: Inside) -> Explained | None:
    """Return what can be explained; say what is missing if nothing can."""
    if inside.example is None:
        st.info("Draw or choose an example. Here you then see which parts of it moved the answer, and which did not.")
        return None
    boundary = inside.family.inspection.boundary(config_of(inside.run)) if inside.judges else None
    example = inside.example.astype(inside.network.dtype)
    return Explained(inside, example, inside.classes, convolutions_of(inside), boundary)


def convolutions_of(inside: Inside) -> tuple[str, ...]:
    """Return the names of the layers that Grad-CAM can look at, first to last."""
    return tuple(layer.name for layer in inside.network.specs if "Conv2D" in layer.keras_class)
