"""What the network of a run answered to test examples at each saved moment, and to disturbed ones: asked once, kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets import DataSpec, find_dataset
from core.datasets.access import Viewer
from core.datasets.corruptions import shifted_rows
from core.datasets.prepared import Prepared
from core.errors import ArtifactError, RunError
from core.families import config_of, find_family
from core.layers import LayerCost, total_multiply_adds, trace
from core.probe.client import Subject, ask
from core.runs.visible import examples_seen
from core.schedule.plan import eval_batch
from core.schedule.split import evenly_spread
from core.store import Run, Store

AT_ONCE = 500  # examples in one question, so that other users of the probe wait briefly
PATIENCE_S = 60.0  # deadline of each question
MOST_ADDS = 1_000_000_000_000  # multiply-adds of all answers together; a minute or so on two cores
LEAST = 200  # test examples that are asked about, whatever it costs
MOMENTS = "moments"  # the file with the answers at all moments
METHOD = "test_answers"  # as `answer`, of many examples: nobody waits for these

Tell = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Moments:
    """Answers of a classifier to test examples at each saved moment.

    Args:
        steps: Steps of the snapshots, int (s,), ascending.
        ids: Rows of the test data, int (n,), ascending.
        truth: True classes, int (n,).
        said: Predicted classes, int (s, n).
        sure: Probability of the true class, float16 (s, n).
    """

    steps: np.ndarray
    ids: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    sure: np.ndarray

    @property
    def is_right(self) -> np.ndarray:
        """Whether each answer is right, bool (s, n)."""
        is_right: np.ndarray = self.said == self.truth
        return is_right


def moments_of(store: Store, run: Run) -> Moments | None:
    """Return what was kept of the answers at all moments; None if nothing was, or the run has trained on."""
    found = _kept(store, run, MOMENTS)
    steps = [snapshot.step for snapshot in store.metrics.snapshots(run.id)]
    return Moments(**found) if found and found["steps"].tolist() == steps else None


def ask_moments(store: Store, run: Run, viewer: Viewer, tell: Tell = lambda share: None) -> Moments:
    """Ask for the answers at all moments, and keep them.

    Args:
        store: The store.
        run: A run of a classifier that has ended.
        viewer: Who asks.
        tell: Told the share that is done, 0 to 1.

    Raises:
        NotAllowedError: They may not see the data.
        DatasetError: The data is not here.
        RunError: The run is no classifier's, or saved no snapshot.
        ProbeError: The probe did not answer.
    """
    data, steps = examples_seen(store, run, viewer), [one.step for one in store.metrics.snapshots(run.id)]
    if not data.spec.classes or not steps:
        raise RunError("there are no answers over time", expected="a classifier with saved snapshots")
    ids = evenly_spread(np.arange(len(data.y_test)), count_asked(run, data, len(steps)))
    truth = np.asarray(data.y_test)[ids].astype(np.int16)
    said, sure = (np.empty((len(steps), len(ids)), dtype) for dtype in (np.int16, np.float16))
    examples = _tested(run, data, ids, run.config.get("test_shift", "none"))
    for place, step in enumerate(steps):
        answers = np.concatenate(list(_ask(store, run, step, examples, viewer)))
        said[place], sure[place] = answers.argmax(1), answers[np.arange(len(ids)), truth]
        tell((place + 1) / len(steps))
    found = {"steps": np.array(steps), "ids": ids, "truth": truth, "said": said, "sure": sure}
    _keep(store, run, MOMENTS, found)
    return Moments(**found)


def count_asked(run: Run, data: Prepared, snapshots: int) -> int:
    """Return how many test examples are asked about at so many snapshots: all, unless that takes too long."""
    return min(len(data.y_test), _affordable(run, data.spec, snapshots))


def _affordable(run: Run, spec: DataSpec, snapshots: int) -> int:
    adds = max(1, int(total_multiply_adds(_costs(run, spec))))
    return max(LEAST, MOST_ADDS // (adds * max(1, snapshots)))


def answers_to_shifted(store: Store, run: Run, shift: str, which: str) -> dict[str, np.ndarray]:
    """Return what was kept of a run's answers to disturbed test images; {} if none were ever asked for.

    They are named as in `predictions.npz`: `ids`, `y_true`, and `probabilities_<which>` or `values_<which>`.
    """
    return _kept(store, run, f"{which}_{shift}") or {}


def sampled(store: Store, run: Run, rows: Sequence[int]) -> np.ndarray:
    """Return the test examples of a group that a run is asked about: all, or evenly spread ones of a large network."""
    most = _affordable(run, find_dataset(store.settings, run.dataset).spec, 1)
    return evenly_spread(np.array(rows), most)


def ask_shifted(
    store: Store,
    run: Run,
    shift: str,
    which: str,
    viewer: Viewer,
    rows: np.ndarray,
    tell: Tell = lambda share: None,
) -> None:
    """Ask for a run's answers to test images, disturbed, and keep them beside those that are known.

    Args:
        store: The store.
        run: A run that has ended.
        shift: A key of `TEST_SHIFTS`.
        which: Its `last` network, or its `best` one by validation.
        viewer: Who asks.
        rows: Of the test data; those with known answers are not asked about again.
        tell: Told the share that is done, 0 to 1.

    Raises:
        NotAllowedError: They may not see the data.
        DatasetError: The data is not here.
        RunError: The run saved no such snapshot.
        ProbeError: The probe did not answer.
    """
    data, steps = examples_seen(store, run, viewer), [one.step for one in store.metrics.snapshots(run.id)]
    step = run.summary.get("best_step") if which == "best" else steps[-1] if steps else None
    if step not in steps:
        raise RunError(f"run {run.id} has saved no such network")
    known, name = answers_to_shifted(store, run, shift, which), "probabilities" if data.spec.classes else "values"
    ids, answers = np.setdiff1d(rows, known.get("ids", [])).astype(int), list[np.ndarray]()
    if not len(ids):
        return
    for part in _ask(store, run, int(step), _tested(run, data, ids, shift), viewer):
        answers.append(part)
        tell(sum(map(len, answers)) / len(ids))
    found = {"ids": ids, "y_true": np.asarray(data.y_test)[ids], f"{name}_{which}": np.concatenate(answers)}
    both = {key: np.concatenate([known[key], one]) if known else one for key, one in found.items()}
    order = np.argsort(both["ids"])
    _keep(store, run, f"{which}_{shift}", {key: one[order] for key, one in both.items()})


def _ask(
    store: Store, run: Run, step: int, examples: Callable[[int, int], np.ndarray], viewer: Viewer
) -> Iterator[np.ndarray]:
    """Yield answers to parts of some examples, float32 (n, classes or 1)."""
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    widest = max(math.prod(cost.output_shape) for cost in _costs(run, find_dataset(store.settings, run.dataset).spec))
    at_once = min(AT_ONCE, eval_batch(widest))
    start, part = 0, examples(0, at_once)
    while len(part):
        answer = ask(store.settings, subject, METHOD, part, actor=viewer, deadline_s=PATIENCE_S)
        yield next(iter(answer.values()))
        start += len(part)
        part = examples(start, start + at_once)


def _costs(run: Run, spec: DataSpec) -> list[LayerCost]:
    """Return what the layers of a run's main network make and cost."""
    network = find_family(str(run.family)).networks(config_of(run), spec)[0]
    return list(trace(network.specs, spec.input_shape))


def _tested(run: Run, data: Prepared, ids: np.ndarray, shift: str) -> Callable[[int, int], np.ndarray]:
    """Return a function that takes some of the rows and disturbs them, as a test of a run does."""
    return lambda start, end: shifted_rows(data.x_test, ids[start:end], shift)


def _keep(store: Store, run: Run, name: str, arrays: dict[str, Any]) -> None:
    if store.runs.get(run.id).generation == run.generation:  # else it has trained on meanwhile
        store.files(run.id).save_answers(name, {**arrays, "generation": np.array(run.generation)})


def _kept(store: Store, run: Run, name: str) -> dict[str, Any] | None:
    try:
        found = store.files(run.id).load_answers(name)
    except ArtifactError:
        return None
    return found if int(found.pop("generation", -1)) == run.generation else None
