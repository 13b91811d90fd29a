"""One snapshot of a GAN to explore: both networks, and the noise of some samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.families.gan.config import GanConfig
from core.store import Run
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import privacy, shell
from pages._ui.studio.untrained import follow_answer

PATIENCE_S = 0.4  # how long a page waits for an answer; most come sooner, so that nothing flickers
DEADLINE_S = 6.0  # the first search for nearest images in big data takes 2 s

Arrays = Mapping[str, np.ndarray]


def shows_images(run: Run, instead: str) -> bool:
    """Return whether this visitor can see a GAN's images; if not, show why.

    Args:
        run: The run.
        instead: The text shown for a GAN that makes points.
    """
    if not shell.dataset(run.dataset).spec.is_image:
        st.info(instead)
        return False
    if not privacy.sees_run(run):
        privacy.say("Its output could repeat training images, so it is")
        return False
    return True


@dataclass(frozen=True, eq=False)
class GanSnapshot:
    """One snapshot of a GAN that makes images.

    Args:
        run: The run.
        step: Step of the snapshot.
        config: Settings of the run.
        classes: Names of the classes that can be asked for; () if unconditional.
        noise: Input of the samples on the page, float32 (n, latent and classes).
    """

    run: Run
    step: int
    config: GanConfig
    classes: tuple[str, ...]
    noise: np.ndarray

    def latent(self, index: int) -> np.ndarray:
        """Return a sample's noise without its class (latent,)."""
        return self.noise[index, : self.config.latent]

    def label(self, index: int) -> int:
        """Return the class asked for in a sample; 0 if unconditional."""
        return int(self.noise[index, self.config.latent :].argmax()) if self.classes else 0

    def name(self, index: int) -> str:
        """Return a sample's name for a sentence."""
        return f"sample {index + 1}" + (f" (a {self.classes[self.label(index)]})" if self.classes else "")

    def asker(self) -> Callable[..., Arrays]:
        """Return a function that queries the probe in any thread: (part, method, given, **options) -> arrays."""
        store, run, step, me = shell.store(), self.run, self.step, privacy.viewer(self.run)
        return lambda part, method, given, **options: ask_snapshot(
            store, run, step, method, given, actor=me, part=part, deadline_s=DEADLINE_S, **options
        )

    def follow(
        self, name: str, given: np.ndarray, question: Callable[[], object], show: Callable[..., None], height: int
    ) -> bool:
        """Show an answer as soon as it arrives; return whether the question could be asked.

        Args:
            name: Name of the question.
            given: Everything that the answer depends on besides the snapshot.
            question: Called in another thread.
            show: Draws the answer.
            height: Height of the placeholder in pixels.
        """
        mark = hashlib.sha256(np.ascontiguousarray(given).tobytes()).hexdigest()
        key = f"explore {self.run.id}/{self.run.generation} {self.step} {name} {mark}"
        wait = partial(st.skeleton, height=height)
        memory = f"_explore_{name}_{self.run.id}"
        return follow_answer(memory, key, question, show, wait, self.run.dataset, patience_s=PATIENCE_S, run=self.run)

    def follow_samples(self, name: str, noise: np.ndarray, show: Callable[[np.ndarray], None], height: int) -> bool:
        """Show the images of noise (n, latent and classes); `show` gets uint8 (n, h, w, c)."""
        ask = self.asker()
        return self.follow(name, noise, lambda: ask("generator", "samples", noise)["samples/images"], show, height)
