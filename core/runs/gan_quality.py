"""Measure a GAN with a classifier: choose the classifier, queue the task, read its findings."""

from __future__ import annotations

from core.analysis.gan.quality_report import QualityReport
from core.datasets import find_dataset
from core.datasets.access import check_may_see
from core.errors import AnalysisError, ArtifactError, NotAllowedError, RunError
from core.families import DEFAULT_FAMILY, find_family
from core.jobs.submit import submit_training
from core.runs.skill import best_first
from core.store import Run, Status, Store
from core.store.records import ALIVE, LOCAL, SERVER, NewRun

KIND = "judge"
FILE = "judgement"  # JSON file of the measured run
LEAST_UNSEEN = 20  # test images
CLASSIFIER = DEFAULT_FAMILY  # family of the classifiers; one is trained if there is none


def judges(store: Store, run: Run) -> list[Run]:
    """Return the classifiers that can measure a run, of its owner, the command line and the server, best first."""
    owners = {run.owner, LOCAL, SERVER}
    found = store.runs.list(owners=owners, status=[Status.SUCCEEDED], dataset=run.dataset, limit=1000)
    return best_first(other for other in found if _can_judge(other, run))


def queue_judging(store: Store, run: Run, actor: str, judge: Run | None = None) -> Run:
    """Queue the measurement of a run unless it is queued or running; train a classifier first if there is none.

    Args:
        store: Store of the run.
        run: A GAN run on images.
        actor: Who asks.
        judge: One of `judges`; None for the best.

    Raises:
        NotAllowedError: It is somebody else's run, or data.
        RunError: It has generated no images, or that classifier cannot measure it.
        ConfigError: There is no classifier, and none can be trained on this data.
    """
    if not store.runs.may(run, actor):
        raise NotAllowedError(f"only its owner can have run {run.id} measured")
    check_may_see(store.settings, run.dataset, actor)
    if not can_be_judged(store, run):
        raise RunError(f"run {run.id} has generated no images, so there is nothing to measure")
    task = last_judging(store, run)
    if task is not None and not task.status.is_final:
        return task
    known = judges(store, run)
    if judge is not None and judge.id not in {other.id for other in known}:
        raise RunError(f"run {judge.id} cannot measure run {run.id}", expected="a finished classifier on the same data")
    chosen = judge or next(iter(known), None) or _coming_judge(store, run)
    new = NewRun(
        kind=KIND,
        dataset=run.dataset,
        owner=SERVER,
        name=f"Judge {run.name}",
        config={"run": run.id, "judge": chosen.id},
        after=None if chosen.status is Status.SUCCEEDED else chosen.id,
        subject=run.id,
    )
    return store.runs.submit_once(new)


def judge_if_possible(store: Store, run: Run) -> None:
    """Queue the measurement of a run that has just been trained, if there is a classifier."""
    if can_be_judged(store, run) and judges(store, run):
        queue_judging(store, run, SERVER)


def can_be_judged(store: Store, run: Run) -> bool:
    """Return whether a run has generated images, and the data has enough test images to split in two halves."""
    if run.family is None or not find_family(run.family).makes_examples:
        return False
    spec = find_dataset(store.settings, run.dataset).spec
    return spec.is_image and spec.test_size >= LEAST_UNSEEN and bool(store.metrics.snapshots(run.id))


def last_judging(store: Store, run: Run) -> Run | None:
    """Return the newest task that measures a run, ended or not; None if there is none."""
    tasks = store.runs.list(kind=KIND, dataset=run.dataset)
    return next((task for task in tasks if task.config.get("run") == run.id), None)


def read_quality(store: Store, run: Run) -> QualityReport | None:
    """Return the findings about a run; None if there are none since it was last resumed."""
    try:
        quality = QualityReport.from_dict(store.files(run.id).read_json(FILE))
    except (ArtifactError, AnalysisError):  # missing, or written by another version: measure again
        return None
    return quality if quality.generation == run.generation else None


def _can_judge(other: Run, run: Run) -> bool:
    is_alike = None in (other.dataset_version, run.dataset_version) or other.dataset_version == run.dataset_version
    is_plain = other.config.get("test_shift", "none") == "none"  # its accuracy is for unchanged test images
    return (
        not other.origin
        and other.family == CLASSIFIER.id
        and "test_accuracy_last" in other.summary
        and is_alike
        and is_plain
    )


def _coming_judge(store: Store, run: Run) -> Run:
    """Return the server's queued or running classifier; queue one if there is none."""
    coming = store.runs.list(owners=[SERVER], status=ALIVE, dataset=run.dataset)
    if found := [other for other in coming if other.family == CLASSIFIER.id]:
        return found[0]
    preset = CLASSIFIER.presets[CLASSIFIER.default_preset]
    title = find_dataset(store.settings, run.dataset).title
    return submit_training(
        store,
        CLASSIFIER,
        preset.config,
        run.dataset,
        SERVER,
        preset=preset,
        name=f"{preset.title}, classifier for {title}",
    )
