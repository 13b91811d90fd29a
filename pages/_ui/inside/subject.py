"""What is looked at on the page Inside: a network at a moment of its training, and an example."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.datasets import Dataset, DataSpec
from core.datasets.features import Vector
from core.families import Family, config_of, find_family
from core.layers import NetworkSpec
from core.runs.visible import dead_at
from core.store import Run
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import privacy, shell
from pages._ui.studio.untrained import follow_answer

PATIENCE_S = 0.4  # how long a page waits for an answer; most come sooner, so that nothing flickers
DEADLINE_S = 6.0

Arrays = Mapping[str, np.ndarray]


def is_given(network: NetworkSpec, spec: DataSpec) -> bool:
    """Return whether a network is given examples of the data, rather than noise."""
    return network.input_shape == spec.input_shape and network.takes == spec.features.noun


@dataclass(frozen=True, eq=False)
class Inside:
    """One network of a run at a saved moment, and the example that it is given.

    Args:
        run: The run.
        step: The chosen snapshot.
        steps: All saved ones, in order.
        dataset: The run's data.
        part: Id of the network.
        example: Its input as chosen, uint8 (h, w, c) or float32 (n,); None if there is none yet.
        index: Row of the test set that the example is, unchanged; None of any other example.
        truth: Class of that test example; None if it has none.
        sees: Whether this visitor may see the run's data.
        is_own: Whether the visitor brought the example.
        label: What the test example should give that it is, or was changed from: its class or number.
        typed: The part of a text of the visitor's own that each of its tokens stands for.
    """

    run: Run
    step: int
    steps: tuple[int, ...]
    dataset: Dataset
    part: str
    example: np.ndarray | None
    index: int | None
    truth: int | None
    sees: bool
    is_own: bool = False
    label: float | None = None
    typed: tuple[str, ...] = ()

    @property
    def family(self) -> Family:
        """Its family."""
        return find_family(str(self.run.family))

    @property
    def network(self) -> NetworkSpec:
        """The network."""
        networks = self.family.networks(config_of(self.run), self.dataset.spec)
        return next(one for one in networks if one.id == self.part)

    @property
    def takes_examples(self) -> bool:
        """Whether the network is given examples of the data, and says something about them."""
        return is_given(self.network, self.dataset.spec)

    @property
    def judges(self) -> bool:
        """Whether the network says how real an example is."""
        return self.family.makes_examples and self.takes_examples

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of what the network answers; () of a number or of scores."""
        return () if self.family.makes_examples else self.dataset.spec.classes

    @property
    def dead(self) -> Arrays:
        """Which units are dead, bool (..., units) by layer."""
        part = self.part if self.family.makes_examples else ""
        return dead_at(shell.store(), self.run.id, self.step, part)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers of an example; () of an image."""
        features = self.dataset.spec.features
        return tuple(features.names) if isinstance(features, Vector) else ()

    def asker(self, deadline_s: float = DEADLINE_S) -> Callable[..., Arrays]:
        """Return a function that asks about this snapshot in any thread: (method, given, **options) -> arrays."""
        store, run, step, part, me = shell.store(), self.run, self.step, self.part, privacy.viewer(self.run)
        return lambda method, given, **options: ask_snapshot(
            store, run, step, method, given, actor=me, part=part, deadline_s=deadline_s, **options
        )

    def follow(
        self,
        name: str,
        question: Callable[[], object],
        show: Callable[..., None],
        *,
        given: object = (),
        height: int,
        is_private: bool = True,
        wait: Callable[[], object] | None = None,
    ) -> bool:
        """Show an answer as soon as it arrives, until then the one before; return whether it could be asked.

        Args:
            name: Name of the question, one for each place on the page.
            question: Called in another thread, so it must not use `st`.
            show: Draws the answer.
            given: All that the answer depends on besides run, step, part and example.
            height: Height of the placeholder in pixels.
            is_private: Whether the question needs the run's data, or its answer could show it. If not, those who may
                not see the data may ask it about an example of their own.
            wait: Draws something better than a placeholder.
        """
        if self.dataset.spec.is_recited and not self.sees:
            privacy.say("What a network says that writes, which could be what it learned by heart, is")
            return False
        memory = f"_inside_{name}_{self.run.id}_{self.part}"
        return follow_answer(
            memory,
            self._key(name, given),
            question,
            show,
            wait or partial(st.skeleton, height=height),
            self.run.dataset,
            patience_s=PATIENCE_S,
            run=self.run,
            is_private=is_private or self.family.makes_examples,  # which repeats what it has learned from
        )

    def _key(self, name: str, given: object) -> str:
        run, mark = self.run, hashlib.sha256()
        for part in (self.example, *(given if isinstance(given, tuple | list) else (given,))):
            mark.update(np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
        return f"inside {run.id}/{run.generation} {self.step} {self.part} {name} {mark.hexdigest()}"
