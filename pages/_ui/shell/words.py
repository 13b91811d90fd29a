"""Format numbers and states as text, the same on every page."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable

from core.datasets import Dataset
from core.datasets.own.as_dataset import ADDED, NOT_STATED
from core.jobs.queue import Queue, Wait
from core.names import shortened
from core.runs.skill import skill
from core.store import Run, Status
from core.units import GB
from pages._ui.shell import owner

_TITLES = {
    Status.QUEUED: "Waiting",
    Status.RUNNING: "Training",
    Status.PAUSED: "Paused",
    Status.SUCCEEDED: "Finished",
    Status.STOPPED: "Stopped",
    Status.FAILED: "Failed",
    Status.DIVERGED: "Blew up (diverged)",
    Status.LOST: "Interrupted",
}

_ICONS = {
    Status.QUEUED: ":material/hourglass_empty:",
    Status.RUNNING: ":material/play_circle:",
    Status.PAUSED: ":material/pause_circle:",
    Status.SUCCEEDED: ":material/check_circle:",
    Status.STOPPED: ":material/stop_circle:",
    Status.FAILED: ":material/error:",
    Status.DIVERGED: ":material/warning:",
    Status.LOST: ":material/link_off:",
}


def icon(run: Run) -> str:
    """Return the icon of a run's state."""
    return _ICONS[run.status]


def state(run: Run, queue: Callable[[], Queue]) -> str:
    """Return a run's state in a few words."""
    progress, title = run.progress, _TITLES[run.status]
    match run.status:
        case Status.QUEUED:
            return f"{title}: {before(queue().wait(run)) or 'next in line'}"
        case Status.RUNNING:
            return _running(progress)
        case Status.PAUSED | Status.STOPPED | Status.LOST if progress.get("total_steps"):
            return f"{title} at step {progress['step']:,} of {progress['total_steps']:,}"
        case Status.DIVERGED if progress.get("total_steps"):
            return f"{title} at step {progress['step']:,}"
    return title


def brief(run: Run, queue: Callable[[], Queue]) -> str:
    """Return a run's state for a list: with the time left, or what can be done."""
    left = run.progress.get("left_s")
    if run.status is Status.RUNNING and run.progress.get("phase") == "training" and left is not None:
        return f"Training, {duration(left)} left"
    return "Interrupted, can resume" if run.status is Status.LOST and not run.origin else state(run, queue)


def before(wait: Wait) -> str:
    """Return how many runs are ahead: `3 before you, about 20 s`; "" if none."""
    if not wait.ahead:
        return ""
    return f"{wait.ahead:,} before you" + (f", about {about(wait.seconds)}" if wait.seconds else "")


def ended(run: Run) -> str:
    """Return why a run ended before its last epoch."""
    limit = run.config.get(run.summary["ended_by"])
    match run.summary["ended_by"]:
        case "pruned":
            return "Ended early by its sweep: other runs were better after as many epochs. Resume trains it to its end."
        case "patience":
            epochs = "another epoch" if limit == 1 else f"{limit} more epochs"
            return f"Ended early: {epochs} did not improve the validation accuracy."
        case "target_accuracy":
            return f"Ended early: the validation accuracy reached the target of {percent(limit)}."
    return f"Ended by its time budget of {limit:,} s."


def name(text: str) -> str:
    """Return a user-given name, shortened and escaped for Markdown."""
    return plain(shortened(text))


_WORD_JOINER = "\u2060"  # zero width
_MARKUP = str.maketrans({sign: f"\\{sign}" for sign in r"\`*_[]<>~$:#|&=+!"})
_LISTED = re.compile(r"^(\d{1,9})([.)])|^-", re.MULTILINE)  # starts a list item or a horizontal rule


def plain(text: str) -> str:
    """Escape untrusted text, such as a name from a link, so that Streamlit shows it literally."""
    for sign in ("://", "www.", "@"):  # Markdown makes these links even where they are escaped
        text = text.replace(sign, sign[:-1] + _WORD_JOINER + sign[-1])
    lines = "\n".join(line.strip() for line in text.splitlines())  # indented lines would become code
    return _LISTED.sub(_escaped, lines.translate(_MARKUP))


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1] or ''}\\{found[2] or '-'}"


def origin(dataset: Dataset) -> str:
    """Return a data set's split, source and licence, for Markdown; its owner is told about it as such."""
    mine = {ADDED: "added by you", NOT_STATED: "not stated"} if dataset.owner == owner.actor() else {}
    source, licence = (mine.get(text, text) for text in (dataset.source, dataset.licence))
    return f"{plain(dataset.split)} Source: {plain(source)}; licence: {plain(licence)}."


def with_accuracy(classifier: Run) -> str:
    """Return a classifier's menu label: its name and its accuracy on images held out of training."""
    known = skill(classifier)
    return shortened(classifier.name) + (f", {percent(known.accuracy)} of {known.images} images" if known else "")


def percent(share: float, digits: int = 1) -> str:
    """Return `98.2 %`."""
    return f"{100 * share:.{digits}f} %"


def number(value: float, digits: int = 3) -> str:
    """Return a number with that many significant digits: `0.0123`, `12.3`, `12,345`, `1.23e-07`."""
    is_usual = value == 0 or 1e-4 <= abs(value) < 1e12
    return f"{value:,.{places(value, digits)}f}" if is_usual else f"{value:.{digits}g}"


def places(value: float, digits: int) -> int:
    """Return how many decimal places show a number with that many significant digits."""
    size = abs(float(f"{value:.{digits}g}"))  # rounded first: 9.999 has two digits before the point
    return max(0, digits - 1 - math.floor(math.log10(size))) if size else 0


def duration(seconds: float) -> str:
    """Return `0:12` or `1:02:05`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def about(seconds: float) -> str:
    """Return an approximate duration: `12 s`, `3 min`, `1.5 h`."""
    for length, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * length:
            number = seconds / length
            return f"{number:.2g} {unit}" if number < 10 else f"{number:,.0f} {unit}"
    return f"{max(1, round(seconds))} s"


def gigabytes(size: float) -> str:
    """Return a size in bytes as `0.8 GB`."""
    return f"{size / GB:.1f} GB"


def ago(unix_time: float) -> str:
    """Return how long ago a Unix time was: `3 min ago`."""
    passed = max(0.0, time.time() - unix_time)
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if passed >= length:
            return f"{int(passed // length)} {unit} ago"
    return "just now"


def goes(at: float) -> str:
    """Return when an old run goes, and what keeps it; `at` is a Unix time."""
    return f"goes in {about(max(60.0, at - time.time()))}, as newer runs have come: star it to keep it"


def _running(progress: dict) -> str:
    phase = progress.get("phase", "starting")
    if phase == "training" and progress.get("epochs"):
        return f"Training, epoch {min(progress['epoch'] + 1, progress['epochs']):,} of {progress['epochs']:,}"
    return {"testing": "Testing on unseen examples"}.get(phase, phase.capitalize())


def a(word: str) -> str:
    """Return a word with its article, such as `an image` and `an MLP`."""
    vowels = "AEFHILMNORSX" if word.isupper() else "aeiou"  # letters whose names begin with a vowel
    return f"{'an' if word[0] in vowels else 'a'} {word}"
