"""Queue the task that loads a network from elsewhere and tests it; what is wrong with the file is said before."""

from __future__ import annotations

from pathlib import Path

from core.datasets import Dataset, find_dataset, list_datasets
from core.datasets.access import check_may_see
from core.datasets.own.uploads import Upload
from core.elsewhere.file import open_file
from core.elsewhere.fit import fit, takes
from core.elsewhere.graph import Graph, read_graph
from core.errors import LimitError
from core.families.elsewhere import FAMILY
from core.jobs.submit import ensure_foreman, ensure_prepared
from core.store import Run, Store
from core.store.records import ALIVE, LOCAL, NewRun
from core.store.runs.changes import LONGEST_NAME, checked

KIND = "load"
MOST_WAITING = 3  # networks of one visitor


def read_network(path: Path, name: str) -> Graph:
    """Read what a file says of its network.

    Args:
        path: Of the file.
        name: Its name as the user knows it.

    Raises:
        NetworkError: It is damaged or hostile, or has what is not known here.
    """
    return read_graph(open_file(path, name).described)


def fitting(store: Store, graph: Graph, actor: str) -> list[Dataset]:
    """Return the data sets that an actor may see whose examples can come into a network."""
    known = list_datasets(store.settings, actor).values()
    answered = [one for one in known if FAMILY.takes(one.spec)]
    return [one for one in answered if takes(graph, one.spec.input_shape)]


def queue_network(
    store: Store, upload: Upload, graph: Graph, dataset_id: str, scale: str, actor: str, name: str = ""
) -> Run:
    """Queue the task that makes a run of a network; the file is gone when it has ended.

    Args:
        store: The store.
        upload: The file.
        graph: Its network.
        dataset_id: The data to test it on.
        scale: How its input is scaled.
        actor: Who will own the run.
        name: Name of the run; the file's by default.

    Returns:
        The task; `summary["run"]` is the run once it has succeeded.

    Raises:
        NetworkError: The network does not fit the data.
        DatasetError, NotAllowedError: There is no such data, or the actor may not see it.
        LimitError: The actor has too many waiting.
        RunError: The name is too long.
    """
    check_may_see(store.settings, dataset_id, actor)
    dataset = find_dataset(store.settings, dataset_id)
    fit(graph, dataset.spec, scale)
    title = " ".join(name.split()) or Path(upload.name).stem[:LONGEST_NAME] or "network"
    checked("a run's name", title, LONGEST_NAME, 1)
    if actor != LOCAL and store.runs.count(kind=KIND, owners=[actor], status=ALIVE) >= MOST_WAITING:
        raise LimitError("your other networks are still being tested", expected=f"at most {MOST_WAITING} at a time")
    needed = ensure_prepared(store, dataset_id, at_once=True)
    task = store.runs.submit_once(
        NewRun(
            kind=KIND,
            dataset=dataset_id,
            owner=actor,
            name=title,
            config={"upload": upload.mark, "file": Path(upload.name).name[:LONGEST_NAME], "scale": scale},
            after=None if needed is None else needed.id,
            subject=upload.mark,
        )
    )
    ensure_foreman(store.settings)
    return task
