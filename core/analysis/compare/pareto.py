"""Which of several runs no other one beats in cost and result at once."""

from __future__ import annotations

from collections.abc import Sequence


def pareto_front(costs: Sequence[float | None], losses: Sequence[float | None]) -> list[int]:
    """Return the places that no other place beats: none is as good in both and better in one; cheapest first.

    Args:
        costs: The smaller, the better; None where unknown, which is left out.
        losses: The smaller, the better; None likewise.
    """
    known = [
        (cost, loss, place)
        for place, (cost, loss) in enumerate(zip(costs, losses, strict=True))
        if cost is not None and loss is not None
    ]
    front: list[tuple[float, float, int]] = []
    for one in sorted(known):
        if not front or one[1] < front[-1][1] or one[:2] == front[-1][:2]:
            front.append(one)
    return [place for _, _, place in front]
