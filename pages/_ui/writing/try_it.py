"""Try a network that writes: everybody begins a text, and it goes on."""

from __future__ import annotations

from core.datasets import Dataset
from core.store import Run
from pages._ui.shell import privacy
from pages._ui.writing.write_on import draw_write_on


def try_writing(run: Run, dataset: Dataset) -> None:
    """Draw the prompt, and what the network writes after it."""
    if privacy.sees_run(run):
        draw_write_on(run, leads=True)
    else:
        privacy.say("What it writes is")
