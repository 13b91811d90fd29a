"""The command to take something in: a run from another Glassbox, or a network that was trained elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from core.bundle.read import import_bundle
from core.cli.command import REFUSED, Commands, refuse
from core.cli.follow import open_home, wait
from core.cli.report import report, result, show
from core.datasets.own.uploads import drop_upload, keep_upload
from core.elsewhere.fit import SCALES, likely_scale
from core.elsewhere.submit import fitting, queue_network, read_network
from core.errors import BundleError, ConfigError, NetworkError
from core.settings import Settings
from core.store import Status, Store, open_store
from core.store.records import LOCAL

KERAS = ".keras"


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("import", take_in, "Import a run that was exported as a bundle, or a network trained elsewhere.")
    sub.add_argument("file", type=Path, metavar="FILE", help="a bundle, .zip, or a network, .keras")
    sub.add_argument("--dataset", metavar="ID", help="of a network: the data to test it on")
    sub.add_argument(
        "--scale",
        choices=list(SCALES),
        help="of a network: how its input was scaled where it was trained (default: as_is if it begins with a layer "
        "that scales, else zero_to_one for images)",
    )
    sub.add_argument("--name", default="", help="of a network: the name of its run (default: the file's)")


def take_in(settings: Settings, options: argparse.Namespace) -> int:
    """Import what the file holds, or say why not; the command line owns it."""
    try:
        if options.file.suffix.lower() == KERAS:
            return _network(open_home(settings), options)
        return _run(open_store(settings), options)
    except (BundleError, NetworkError) as error:
        return refuse(error)


def _run(store: Store, options: argparse.Namespace) -> int:
    if options.dataset or options.scale or options.name:
        raise ConfigError("a bundle names its data itself", fix="Leave out --dataset, --scale and --name.")
    found = import_bundle(store, options.file, LOCAL)
    run, said = found.run, "imported" if found.is_new else "here already, not imported again"
    show(options, {**report(run), "is_new": found.is_new, "name": run.name}, f"{run.id}  {said}: {run.name}")
    return 0


def _network(store: Store, options: argparse.Namespace) -> int:
    graph = read_network(options.file, options.file.name)
    fits = {dataset.id: dataset for dataset in fitting(store, graph, LOCAL)}
    if not options.dataset:
        raise ConfigError("a network needs data to be tested on", expected=f"--dataset {_listed(fits)}")
    if options.dataset in fits:
        options.scale = options.scale or likely_scale(graph, fits[options.dataset].spec.features)
    with options.file.open("rb") as file:
        upload = keep_upload(store.settings, LOCAL, options.file.name, file)
    try:
        task = queue_network(store, upload, graph, options.dataset, options.scale or "as_is", LOCAL, options.name)
    except BaseException:
        drop_upload(upload)
        raise
    task = wait(store, task, shows=not options.json and sys.stderr.isatty())
    if task.status is not Status.SUCCEEDED:
        print(f"glassbox: {task.error or 'it was stopped'}", file=sys.stderr)
        return REFUSED
    run = store.runs.get(task.summary["run"])
    show(options, {**report(run), "name": run.name}, f"{run.id}  imported: {run.name}, {result(run)} on the test data")
    return 0


def _listed(fits: Mapping[str, object]) -> str:
    shown = list(fits)[:10]
    return f"with one of {', '.join(shown)}" if shown else "of data whose examples fit; none here does"
