"""What every block of layers has in common."""

from __future__ import annotations

from core.config import Block
from core.layers.spec import LayerSpec


class LayerBlock(Block):
    """A block that stands for one Keras layer, or for a few of which the last has the block's name."""

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Describe the block's layers.

        Args:
            name: Of the block.
            before: Name of the layer before it.
            channels: How many that one gives.
        """
        return [self.to_spec(name)]

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the one layer that most blocks are."""
        raise NotImplementedError

    def channels(self, before: int) -> int:
        """Return how many channels it gives when it is given `before`."""
        return before
