"""The subject of a run's results: a network and its answers to the test examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.classification import Answer, Answers
from core.datasets.corruptions import shifted_images
from core.datasets.features import Features, Series
from core.datasets.prepared import is_prepared
from core.datasets.targets import Number
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.figures.sequences import as_curves, as_table
from core.names import shortened
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.runs.opened import EXAMPLE, link
from pages._ui.shell import privacy, shell, words

WIDTH = 84  # CSS pixels of an image


@dataclass(frozen=True, eq=False)
class Shown:
    """A network of a run and its answers.

    Args:
        run: The run.
        which: `last` or `best`, the suffix of its numbers in the summary.
        features: The features of an example.
        classes: Names of the classes.
        answers: Its answers to the test examples.
    """

    run: Run
    which: str
    features: Features
    classes: tuple[str, ...]
    answers: Answers

    @property
    def identity(self) -> str:
        """Key of the run, its generation and the network."""
        return f"{self.run.id}/{self.run.generation}/{self.which}"

    @property
    def noun(self) -> str:
        """The word for one example."""
        return self.features.noun

    @property
    def kind(self) -> str:
        """The word for several examples."""
        return f"{self.noun}s"

    def number(self, name: str) -> float | None:
        """Return a number of the summary, such as `test_accuracy`; None if an older run lacks it."""
        return self.run.summary.get(f"{name}_{self.which}")

    def name(self, index: int) -> str:
        """Return the name of a class, for Markdown."""
        return words.name(self.classes[index])

    @property
    def missing(self) -> str:
        """Why the test examples cannot be shown; empty if they can."""
        if not privacy.sees_run(self.run):
            return privacy.why(f"The {self.kind} are")
        is_here = is_prepared(shell.store().settings, self.run.dataset)
        return "" if is_here else f"The {self.kind} are not on this server, so they cannot be shown."

    def draw(self, answers: Sequence[Answer], key: str) -> None:
        """Show test examples with their predictions."""
        said = {
            "said": [self.classes[a.said] for a in answers],
            "is": [self.classes[a.truth] for a in answers],
            "sure": [words.percent(a.confidence, 0) for a in answers],
        }
        if (rows := self._table([a.index for a in answers], said)) is not None:
            st.dataframe(rows, key=key, hide_index=True, alt=f"{len(rows)} test {self.kind} and their predictions")
            return
        short = [shortened(name, BELOW) for name in self.classes]
        texts = [f"said {short[a.said]}, {words.percent(a.confidence, 0)}\nis {short[a.truth]}" for a in answers]
        self._pictures([a.index for a in answers], texts, key, on_pick=lambda place: self._open(answers[place].index))

    def show(self, indices: Sequence[int], texts: Sequence[str], key: str) -> None:
        """Show test examples with texts of two lines.

        Args:
            indices: Rows in the test data.
            texts: A text for each.
            key: Streamlit's key.
        """
        said = {"answers": [text.replace("\n", ", ") for text in texts]}
        if (rows := self._table(indices, said)) is not None:
            st.dataframe(rows, key=key, hide_index=True, alt=f"{len(rows)} test {self.kind} and the answers to them")
        else:
            self._pictures(indices, texts, key)

    def _table(self, indices: Sequence[int], said: Mapping[str, Sequence[str]]) -> pd.DataFrame | None:
        """Return test examples with what was said of them in the first columns; None if they are no rows or texts."""
        rows = as_table(self._examples[list(indices)], self.features, list(said))
        return None if rows is None else pd.concat([pd.DataFrame(said), rows], axis=1)

    @property
    def _examples(self) -> np.ndarray:
        return examples_seen(shell.store(), self.run, privacy.viewer(self.run)).x_test

    def picture(self, index: int, text: str, key: str, width: int) -> None:
        """Show one test example that is a picture, with a text."""
        self._pictures([index], [text], key, width=width)

    def _open(self, index: int) -> None:
        link(self.run, EXAMPLE, [index])
        st.rerun()

    def _pictures(
        self,
        indices: Sequence[int],
        texts: Sequence[str],
        key: str,
        *,
        width: int = WIDTH,
        on_pick: Callable[[int], None] | None = None,
    ) -> None:
        examples, kind = self._examples, self.run.config.get("test_shift", "none")
        shown = [
            grey_picture(
                as_curves(examples[index])
                if isinstance(self.features, Series)
                else shifted_images(examples[index][None], kind, index)[0],
                f"test {self.noun} {index}: {text.replace(chr(10), ', ')}",
            )
            for index, text in zip(map(int, indices), texts, strict=True)
        ]
        pictures(shown, key=key, below=texts, width=width, on_pick=on_pick)


@dataclass(frozen=True, eq=False)
class SaidNumbers:
    """A regression network of a run and its predictions for the test examples.

    Args:
        run: The run.
        which: `last` or `best`, the suffix of its numbers in the summary.
        target: The number that it predicts.
        kind: The word for several examples.
        ids: Rows in the test data, int (n,).
        truth, said: True and predicted values (n,), in the target's unit.
    """

    run: Run
    which: str
    target: Number
    kind: str
    ids: np.ndarray
    truth: np.ndarray
    said: np.ndarray

    def number(self, name: str) -> float | None:
        """Return a number of the summary, such as `train_rmse`."""
        return self.run.summary.get(f"{name}_{self.which}")

    def in_unit(self, *values: float) -> str:
        """Return a number, or two as `1.2 to 3.4`, with the target's unit, for Markdown."""
        return f"{' to '.join(map(words.number, values))} {words.name(self.target.unit)}".rstrip()

    def heading(self, title: str) -> str:
        """Return the heading of a column of numbers in the target's unit."""
        return f"{title} ({shortened(self.target.unit, BELOW)})" if self.target.unit else title
