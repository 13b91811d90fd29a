"""Judging a GAN by a classifier: which one, the task that does it, and what it has found."""

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
FILE = "judgement"  # of the run that was judged
LEAST_UNSEEN = 20  # test images
CLASSIFIER = DEFAULT_FAMILY  # that is trained if there is none


def judges(store: Store, run: Run) -> list[Run]:
    """Return the classifiers that may judge a run: of its owner, the command line and the server; the best first."""
    owners = {run.owner, LOCAL, SERVER}
    found = store.runs.list(owners=owners, status=[Status.SUCCEEDED], dataset=run.dataset, limit=1000)
    return best_first(other for other in found if _can_judge(other, run))


def queue_judging(store: Store, run: Run, actor: str, judge: Run | None = None) -> Run:
    """Queue the judging of a run unless that is on its way; if there is no classifier, one is trained first.

    Args:
        store: Where the run is.
        run: A run of a GAN on images.
        actor: Who asks.
        judge: One of `judges`; the best if none is named.

    Raises:
        NotAllowedError: It is somebody else's run, or data.
        RunError: It has made no images, or that classifier cannot judge it.
        ConfigError: There is no classifier, and none can be trained on this data.
    """
    if not store.runs.may(run, actor):
        raise NotAllowedError(f"only its owner can have run {run.id} judged")
    check_may_see(store.settings, run.dataset, actor)
    if not can_be_judged(store, run):
        raise RunError(f"run {run.id} has made no images, so there is nothing to judge")
    task = last_judging(store, run)
    if task is not None and not task.status.is_final:
        return task
    known = judges(store, run)
    if judge is not None and judge.id not in {other.id for other in known}:
        raise RunError(f"run {judge.id} cannot judge run {run.id}", expected="a finished classifier on the same data")
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
    """Queue the judging of a run that has just been trained, if there is a classifier."""
    if can_be_judged(store, run) and judges(store, run):
        queue_judging(store, run, SERVER)


def can_be_judged(store: Store, run: Run) -> bool:
    """Return whether a run has made images that a classifier can look at; it needs two halves of unseen images."""
    if run.family is None or not find_family(run.family).makes_examples:
        return False
    spec = find_dataset(store.settings, run.dataset).spec
    return spec.is_image and spec.test_size >= LEAST_UNSEEN and bool(store.metrics.snapshots(run.id))


def last_judging(store: Store, run: Run) -> Run | None:
    """Return the newest task that judges a run, or has judged it."""
    tasks = store.runs.list(kind=KIND, dataset=run.dataset)
    return next((task for task in tasks if task.config.get("run") == run.id), None)


def read_quality(store: Store, run: Run) -> QualityReport | None:
    """Return what a classifier has found; None if nothing, or that was before the run was resumed."""
    try:
        quality = QualityReport.from_dict(store.files(run.id).read_json(FILE))
    except (ArtifactError, AnalysisError):  # there is none, or another version wrote it: it is judged anew
        return None
    return quality if quality.generation == run.generation else None


def _can_judge(other: Run, run: Run) -> bool:
    is_alike = None in (other.dataset_version, run.dataset_version) or other.dataset_version == run.dataset_version
    is_plain = other.config.get("test_shift", "none") == "none"  # else its accuracy says something else
    return other.family == CLASSIFIER.id and "test_accuracy_last" in other.summary and is_alike and is_plain


def _coming_judge(store: Store, run: Run) -> Run:
    """Return a classifier of the server that is on its way; queue one if there is none."""
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
        name=f"{preset.title}, a judge for {title}",
    )
