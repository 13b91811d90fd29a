"""Try a network that answers texts: type one, and see the answer and where it looked."""

from __future__ import annotations

import numpy as np

from core.datasets import Dataset
from core.figures.answers import question_of
from core.runs.visible import open_seen
from core.store import Run
from pages._ui.results.translating import translating
from pages._ui.shell import owner, privacy, shell


def try_answers(run: Run, dataset: Dataset) -> None:
    """Draw a field for a text, the answer, and where the network looked; the body of a fragment."""
    example = ""
    if privacy.sees(run.dataset):
        data = open_seen(shell.store().settings, run.dataset, owner.actor())
        example = question_of(np.asarray(data.x_test[0]), dataset.spec)
    translating(run, example)
