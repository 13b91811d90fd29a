"""A GAN so small that a training takes a moment, on the data set `tiny`, and runs of it as a worker leaves them."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.families.gan.config import GanConfig
from core.families.gan.family import FAMILY
from core.families.gan.layers import Project, Up
from core.layers.blocks import Conv
from core.store import Run, Status, Store
from core.store.metrics import Snapshot
from core.store.records import NewRun
from tests.support import tiny

CONFIG = GanConfig(
    steps=4,
    latent=3,
    batch_size=8,
    generator=(Project(channels_out=4), Up(filters=2)),
    discriminator=(Conv(filters=2, kernel_size=3, activation="leaky_relu", stride=2, padding="same"),),
)


def generator(config: Any, seed: int) -> Any:
    """Return a generator at random weights."""
    import keras

    from core.models.network import build_network

    keras.utils.set_random_seed(seed)
    described = FAMILY.networks(config, tiny.SPEC)[0]
    return build_network(described.specs, described)


def trained(store: Store, config: Any = CONFIG, steps: tuple[int, ...] = (0, 2, 4)) -> Run:
    """Return a finished run whose generator had, at each snapshot, the random weights of that number."""
    from core.training.snapshots import weights_of

    new = NewRun(kind="train", dataset="tiny", owner="ann", name="mine", family="gan", config=config.to_dict())
    run = store.runs.submit(new)
    claimed = store.runs.claim("train", host="here", slot=run.id, pid=1)
    assert claimed is not None
    for step in steps:
        store.files(run.id).save_snapshot(step, weights_of(generator(config, step), "generator"))
        store.metrics.add_snapshot(run.id, Snapshot(step, 0, float(step)))
    store.runs.move(run.id, Status.SUCCEEDED, lease=claimed.lease, summary={"diversity_last": 0.9})
    return store.runs.get(run.id)


def answer(config: Any, subject: Any, noise: np.ndarray) -> dict[str, np.ndarray]:
    """Answer as the probe does."""
    from core.explain.samples import Samples

    return Samples(generator(config, subject.step))(noise)
