"""What is explored of a GAN: both networks in one snapshot, and some noise."""

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
from pages._ui.shell import owner, privacy, shell
from pages._ui.studio.untrained import follow_answer

PATIENCE_S = 0.4  # of a page: most answers come sooner, and then nothing flickers
DEADLINE_S = 6.0  # the first look for the nearest images of big data takes two

Arrays = Mapping[str, np.ndarray]


def shows_images(run: Run, instead: str) -> bool:
    """Return whether a GAN's images may be looked at here; if not, say why.

    Args:
        run: Whose.
        instead: What is said of a GAN that makes points.
    """
    if not shell.dataset(run.dataset).spec.is_image:
        st.info(instead)
        return False
    if not privacy.sees(run.dataset):
        privacy.say("What it makes could repeat its training images; it is")
        return False
    return True


@dataclass(frozen=True, eq=False)
class GanSnapshot:
    """A GAN for images in one snapshot.

    Args:
        run: Whose.
        step: A snapshot of it.
        config: Its settings.
        classes: Names of those that can be asked for; () if none can.
        noise: float32 (n, latent and classes), what the samples on the page are made of.
    """

    run: Run
    step: int
    config: GanConfig
    classes: tuple[str, ...]
    noise: np.ndarray

    def latent(self, index: int) -> np.ndarray:
        """Return the noise of a sample, without its class (latent,)."""
        return self.noise[index, : self.config.latent]

    def label(self, index: int) -> int:
        """Return the class that a sample should be; 0 where none is asked for."""
        return int(self.noise[index, self.config.latent :].argmax()) if self.classes else 0

    def name(self, index: int) -> str:
        """Return what a sample is called in a sentence."""
        return f"sample {index + 1}" + (f" (a {self.classes[self.label(index)]})" if self.classes else "")

    def asker(self) -> Callable[..., Arrays]:
        """Return what asks the probe in another thread: (part, method, given, **options) -> arrays."""
        store, run, step, me = shell.store(), self.run, self.step, owner.actor()
        return lambda part, method, given, **options: ask_snapshot(
            store, run, step, method, given, actor=me, part=part, deadline_s=DEADLINE_S, **options
        )

    def follow(
        self, name: str, given: np.ndarray, question: Callable[[], object], show: Callable[..., None], height: int
    ) -> bool:
        """Show an answer as soon as it is there, without waiting for it for long; return whether it could be asked.

        Args:
            name: Of the question.
            given: All that the answer depends on, besides the snapshot.
            question: Called in another thread.
            show: Draws the answer.
            height: Pixels that are kept free until then.
        """
        mark = hashlib.sha256(np.ascontiguousarray(given).tobytes()).hexdigest()
        key = f"explore {self.run.id}/{self.run.generation} {self.step} {name} {mark}"
        wait = partial(st.skeleton, height=height)
        memory = f"_explore_{name}_{self.run.id}"
        return follow_answer(memory, key, question, show, wait, self.run.dataset, patience_s=PATIENCE_S)

    def follow_samples(self, name: str, noise: np.ndarray, show: Callable[[np.ndarray], None], height: int) -> bool:
        """Show what the generator makes of noise (n, latent and classes): `show` is given uint8 (n, h, w, c)."""
        ask = self.asker()
        return self.follow(name, noise, lambda: ask("generator", "samples", noise)["samples/images"], show, height)
