"""What is looked at on the page Inside: a network at a moment of its training, and an example."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.features import Vector
from core.store import Run
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import privacy, shell
from pages._ui.studio.untrained import follow_answer

PATIENCE_S = 0.4  # how long a page waits for an answer; most come sooner, so that nothing flickers
DEADLINE_S = 6.0

Arrays = Mapping[str, np.ndarray]


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
            is_private=is_private,
        )

    def _key(self, name: str, given: object) -> str:
        run, mark = self.run, hashlib.sha256()
        for part in (self.example, *(given if isinstance(given, tuple | list) else (given,))):
            mark.update(np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
        return f"inside {run.id}/{run.generation} {self.step} {self.part} {name} {mark.hexdigest()}"
