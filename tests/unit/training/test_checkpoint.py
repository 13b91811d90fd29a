import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ArtifactError
from core.families.cnn import FAMILY
from core.jobs.work import Work
from core.layers.blocks import Conv, Flatten
from core.training import checkpoint
from core.training.supervised import Supervised
from tests.support import tiny

# Dropout, batch normalisation, momentum and a rate that changes: all that a restart could forget.
CONFIG = replace(tiny.CONFIG, schedule="cosine", learning_rate=0.01)
AUGMENTED = {
    "augment_flip": "horizontal",
    "augment_shift": 0.1,
    "augment_rotation": 20,
    "augment_zoom": 0.1,
    "augment_contrast": 0.3,
    "augment_noise": 0.1,
}


def train(trainee: Supervised, first: int, last: int) -> None:
    """Make updates `first` + 1 to `last`."""
    trainee.advance(first, last)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def save(work: Work, trainee: Supervised, step: int, *, best: bool = False) -> None:
    extra = {"wall_s": np.array(1.5), "best_step": np.array(step)}
    checkpoint.save(work, checkpoint.state_of(trainee, extra), step, best=best)


def state_file(work: Work, step: int) -> Path:
    return work.files.folder / "checkpoints" / str(step) / "state.npz"


def kept(work: Work) -> list[int]:
    steps = [c.step for c in work.store.metrics.checkpoints(work.run.id)]
    assert sorted(int(path.name) for path in (work.files.folder / "checkpoints").iterdir()) == steps
    return steps


@pytest.fixture(scope="module")
def trained() -> Supervised:
    trainee = tiny.classifier(CONFIG)
    train(trainee, 0, 5)
    return trainee


@pytest.mark.parametrize(
    "changes",
    [{"optimizer": "adam"}, {"optimizer": "sgd"}, AUGMENTED],
    ids=["adam", "sgd", "augmented"],
)
def test_training_that_was_interrupted_ends_with_the_same_bits(work: Work, changes: dict[str, Any]) -> None:
    config = replace(CONFIG, **changes)
    trainee = tiny.classifier(config)
    beginning = checkpoint.state_of(trainee)
    train(trainee, 0, 12)
    through, numbers = checkpoint.state_of(trainee), trainee.remembered(1, 12)
    checkpoint.restore(trainee, beginning)  # the same graph, set back: to trace another takes longer than to train
    train(trainee, 0, 5)  # one epoch of 4 and one update more
    save(work, trainee, 5)
    second = tiny.classifier(replace(config, seed=99))  # other weights and other dropout, until it is restored
    second.batches = tiny.classifier(config).batches
    step, extra = checkpoint.load_last(work, second)
    assert (step, float(extra["wall_s"]), int(extra["best_step"])) == (5, 1.5, 5)
    train(second, step, 12)
    same(checkpoint.state_of(second), through)
    assert second.remembered(1, 12) == numbers


def test_the_state_holds_every_variable_of_model_and_optimiser_seeds_included(trained: Supervised) -> None:
    state = checkpoint.state_of(trained)
    assert len(state) == len(trained.variables) + len(trained.optimizer.variables)
    assert any("seed" in name for name in state)
    assert any("moving_mean" in name for name in state)
    assert any("iteration" in name for name in state)


def test_restoring_a_state_sets_every_variable_to_it(trained: Supervised) -> None:
    other = tiny.classifier(replace(CONFIG, seed=99))
    state = checkpoint.state_of(trained)
    assert any((checkpoint.state_of(other)[name] != array).any() for name, array in state.items())
    checkpoint.restore(other, state)
    same(checkpoint.state_of(other), state)


def test_a_restored_state_changes_images_as_they_would_have_been_changed(work: Work) -> None:
    config = replace(CONFIG, **AUGMENTED)
    trainee, other = tiny.classifier(config), tiny.classifier(replace(config, seed=99))
    train(trainee, 0, 3)
    state = checkpoint.state_of(trainee)
    assert len([name for name in state if "seed" in name]) == 1 + len(AUGMENTED)  # dropout has one too
    checkpoint.restore(other, state)
    images = tiny.arrays()["x_train"]
    later = [trainee._augmentation(images).numpy() for _ in range(2)]
    for expected in later:
        np.testing.assert_array_equal(other._augmentation(images), expected)
    assert (later[0] != later[1]).any()


def test_a_state_fits_the_same_network_whatever_was_built_in_the_process_before(trained: Supervised) -> None:
    state = checkpoint.state_of(trained)
    second = Supervised(FAMILY, CONFIG, tiny.prepared(), "float32")
    third = Supervised(FAMILY, CONFIG, tiny.prepared(), "float32")
    for other in (second, third):
        checkpoint.restore(other, state)
        for name, array in zip(state, checkpoint.state_of(other).values(), strict=True):
            np.testing.assert_array_equal(array, state[name])


@pytest.mark.parametrize("layers", [(Flatten(),), (Conv(filters=4), *tiny.LAYERS[1:])], ids=["fewer", "another size"])
def test_a_state_of_another_network_is_refused_and_changes_nothing(trained: Supervised, layers: tuple) -> None:
    other = tiny.classifier(replace(CONFIG, layers=layers))
    before = checkpoint.state_of(trained)
    with pytest.raises(ArtifactError, match="belongs to another network"):
        checkpoint.restore(trained, checkpoint.state_of(other))
    same(checkpoint.state_of(trained), before)


def test_without_a_checkpoint_a_run_begins_at_the_beginning(work: Work, trained: Supervised) -> None:
    before = checkpoint.state_of(trained)
    assert checkpoint.load_last(work, trained) == (0, {})
    assert checkpoint.load_best(work, trained) is None
    same(checkpoint.state_of(trained), before)


def test_the_last_two_and_the_best_are_kept(work: Work, trained: Supervised) -> None:
    save(work, trained, 4)
    save(work, trained, 8, best=True)
    save(work, trained, 12)
    save(work, trained, 16)
    assert kept(work) == [8, 12, 16]
    save(work, trained, 20, best=True)
    assert kept(work) == [16, 20]
    save(work, trained, 24)
    save(work, trained, 28)
    assert kept(work) == [20, 24, 28]


def test_the_best_is_restored_not_the_last(work: Work, trained: Supervised) -> None:
    best, last = tiny.classifier(CONFIG), tiny.classifier(replace(CONFIG, seed=1))
    save(work, best, 4, best=True)
    save(work, last, 8)
    other = tiny.classifier(replace(CONFIG, seed=2))
    assert checkpoint.load_best(work, other) == 4
    same(checkpoint.state_of(other), checkpoint.state_of(best))
    assert checkpoint.load_last(work, other)[0] == 8
    same(checkpoint.state_of(other), checkpoint.state_of(last))


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut short":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])


@pytest.mark.parametrize("how", ["gone", "cut short", "one bit flipped"])
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before_and_says_so(
    work: Work, trained: Supervised, how: str
) -> None:
    good = tiny.classifier(CONFIG)
    save(work, good, 4)
    save(work, trained, 5)
    damage(state_file(work, 5), how)
    other = tiny.classifier(replace(CONFIG, seed=2))
    assert checkpoint.load_last(work, other)[0] == 4
    same(checkpoint.state_of(other), checkpoint.state_of(good))
    assert [c.step for c in work.store.metrics.checkpoints(work.run.id)] == [4]
    lines = [json.loads(line) for line in work.files.log.read_text().splitlines()]
    assert [(line["event"], line["step"]) for line in lines] == [("checkpoint skipped", 5)]


def test_a_damaged_best_checkpoint_is_no_best(work: Work, trained: Supervised) -> None:
    save(work, trained, 4, best=True)
    damage(state_file(work, 4), "cut short")
    before = checkpoint.state_of(trained)
    assert checkpoint.load_best(work, trained) is None
    same(checkpoint.state_of(trained), before)
