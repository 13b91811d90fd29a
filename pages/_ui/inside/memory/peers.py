"""Other runs on the same data, to be looked at beside this one."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.families import config_of, find_family
from core.layers.memory import memories
from core.runs.visible import listed_runs
from core.store import Run
from pages._ui.inside.subject import Inside
from pages._ui.shell import owner, shell

MOST = 40  # newest runs that are offered


def peers_of(inside: Inside) -> dict[str, Run]:
    """Return other runs with a memory that this visitor's lists have, on the same data, by id, newest first."""
    found = {}
    for run in listed_runs(shell.store(), owner.actor()):
        same = (run.dataset, run.dataset_version) == (inside.run.dataset, inside.run.dataset_version)
        if same and run.id != inside.run.id and run.family and _has_memory(run, inside):
            found[run.id] = run
        if len(found) == MOST:
            break
    return found


def _has_memory(run: Run, inside: Inside) -> bool:
    networks = find_family(str(run.family)).networks(config_of(run), inside.dataset.spec)
    return len(networks) == 1 and bool(memories(networks[0])) and bool(shell.store().metrics.snapshots(run.id))


def as_peer(inside: Inside, run: Run) -> Inside:
    """Return another run as it is at its last saved moment, with the same example."""
    steps = tuple(one.step for one in shell.store().metrics.snapshots(run.id))
    return replace(inside, run=run, step=steps[-1], steps=steps)


def choose_peers(inside: Inside, runs: dict[str, Run], *, key: str, most: int, help: str) -> list[Run]:
    """Draw the choice of runs beside this one, and return them."""
    if not runs:
        return []
    chosen = st.multiselect(
        "Beside it",
        list(runs),
        format_func=lambda run_id: kind_of(runs[run_id], inside),
        key=f"{key}_{inside.run.id}",
        max_selections=most,
        placeholder="other runs on this data",
        help=help,
        width=420,
    )
    return [runs[run_id] for run_id in chosen]


def kind_of(run: Run, inside: Inside) -> str:
    """Return a run's name with its recurrent layers."""
    [network] = find_family(str(run.family)).networks(config_of(run), inside.dataset.spec)
    kinds = [f"{spec.keras_class} {spec.kwargs['units']}" for spec in network.specs if spec.name in memories(network)]
    return f"{', '.join(kinds).replace('SimpleRNN', 'RNN')} · {run.name}"
