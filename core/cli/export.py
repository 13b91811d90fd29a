"""The command to take something out of a run: export."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from core.bundle.write import write_bundle
from core.cli.command import Commands
from core.cli.follow import open_home, wait
from core.cli.report import in_words, show, write_file, writing
from core.errors import ConfigError, RunError
from core.export.check import Record, say_size, say_time
from core.export.curves import curves_csv
from core.export.event_files import write_event_files, zip_event_files
from core.export.export import open_export, queue_export, read_record
from core.export.formats import FORMATS, find_format
from core.export.mlflow_run import export_to_mlflow
from core.export.package import unpack_model
from core.export.report import comparison_report, run_report
from core.program.export import FORMATS as PROGRAMS
from core.program.export import program_of_form, program_of_run
from core.program.scratch.start import numpy_program, start_file, zipped
from core.settings import Settings
from core.store import Run, Store
from core.store.records import LOCAL

CSV, HTML, NUMPY, BUNDLE, TENSORBOARD, MLFLOW = "csv", "html", "numpy", "bundle", "tensorboard", "mlflow"
WHOLE = {
    BUNDLE: "PATH.zip",
    TENSORBOARD: "PATH.zip, or a folder",
    MLFLOW: "a tracking URI, or a folder",
}  # and their --out


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("export", export, "Take out a run's program, network, numbers or report.")
    sub.add_argument("id", metavar="RUN", nargs="*", help="a run, or 2 to 12 to compare as html; or use --config")
    sub.add_argument("--config", metavar="LINK", help="a shared link, its part after ?, or a JSON file of settings")
    sub.add_argument(
        "--format",
        choices=[*PROGRAMS, NUMPY, *FORMATS, CSV, HTML, *WHOLE],
        default="script",
        help="a plain Keras program (script, notebook), a dense network's training in NumPy alone (numpy), the trained "
        "network, checked in that format's own runtime "
        f"({', '.join(FORMATS)}), the numbers of every step (csv), a report in one file (html), the whole run for "
        "another Glassbox (bundle), or its curves and settings for other programs (tensorboard, mlflow) "
        "(default: script)",
    )
    sub.add_argument(
        "--out",
        metavar="PATH",
        help="file to write (default: standard output; numpy writes a .zip, or a .py and an .npz beside it; a network "
        "needs one: with the ending .zip it comes with a "
        "program that uses it, otherwise alone); for tensorboard a .zip or a folder, for mlflow a tracking URI or a "
        "folder",
    )


def export(settings: Settings, options: argparse.Namespace) -> int:
    """Write what was asked for."""
    if bool(options.id) == (options.config is not None):
        raise ConfigError("export needs either a run or --config", fix="See python -m core export --help.")
    if len(options.id) > 1 and options.format != HTML:
        raise ConfigError(f"--format {options.format} takes one run", received=f"{len(options.id)} runs")
    if options.format in PROGRAMS:
        return _export_program(settings, options)
    if not options.id:
        raise ConfigError(f"--format {options.format} needs a run", fix="Settings alone give a script or a notebook.")
    store = open_home(settings)
    runs = [store.runs.get(run_id) for run_id in options.id]
    if options.format == HTML:
        return _write_text(options, " and ".join(run.name for run in runs), _report(store, runs))
    if options.format == CSV:
        return _write_text(options, runs[0].name, curves_csv(store, runs[0]))
    if options.format == NUMPY:
        return _export_numpy(store, runs[0], options)
    if options.format in WHOLE:
        return _export_whole(store, runs[0], options)
    return _export_network(store, runs[0], options)


def _export_whole(store: Store, run: Run, options: argparse.Namespace) -> int:
    """Write a run, with all that belongs to it, to a file, a folder, or into another program."""
    if options.out is None:
        raise ConfigError(f"--format {options.format} writes no text", expected=f"--out with {WHOLE[options.format]}")
    values = {"run": run.id, "out": options.out}
    if options.format == MLFLOW:
        made, is_new = export_to_mlflow(store, run, LOCAL, options.out)
        there = "MLflow's run" if is_new else "it is there already, as MLflow's run"
        show(options, {**values, "mlflow_run": made, "is_new": is_new}, f"{options.out}  {there} {made}")
        return 0
    out = Path(options.out)
    if options.format == TENSORBOARD and out.suffix != ".zip":
        with in_words(out):
            write_event_files(store, run, LOCAL, out)
    else:
        with writing(out) as path:
            (write_bundle if options.format == BUNDLE else zip_event_files)(store, run, LOCAL, path)
    show(options, values, f"{options.out}  {run.name}")
    return 0


def _report(store: Store, runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        return run_report(store, runs[0], LOCAL)
    return comparison_report(store, [run.id for run in runs], LOCAL)


def _export_program(settings: Settings, options: argparse.Namespace) -> int:
    if options.id:
        program = program_of_run(open_home(settings), options.id[0])
    else:
        program = program_of_form(options.config, settings)
    return _write_text(options, program.name, PROGRAMS[options.format](program.parts, program.name))


def _export_numpy(store: Store, run: Run, options: argparse.Namespace) -> int:
    """Write a NumPy program and the file that it loads, both in a ZIP file or side by side."""
    out = Path(options.out or "")
    if out.suffix not in (".zip", ".py"):
        raise ConfigError(f"--format {NUMPY} writes two files", expected="--out PATH.zip, or PATH.py")
    if out.suffix == ".zip":
        write_file(out, zipped(store, run, LOCAL, out.stem))
    else:
        beside = out.with_suffix(".npz")
        program = numpy_program(store, run, beside.name)
        write_file(beside, start_file(store, run, LOCAL))
        write_file(out, program.encode())
    show(options, {"run": run.id, "out": str(out)}, f"{out}  {run.name}")
    return 0


def _write_text(options: argparse.Namespace, name: str, text: str) -> int:
    if options.out is None:
        print(json.dumps({"name": name, "text": text}) if options.json else text, end="")
        return 0
    write_file(Path(options.out), text.encode())
    show(options, {"name": name, "out": str(options.out)}, f"{options.out}  {name}")
    return 0


def _export_network(store: Store, run: Run, options: argparse.Namespace) -> int:
    form = find_format(options.format)
    if options.out is None:
        raise ConfigError(f"--format {form.id} writes a file", expected="--out PATH")
    task = queue_export(store, run, form.id, LOCAL)
    if task is not None:
        task = wait(store, task, shows=not options.json and sys.stderr.isatty())
    record = read_record(store, run, form.id)
    if record is None:
        error = "" if task is None else task.error
        raise RunError((error or f"the export of run {run.id} was stopped").rstrip("."))
    package, out = open_export(store, run, form.id, LOCAL), Path(options.out)
    if out.suffix == package.suffix:
        write_file(out, package.read_bytes())
    else:
        unpack_model(package, form, out)
    show(options, {"run": run.id, "out": str(out), **record.to_dict()}, _line(out, record))
    return 0


def _line(out: Path, record: Record) -> str:
    which = "best by validation" if record.is_best else "last snapshot"
    said = f"{record.title.lower()} {record.say(record.exported)}"
    if record.measure != "difference":
        said += f" (original {record.say(record.original)})"
    size, was = say_size(record.size_bytes), say_size(record.original_bytes)
    zipped, zipped_was = say_size(record.zip_bytes), say_size(record.original_zip_bytes)
    took, took_before = say_time(record.latency_ms), say_time(record.original_ms)
    return (
        f"{out}  step {record.step:,}, {which}; {said}; {size} ({was}), "
        f"zipped {zipped} ({zipped_was}); {took} an example ({took_before})"
    )
