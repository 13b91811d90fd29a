"""Shortcuts through Streamlit 1.67 for what it does again for each part and each control of a page.

They took a quarter of the time of a studio's page: to find the value of one control, Streamlit lists the values of all;
for each fragment, it copies the places of the elements around it in Python's most general way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from streamlit.cursor import Cursor, SparseList
from streamlit.runtime.state import SafeSessionState

_list_all = SafeSessionState.filtered_state.fget  # type: ignore[attr-defined]


class _Values(Mapping[str, Any]):
    """The values of a visit by their keys, each looked up when it is asked for."""

    def __init__(self, state: SafeSessionState) -> None:
        self._state = state

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_list_all(self._state))

    def __len__(self) -> int:
        return len(_list_all(self._state))


def take_shortcuts() -> None:
    """Let Streamlit look up single values, and copy places by their parts."""
    SafeSessionState.filtered_state = property(_Values)  # type: ignore[assignment, method-assign]
    Cursor.__deepcopy__ = _copy_place  # type: ignore[attr-defined]


def _copy_place(place: Cursor, memo: dict[int, Any]) -> Cursor:
    """Copy a place: all that it holds is immutable, except the elements that are there for a moment."""
    twin = object.__new__(type(place))
    twin.__dict__.update(place.__dict__)
    elements = place._transient_elements
    twin._transient_elements = deepcopy(elements, memo) if len(elements) else SparseList()
    return twin
