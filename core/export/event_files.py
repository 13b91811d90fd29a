"""A run as TensorBoard's event files: curves, settings, and pictures as far as somebody may see them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from core.datasets import find_dataset
from core.errors import ArtifactError, DatasetError, RunError
from core.export.formats import INSTALL
from core.families import find_family
from core.figures.pictures import Plot, Text
from core.runs.comparison.settings import settings_of_runs
from core.runs.visible import snapshot_seen, views_seen
from core.schedule.split import evenly_spread
from core.store import Run, Store

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

VALIDATION = "val_"
MOST_PICTURES, MOST_MOMENTS = 12, 30  # of a view, and snapshots that are shown of it
EARLIEST = (1980, 1, 1, 0, 0, 0)


def missing() -> str:
    """Return what to install first, in one sentence; empty if everything is there."""
    return "" if find_spec("tensorboard") else f"TensorBoard needs tensorboard on this server: {INSTALL}."


def write_event_files(store: Store, run: Run, actor: str, folder: Path) -> None:
    """Write a run as event files: `train` has the curves of training, the settings and pictures; `validation` the rest.

    Args:
        store: Store of the run.
        run: A training run.
        actor: Who takes it; pictures that they may not see are left out.
        folder: Where to write; made if missing.

    Raises:
        RunError: It trains nothing, or a package is missing here.
    """
    if run.family is None:
        raise RunError(f"task {run.id} trains nothing, so it has no curves")
    if said := missing():
        raise RunError(said.rstrip("."))
    _write(folder / "train", run, [*_texts(store, run), *_scalars(store, run, ""), *_pictures(store, run, actor)])
    if validated := list(_scalars(store, run, VALIDATION)):
        _write(folder / "validation", run, validated)


def zip_event_files(store: Store, run: Run, actor: str, path: Path) -> None:
    """Write the same as a ZIP file, in a folder with the name of the run's id.

    Raises:
        RunError: As `write_event_files`.
    """
    with TemporaryDirectory() as place:
        root = Path(place)
        write_event_files(store, run, actor, root / run.id)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for part in sorted(path for path in root.rglob("*") if path.is_file()):
                info = zipfile.ZipInfo(part.relative_to(root).as_posix(), EARLIEST)
                file.writestr(info, part.read_bytes(), zipfile.ZIP_DEFLATED)


def _write(folder: Path, run: Run, events: list[Event]) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events.out.tfevents.{int(run.created):010d}.glassbox"
    with path.open("wb") as file:
        records = RecordWriter(file)
        for event in [Event(wall_time=run.started or run.created, file_version="brain.Event:2"), *events]:
            records.write(event.SerializeToString())
        records.flush()


def _event(run: Run, step: int, wall_s: float, value: Summary.Value) -> Event:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Event(wall_time=(run.started or run.created) + wall_s, step=step, summary=Summary(value=[value]))


def _scalars(store: Store, run: Run, prefix: str) -> Iterator[Event]:
    """Yield the curves of training, or those of validation under the names that they have in training."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    for point in store.metrics.since(run.id):
        for name, value in point.values.items():
            if value is not None and name.startswith(VALIDATION) == bool(prefix):
                yield _event(
                    run, point.step, point.wall_s, Summary.Value(tag=name.removeprefix(prefix), simple_value=value)
                )


def _texts(store: Store, run: Run) -> Iterator[Event]:
    settings = [(one.label, one.said[0] or "without effect") for one in settings_of_runs(store.settings, [run])]
    results = [(name, str(value)) for name, value in run.summary.items() if value not in (None, "")]
    for tag, rows in (("settings", settings), ("results", results)):
        lines = ["| | |", "|:--|:--|", *(f"| {_cell(label)} | {_cell(value)} |" for label, value in rows)]
        yield _text(run, tag, "\n".join(lines))
    yield _text(run, "run", f"{run.name}\n\n{run.note}".strip())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _text(run: Run, tag: str, text: str, step: int = 0, wall_s: float = 0.0) -> Event:
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING

    one = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    shown_by = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=one, string_val=[text.encode()])
    return _event(run, step, wall_s, Summary.Value(tag=tag, metadata=shown_by, tensor=tensor))


def _pictures(store: Store, run: Run, actor: str) -> Iterator[Event]:
    """Yield the pictures of the family's views, at snapshots evenly spread from the first to the last."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    try:
        spec = find_dataset(store.settings, run.dataset).spec
    except DatasetError:  # it was deleted, and nobody knows its shape
        return
    views = views_seen(store.settings, find_family(str(run.family)), run.dataset, actor)
    saved = store.metrics.snapshots(run.id)
    for snapshot in (saved[place] for place in evenly_spread(np.arange(len(saved)), MOST_MOMENTS)):
        for name, view in views.items():
            try:
                drawn = view.draw(snapshot_seen(store, run, snapshot.step, view, actor), spec)[:MOST_PICTURES]
            except ArtifactError:  # its file is gone or damaged
                continue
            for index, picture in enumerate(drawn):
                if isinstance(picture, Text | Plot):
                    yield _text(run, f"{name}/{index}", picture.text, snapshot.step, snapshot.wall_s)
                    continue
                png = picture.still or picture.png
                image = Summary.Image(
                    height=picture.height, width=picture.width, colorspace=3, encoded_image_string=png
                )
                tag = f"{name}/{index}"
                yield _event(run, snapshot.step, snapshot.wall_s, Summary.Value(tag=tag, image=image))
