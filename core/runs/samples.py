"""Examples from a trained generator, as arrays, files and data sets; the same seed gives the same ones."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from core.datasets import access, find_dataset, open_prepared
from core.datasets.own import own
from core.datasets.own.kinds.arrays import KIND as ARRAYS
from core.datasets.own.removal import discard
from core.datasets.prepared import write_prepared
from core.datasets.targets import Classes, count_labels
from core.errors import ConfigError, DatasetError, NotAllowedError, RunError
from core.families import config_of
from core.families.gan.config import GanConfig
from core.families.gan.family import FAMILY
from core.families.gan.noise import draw_noise
from core.figures.gan.samples import lay_out
from core.probe.client import Subject, ask
from core.store import Run, Store

MOST = 10_000  # examples in one request
AT_ONCE = 500  # examples in one question, so that other users of the probe wait briefly
PATIENCE_S = 60.0  # deadline of each question; the probe may still be starting
MOST_ON_SHEET = 1_000  # images

Tell = Callable[[float], None]  # the share that is done, 0 to 1


@dataclass(frozen=True)
class Request:
    """A request for generated examples.

    Args:
        count: Number of examples, 1 to `MOST`.
        seed: Seed of the noise, 0 or more.
        label: The class to generate; None to cycle through all classes, or for an unconditional generator.
        step: Snapshot of the generator; None for the last one.
    """

    count: int = 64
    seed: int = 0
    label: int | None = None
    step: int | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """Generated examples.

    Args:
        examples: Images uint8 (n, h, w, c), or points float32 (n, 2).
        labels: int64 (n,), the requested classes, or those predicted by a classifier; None if neither.
        classes: Names of the classes.
        about: Run, step, seed and class, enough to generate the same examples again.
    """

    examples: np.ndarray
    labels: np.ndarray | None
    classes: tuple[str, ...]
    about: dict[str, Any]

    def npz(self) -> bytes:
        """Return an `.npz` file with `images` or `points`, and `labels` if there are any."""
        arrays = {"images" if self.examples.ndim == 4 else "points": self.examples}
        if self.labels is not None:
            arrays["labels"] = self.labels
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    def sheet(self) -> bytes:
        """Return the first images side by side, as a PNG file."""
        side = int(np.ceil(np.sqrt(min(MOST_ON_SHEET, len(self.examples)))))
        return _png(lay_out(self.examples[:MOST_ON_SHEET], side))

    def archive(self) -> bytes:
        """Return a ZIP file with a PNG of each image, in one folder per class, and `about.json`."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:  # PNG is compressed already
            file.writestr("about.json", json.dumps(self.about, indent=1))
            for row, image in enumerate(self.examples):
                folder = "" if self.labels is None else f"{_as_name(self.classes[self.labels[row]])}/"
                file.writestr(f"{folder}{row:05d}.png", _png(image))
        return buffer.getvalue()


def generate(store: Store, run: Run, request: Request, tell: Tell = lambda share: None, *, actor: str) -> Made:
    """Generate examples with a run's generator.

    Args:
        store: Store of the run.
        run: A GAN run.
        request: The request.
        tell: Called with the share that is done, 0 to 1.
        actor: Who asks.

    Raises:
        RunError: The run has no generator, or no such snapshot.
        ConfigError: Count, seed or class is not allowed.
        NotAllowedError: It learned from data that this actor may not see, and could repeat it.
        ProbeAwayError: The probe did not answer in time.
    """
    _check(run, request)
    config = GanConfig.from_dict(run.config)
    spec = find_dataset(store.settings, run.dataset).spec
    num_classes, step = config.num_classes(spec), _step_of(store, run, request.step)
    _check_label(request.label, num_classes)
    noise = draw_noise(config, num_classes, request.count, request.seed, request.label)
    subject = Subject(FAMILY.id, run.dataset, config, run=run.id, step=step, part="generator")
    parts = []
    for start in range(0, len(noise), AT_ONCE):
        part = noise[start : start + AT_ONCE]
        made = ask(store.settings, subject, "samples", part, actor=actor, deadline_s=PATIENCE_S)
        parts.append(next(iter(made.values())))
        tell(min(1.0, (start + AT_ONCE) / len(noise)))
    labels = noise[:, config.latent :].argmax(1).astype(np.int64) if num_classes else None
    about = {"run": run.id, "name": run.name, "dataset": run.dataset, "step": step, "count": request.count}
    about |= {"seed": request.seed, "class": None if request.label is None else spec.classes[request.label]}
    return Made(np.concatenate(parts), labels, spec.classes, about)


def noise_apart(runs: Sequence[Run]) -> str:
    """Say why generators do not get the same noise from the same seed; "" if they do.

    Args:
        runs: GAN runs.
    """
    configs = [GanConfig.from_dict(run.config) for run in runs]
    kinds = {(config.latent, config.noise) for config in configs}
    if len(kinds) == 1:
        return ""
    told = ", ".join(sorted(f"{size} {kind} numbers" for size, kind in kinds))
    return f"Their noise differs in size or kind ({told}), so the same seed does not mean the same noise."


def label_by(store: Store, made: Made, judge: Run, least: float, *, actor: str) -> Made:
    """Label generated images with a classifier, and keep those with enough confidence.

    Args:
        store: Store of the runs.
        made: Generated images.
        judge: A finished run of a classifier on the same data.
        least: Least probability of the predicted class, 0 to 1.
        actor: Who asks.

    Raises:
        ConfigError: No image reaches that probability.
        RunError: That run is not a classifier on the same data.
        ProbeAwayError: The probe did not answer in time.
    """
    snapshots = store.metrics.snapshots(judge.id)
    if judge.dataset != made.about["dataset"] or not snapshots:
        raise RunError(f"run {judge.id} cannot label these", expected="a finished classifier on the same data")
    subject = Subject(str(judge.family), judge.dataset, config_of(judge), run=judge.id, step=snapshots[-1].step)
    parts = [made.examples[start : start + AT_ONCE] for start in range(0, len(made.examples), AT_ONCE)]
    said = np.concatenate(
        [
            ask(store.settings, subject, "answer", part, actor=actor, deadline_s=PATIENCE_S)["probabilities"]
            for part in parts
        ]
    )
    kept = said.max(1) >= least
    if not kept.any():
        found, wanted = (f"{100 * share:.1f} %" for share in (float(said.max()), least))
        raise ConfigError(
            "the classifier is not certain enough about any generated image",
            expected=f"{wanted} or more for at least one",
            received=f"{found} at most",
            fix="Generate more images, or lower the required certainty.",
            field="least",
        )
    about = {**made.about, "judge": judge.id, "judge_name": judge.name, "sure_at_least": least}
    return replace(made, examples=made.examples[kept], labels=said.argmax(1)[kept].astype(np.int64), about=about)


def label_of(store: Store, run: Run, name: str) -> int:
    """Return the index of a class by its name.

    Raises:
        ConfigError: There is no such class.
    """
    classes = find_dataset(store.settings, run.dataset).spec.classes
    if name not in classes:
        raise ConfigError(f"there is no class {name!r}", expected=f"one of {', '.join(classes)}", field="label")
    return classes.index(name)


def enlarge(store: Store, run: Run, made: Made, owner: str) -> str:
    """Create a data set from a run's data with generated images added to the training images.

    The test images stay the same, so that results can be compared.

    Returns:
        The id of the new data set.

    Raises:
        NotAllowedError: It is somebody else's run, or data.
        ConfigError: The generated images have no labels.
        DatasetError: The data no longer exists, or the new data set cannot be written.
    """
    if not store.runs.may(run, owner):
        raise NotAllowedError(f"only its owner can add images from run {run.id} to data")
    if made.labels is None:
        raise ConfigError(
            "the images of this generator have no labels",
            fix="Label them with a classifier, or train a GAN with Choose the class on.",
            field="conditional",
        )
    access.check_may_see(store.settings, run.dataset, owner)
    settings, data = store.settings, open_prepared(store.settings, run.dataset)
    arrays = {
        "x_train": np.concatenate([data.x_train, made.examples]),
        "y_train": np.concatenate([data.y_train, made.labels]),
        "x_test": data.x_test,
        "y_test": data.y_test,
    }
    counts = count_labels(arrays["y_train"], data.spec.num_classes)
    target = Classes(data.spec.classes, counts)
    spec = replace(data.spec, train_size=len(arrays["y_train"]), target=target)
    added = f" + {len(made.labels):,} made"
    original = find_dataset(settings, run.dataset)
    title = original.title[: own.LONGEST_TITLE - len(added)] + added
    card = own.begin(settings, owner, title, ARRAYS.id, original.preparation)
    try:
        write_prepared(settings, card.id, arrays, spec, title)
    except DatasetError:
        discard(settings, card.id)
        raise
    known = {"source": f"{original.source}; and images made by a GAN", "licence": original.licence}
    notes = {"read": True, **known, **made.about, "dataset_owner": original.owner}
    own.update(settings, card.id, accepted=True, description=_describe(run, made), notes=notes)
    return card.id


def first_kernel(store: Store, run: Run, step: int) -> np.ndarray | None:
    """Return the weights (latent and classes, units) of the dense layer that a generator's noise comes into, if any.

    Raises:
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    spec = find_dataset(store.settings, run.dataset).spec
    [size] = FAMILY.networks(config_of(run), spec)[0].input_shape
    weights = store.files(run.id).load_snapshot(step, "weights_generator/")
    kernels = (weights[name] for name in sorted(weights))
    return next((kernel for kernel in kernels if kernel.ndim == 2 and len(kernel) == size), None)


def _describe(run: Run, made: Made) -> str:
    about = made.about
    words = f"{len(made.examples):,} made by the run {run.name} (step {about['step']:,}, seed {about['seed']})"
    if "judge" in about:
        sure = f"{100 * about['sure_at_least']:.0f} %"
        words += f", labelled by {about['judge_name']} with at least {sure} certainty each"
    return f"The training images, and {words}. The test images are the same."


def _check(run: Run, request: Request) -> None:
    if run.family != FAMILY.id:
        raise RunError(f"run {run.id} is not a {FAMILY.title}, so it has no generator")
    if not 1 <= request.count <= MOST:
        expected, received = f"1 to {MOST:,}", f"{request.count:,}"
        raise ConfigError("so many cannot be made at once", expected=expected, received=received, field="count")
    if request.seed < 0:
        raise ConfigError("that seed cannot be used", expected="0 or more", received=str(request.seed), field="seed")


def _check_label(label: int | None, num_classes: int) -> None:
    if label is None:
        return
    if not num_classes:
        raise ConfigError(
            "this generator takes no class",
            field="label",
            fix="Leave out the class, or train a GAN with Choose the class on.",
        )
    if not 0 <= label < num_classes:
        raise ConfigError(
            "there is no such class", expected=f"0 to {num_classes - 1}", received=str(label), field="label"
        )


def _step_of(store: Store, run: Run, asked: int | None) -> int:
    steps = [snapshot.step for snapshot in store.metrics.snapshots(run.id)]
    if not steps:
        raise RunError(f"run {run.id} has saved no snapshot yet", fix="Wait until training has begun.")
    if asked is not None and asked not in steps:
        raise RunError(
            f"run {run.id} has saved no snapshot at step {asked:,}", expected=f"one of {', '.join(map(str, steps))}"
        )
    return steps[-1] if asked is None else asked


def _png(image: np.ndarray) -> bytes:
    """Return the PNG file of an image uint8 (h, w, 1) or (h, w, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(buffer, "PNG")
    return buffer.getvalue()


def _as_name(text: str) -> str:
    """Return a class name that is safe as a folder name."""
    return re.sub(r"[^\w -]", "_", text).strip() or "_"
