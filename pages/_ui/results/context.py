"""What the results of a run are about, and the test images among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.classifier.classification import Answer, Answers
from core.datasets.corruptions import shifted_images
from core.datasets.prepared import is_prepared
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.names import shortened
from core.runs.visible import open_seen
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.shell import owner, privacy, shell, words

WIDTH = 84  # CSS pixels of an image


@dataclass(frozen=True, eq=False)
class Shown:
    """A network of a run and its answers.

    Args:
        run: The run.
        which: `last` or `best`, as in the names of its summary.
        classes: Their names.
        answers: To the test images.
    """

    run: Run
    which: str
    classes: tuple[str, ...]
    answers: Answers

    @property
    def identity(self) -> str:
        """Says whose answers these are."""
        return f"{self.run.id}/{self.run.generation}/{self.which}"

    def number(self, name: str) -> float | None:
        """Return a number of the summary, such as `test_accuracy`; older runs do not have all."""
        return self.run.summary.get(f"{name}_{self.which}")

    def name(self, index: int) -> str:
        """Return the name of a class for a sentence."""
        return words.name(self.classes[index])

    @property
    def missing(self) -> str:
        """Why the test images cannot be shown; nothing if they can."""
        if not privacy.sees(self.run.dataset):
            return privacy.why("The images are")
        is_here = is_prepared(shell.store().settings, self.run.dataset)
        return "" if is_here else "The images are not here any more, so they cannot be shown."

    def draw(self, answers: Sequence[Answer], key: str) -> None:
        """Show test images with what was said of them."""
        images = open_seen(shell.store().settings, self.run.dataset, owner.actor()).x_test
        kind, classes = self.run.config.get("test_shift", "none"), self.classes
        shown = [
            grey_picture(
                shifted_images(images[a.index][None], kind, a.index)[0],
                f"test image {a.index}: is {classes[a.truth]}, called {classes[a.said]}",
            )
            for a in answers
        ]
        short = [shortened(name, BELOW) for name in classes]
        texts = [f"said {short[a.said]}, {words.percent(a.confidence, 0)}\nis {short[a.truth]}" for a in answers]
        pictures(shown, key=key, below=texts, width=WIDTH)
