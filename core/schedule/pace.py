"""How often something beside training may be done, so that it takes but a small share of the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pace:
    """Lets something be done so rarely that it takes at most a share of the time, whatever it costs.

    After it took c seconds, it rests for c / share, and at least for `least_s`: at 2 %, 30 ms are followed by 1.5 s.
    The cost is measured each time, so what runs on a busy machine, or costs more once, rests longer.

    Args:
        share: Of the time, at most; above 0.
        least_s: Seconds between the end of one and the begin of the next.
        clock: Returns seconds that only grow.
    """

    def __init__(self, share: float, least_s: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._share, self._least_s, self._clock = share, least_s, clock
        self._next = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether it has rested long enough."""
        return self._clock() >= self._next

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Measure what is done in the block, and rest afterwards even if it fails."""
        began = self._clock()
        try:
            yield
        finally:
            ended = self._clock()
            self._next = ended + max(self._least_s, (ended - began) / self._share)
