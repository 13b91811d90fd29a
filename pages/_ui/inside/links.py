"""Links into a run's network, and the choices that they keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from core.datasets.features import Image, Vector
from core.datasets.targets import Classes, NextToken, Number
from core.errors import DatasetError
from core.families import config_of, find_family
from core.layers.chain import is_chain
from core.store import Run
from pages._ui.shell import shell

PAGE, ICON = "pages/inside.py", ":material/biotech:"
ONE_STEP = "One step"  # the view of a chain of dense layers

T = TypeVar("T")


def has_inside(run: Run) -> bool:
    """Return whether a run has a network that can be opened."""
    is_here = run.family is not None and find_family(run.family).has_networks
    return is_here and _is_read(run) and bool(shell.store().metrics.snapshots(run.id))


def _is_read(run: Run) -> bool:
    """Return whether the page can give the network an example of its kind; data that was deleted is not asked."""
    try:
        spec = shell.dataset(run.dataset).spec
        return isinstance(spec.features, Image | Vector) or isinstance(spec.target, Classes | Number | NextToken)
    except DatasetError:
        return True


def has_step(run: Run) -> bool:
    """Return whether one step of a run can be written out: its network is a chain of dense layers, with a target."""
    spec = shell.dataset(run.dataset).spec
    networks = find_family(str(run.family)).networks(config_of(run), spec)
    return len(networks) == 1 and is_chain(networks[0], spec.target)


def open_step(run: Run) -> None:
    """Open one step of a run."""
    st.switch_page(PAGE, query_params={"run": run.id, "inside_view": ONE_STEP})


def link_step(run: Run) -> None:
    """Draw a link to one step of a run, if it has one to show."""
    if has_inside(run) and has_step(run):
        link_inside(run, "One step: how backpropagation changes a weight", view=ONE_STEP)


def link_inside(run: Run, label: str, *, row: int | None = None, view: str = "") -> None:
    """Draw a link that opens a run's network, if it can be opened.

    Args:
        run: The run.
        label: What the link says.
        row: Test example that the network is given; None for none.
        view: Title of the view; "" for the first one.
    """
    if not has_inside(run):
        return
    query = {"run": run.id, "inside_view": view, "inside_input": "" if row is None else f"test.{row}"}
    query = {name: text for name, text in query.items() if text}
    st.page_link(PAGE, label=label, icon=ICON, query_params=query, width="content")


def from_link(name: str, options: Sequence[T], default: T) -> T:
    """Return the option that the link names; the default if it names none of them."""
    linked = st.query_params.get(name)
    return next((one for one in options if str(one) == linked), default)


def keep_in_link(name: str, chosen: T, default: T) -> T:
    """Keep a choice in the link, where the default takes no place, and return it."""
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(chosen)
    return chosen


def choose_linked(
    name: str,
    label: str,
    options: Sequence[T],
    default: T,
    *,
    run: Run,
    says: Callable[[T], str] = str,
    **more: Any,
) -> T:
    """Draw a choice that stands in the link, and return it.

    Args:
        name: In the link, and, before the run's id, in its key.
        label: Of the control.
        options: At least one.
        default: The one that is chosen at first.
        run: The run that is looked at.
        says: Option -> how people read it.
        more: As for `st.selectbox`.
    """
    at = options.index(from_link(name, options, default))
    chosen = st.selectbox(label, options, at, format_func=says, key=f"{name}_{run.id}", **more)
    return keep_in_link(name, chosen, default)
