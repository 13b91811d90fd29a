"""A GAN's images, made and judged by real processes."""

import json

import pytest

from core.runs.gan_quality import last_judging, read_quality
from core.store import Status
from tests.support.lab import Lab

TINY_GAN = [
    *("--set", "steps=6", "--set", "batch_size=8", "--set", "conditional=on"),
    *("--set", "generator=project:4,up:nearest:2", "--set", "discriminator=conv:2:3:leaky_relu:2:same"),
]


@pytest.fixture(scope="module")
def judged(shared_lab: Lab, finished: dict) -> str:
    """A GAN that was trained where there is a classifier."""
    return json.loads(shared_lab.command("train", "gan", *TINY_GAN, "--json"))["run"]


def test_a_gan_is_judged_by_itself_when_it_has_been_trained(shared_lab: Lab, judged: str) -> None:
    task = last_judging(shared_lab.store, shared_lab.run(judged))
    assert task is not None
    shared_lab.wait_for(task.id, Status.SUCCEEDED, Status.FAILED)
    assert not shared_lab.run(task.id).error
    quality = read_quality(shared_lab.store, shared_lab.run(judged))
    assert quality is not None
    assert quality.judge == task.config["judge"]
    assert (quality.last.step, quality.last.made) == (6, 2_000)
    assert quality.last.judgement.samples == 500
    assert quality.last.judgement.frechet > quality.last.judgement.frechet_floor
    assert sum(quality.last.judgement.coverage.shares) == pytest.approx(1)
