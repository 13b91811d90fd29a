"""Number of updates and epochs of a run, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

SPLIT_SEED = 0  # validation images do not depend on the run's seed
EVAL_BATCH = 500
EVAL_VALUES = 40_000_000  # that a layer gives at once when a network is measured, so that it stays below 0.2 GB


def eval_batch(values: int) -> int:
    """Return how many examples are measured at once by a network whose largest layer gives so many values of one."""
    return max(1, min(EVAL_BATCH, EVAL_VALUES // values))


@dataclass(frozen=True)
class Plan:
    """The updates of a run; an image budget may cut the last epoch short.

    Args:
        examples: Training examples.
        batch_size: Examples per update; the last update of an epoch takes the rest.
        epochs: Maximum number of epochs.
        max_images: Images after which to stop; 0 for no limit.
        repeats: Times that an epoch contains each example; above 1 for small data sets.
    """

    examples: int
    batch_size: int
    epochs: int
    max_images: int = 0
    repeats: float = 1.0

    @property
    def steps_per_epoch(self) -> int:
        """Updates in a whole epoch."""
        return -(-self.examples // self.batch_size)

    @property
    def total_steps(self) -> int:
        """Updates in the whole run."""
        most = self.epochs * self.steps_per_epoch
        whole, rest = divmod(self.max_images, self.examples)
        budget = whole * self.steps_per_epoch + -(-rest // self.batch_size)
        return min(most, budget) if self.max_images else most

    @property
    def is_cut_short(self) -> bool:
        """Whether the image budget ends the run before its last epoch does."""
        return self.total_steps < self.epochs * self.steps_per_epoch

    def epochs_done(self, step: int) -> int:
        """Return the number of complete epochs after `step` updates."""
        return step // self.steps_per_epoch

    def passes(self, step: int) -> float:
        """Return the passes through the data set after `step` updates."""
        return step / self.steps_per_epoch * self.repeats

    def images(self, step: int) -> int:
        """Return the number of images seen in `step` updates, repeats included."""
        whole, rest = divmod(step, self.steps_per_epoch)
        return whole * self.examples + min(rest * self.batch_size, self.examples)
