"""The command line: train, runs, show, stop, resume, rename, delete, export, samples, judge, presets, datasets,
doctor.

It is a client like the pages: `train` goes through the same queue and the same worker.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from core import datasets as data
from core.analysis.verdict import Verdict
from core.doctor import examine
from core.errors import ArtifactError, ConfigError, GlassboxError
from core.export import FORMATS, program_of_form, program_of_run
from core.families import FAMILIES, find_family, find_preset
from core.generate import Request, generate, label_of
from core.jobs import ensure_foreman, submit_training
from core.jobs.judging import queue_judging, read_verdict
from core.jobs.queue import read_queue
from core.settings import Settings
from core.store import Run, Status, Store, in_words, open_store
from core.store.records import HELD, LOCAL

POLL_S = 0.1
LOOKED_S = 12.0  # so long a foreman takes at most to notice that a run has nobody
BAR = 30

SUMMARY_KEYS = (
    "epochs_done",
    "test_accuracy_last",
    "test_accuracy_best",
    "images_per_s",
    "fit_s",
    "first_metric_s",
    "parameters",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        return options.run(settings, options)
    except (GlassboxError, OperationalError) as error:
        said = in_words(error) if isinstance(error, OperationalError) else error
        print(f"glassbox: {said}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


# Commands


def _train(settings: Settings, options: argparse.Namespace) -> int:
    family = find_family(options.family)
    preset = find_preset(family, options.preset or family.default_preset)
    config = preset.config.changed(options.set)
    store = open_store(settings)
    dataset = options.dataset or preset.dataset or data.DEFAULT_DATASET
    run = submit_training(store, family, config, dataset, LOCAL, preset=preset, name=options.name)
    if options.detach:
        _print(options, {"run": run.id, "status": run.status}, f"{run.id}  queued")
        return 0
    return _follow(store, run, options)


def _resume(settings: Settings, options: argparse.Namespace) -> int:
    store = _open(settings)
    _let_foreman_look(store, options.id)
    run = store.runs.resume(options.id, LOCAL)
    if options.detach:
        _print(options, {"run": run.id, "status": run.status}, f"{run.id}  queued")
        return 0
    return _follow(store, run, options)


def _open(settings: Settings) -> Store:
    """Open the store, and see to it that somebody looks after its runs."""
    store = open_store(settings)
    ensure_foreman(settings)
    return store


def _let_foreman_look(store: Store, run_id: str) -> None:
    """Wait while a run seems to be held and its heart does not beat: after a crash nobody has looked yet."""
    first, until = store.runs.get(run_id), time.monotonic() + LOOKED_S
    run = first
    while run.status in HELD and run.heartbeat == first.heartbeat and time.monotonic() < until:
        time.sleep(POLL_S)
        run = store.runs.get(run_id)


def _stop(settings: Settings, options: argparse.Namespace) -> int:
    store = _open(settings)
    run = store.runs.stop(options.id, LOCAL)
    while not run.status.is_final:
        ensure_foreman(settings)
        time.sleep(POLL_S)
        run = store.runs.get(run.id)
    _print(options, report(run), f"{run.id}  {run.status}")
    return 0


def _rename(settings: Settings, options: argparse.Namespace) -> int:
    store = _open(settings)
    store.runs.rename(options.id, options.name, LOCAL)
    name = store.runs.get(options.id).name
    _print(options, {"run": options.id, "name": name}, f"{options.id}  {name}")
    return 0


def _delete(settings: Settings, options: argparse.Namespace) -> int:
    _open(settings).runs.delete(options.id, LOCAL)
    _print(options, {"run": options.id, "deleted": True}, f"{options.id}  deleted")
    return 0


def _runs(settings: Settings, options: argparse.Namespace) -> int:
    found = _open(settings).runs.list(limit=options.limit)
    lines = [f"{run.id}  {run.status:<10} {_result(run):>7}  {run.name}" for run in found]
    _print(options, [report(run) for run in found], "\n".join(lines) or "No runs yet: python -m core train cnn")
    return 0


def _show(settings: Settings, options: argparse.Namespace) -> int:
    run = _open(settings).runs.get(options.id)
    shown = {**report(run), "name": run.name, "dataset": run.dataset, "config": run.config, "error": run.error}
    _print(options, shown, "\n".join(f"{key:<20} {value}" for key, value in shown.items()))
    return 0


def _export(settings: Settings, options: argparse.Namespace) -> int:
    if (options.id is None) == (options.config is None):
        raise ConfigError("export needs either a run or --config", fix="See python -m core export --help.")
    program = program_of_run(_open(settings), options.id) if options.id else program_of_form(options.config, settings)
    text = FORMATS[options.format](program.parts, program.name)
    if options.out is None:
        print(json.dumps({"name": program.name, "text": text}) if options.json else text, end="")
        return 0
    _write(options.out, text.encode())
    _print(options, {"name": program.name, "out": str(options.out)}, f"{options.out}  {program.name}")
    return 0


def _samples(settings: Settings, options: argparse.Namespace) -> int:
    store = _open(settings)
    run = store.runs.get(options.id)
    label = None if options.label is None else label_of(store, run, options.label)
    made = generate(store, run, Request(options.n, options.seed, label, options.moment))
    _write(options.out, made.npz())
    _print(
        options, {**made.about, "out": str(options.out)}, f"{options.out}  {options.n:,} made by {made.about['name']}"
    )
    return 0


def _judge(settings: Settings, options: argparse.Namespace) -> int:
    store = _open(settings)
    run = store.runs.get(options.id)
    task = queue_judging(store, run, LOCAL, None if options.by is None else store.runs.get(options.by))
    task = _wait(store, task, shows=not options.json and sys.stderr.isatty())
    verdict = read_verdict(store, run) if task.status is Status.SUCCEEDED else None
    if verdict is None:
        print(f"glassbox: run {run.id} was not judged. {task.error or 'It was stopped.'}", file=sys.stderr)
        return 1
    classes = data.find_dataset(settings, run.dataset).spec.classes
    _print(options, {"run": run.id, "dataset": run.dataset, **verdict.to_dict()}, _found(run, verdict, classes))
    return 0


def _write(path: Path, data: bytes) -> None:
    """Write a file that somebody has asked for; all of it or nothing."""
    out = path.absolute()
    temporary = out.parent / f".{out.name}.part"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(out)
    except OSError as error:
        raise ArtifactError(f"{path} cannot be written", received=str(error.strerror)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _presets(settings: Settings, options: argparse.Namespace) -> int:
    rows = [
        {"family": family.id, "preset": preset.id, "title": preset.title, "sentence": preset.sentence}
        for family in FAMILIES.values()
        for preset in family.presets.values()
    ]
    _print(options, rows, "\n".join(f"{r['family']:<6} {r['preset']:<15} {r['sentence']}" for r in rows))
    return 0


def _datasets(settings: Settings, options: argparse.Namespace) -> int:
    rows = [
        {
            "dataset": d.id,
            "title": d.title,
            "train": d.spec.train_size,
            "test": d.spec.test_size,
            "licence": d.licence,
            "state": data.state_of(settings, d),
        }
        for d in data.list_datasets(settings).values()
    ]
    _print(options, rows, "\n".join(f"{r['dataset']:<10} {r['title']:<22} {r['state']}" for r in rows))
    return 0


def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    checks = examine(settings)
    lines = [f"{'ok ' if check.ok else 'BAD'}  {check.name:<10} {check.found}" for check in checks]
    _print(options, [vars(check) for check in checks], "\n".join(lines))
    return 0 if all(check.ok for check in checks) else 1


# What is shown of a run


def report(run: Run) -> dict[str, Any]:
    """Return a run's state and results under the same keys at any moment."""
    live = {"epochs_done": run.progress.get("epoch", 0), "images_per_s": run.progress.get("images_per_s")}
    values = {**dict.fromkeys(SUMMARY_KEYS), **live, **run.summary}
    keys = dict.fromkeys([*SUMMARY_KEYS, *([find_family(run.family).result.key] if run.family else [])])
    return {"run": run.id, "status": str(run.status), **{key: values.get(key) for key in keys}}


def _follow(store: Store, run: Run, options: argparse.Namespace) -> int:
    try:
        run = _wait(store, run, shows=not options.json and sys.stderr.isatty())
    except KeyboardInterrupt:
        print(f"\nglassbox: run {run.id} goes on; end it with: python -m core stop {run.id}", file=sys.stderr)
        raise
    _print(options, report(run), _ending(run))
    if run.error:
        print(f"glassbox: {run.error}", file=sys.stderr)
    return 0 if run.status is Status.SUCCEEDED else 1


def _wait(store: Store, run: Run, *, shows: bool) -> Run:
    """Wait until a run has ended, with a progress bar if it `shows`."""
    shown = ""
    while not run.status.is_final:
        ensure_foreman(store.settings)
        line = _progress(store, run)
        if shows and line != shown:
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        shown = line
        time.sleep(POLL_S)
        run = store.runs.get(run.id)
    if shows and shown:
        print(file=sys.stderr)
    return run


def _progress(store: Store, run: Run) -> str:
    if run.status is Status.QUEUED:
        ahead = read_queue(store).wait(run).ahead
        return f"queued, {ahead} before you" if ahead else "queued, next"
    total = run.progress.get("total_steps")
    if not total:
        return str(run.progress.get("phase", "starting"))
    share = run.progress["step"] / total
    filled = round(share * BAR)
    speed, left = run.progress.get("images_per_s"), run.progress.get("left_s")
    rest = f"  {speed:,} images/s  {left:.0f} s left" if speed else ""
    epoch = min(run.progress["epoch"] + 1, run.progress["epochs"])
    bar = "#" * filled + "." * (BAR - filled)
    return f"{run.progress['phase']} [{bar}] {share:4.0%}  epoch {epoch} of {run.progress['epochs']}{rest}"


def _ending(run: Run) -> str:
    accuracy, found = run.summary.get("test_accuracy_last"), _result(run)
    if accuracy is not None:
        found = f"{_percent(accuracy)} of {run.summary['test_size']:,} test images right"
    return f"{run.id}  {run.status}" + (f", {found}" if found else "")


def _result(run: Run) -> str:
    """Say in a few words what a run is judged by; empty if it was not."""
    if run.family is None:
        return ""
    result = find_family(run.family).result
    return result.say(run.summary[result.key]) if run.summary.get(result.key) is not None else ""


def _found(run: Run, verdict: Verdict, classes: Sequence[str]) -> str:
    """Say in lines what a classifier has found, each number beside that of real images."""
    found, seen, scarcest = verdict.last.judgement, verdict.last.judgement.coverage, verdict.scarcest
    low, high = found.frechet_interval
    share, fair = _percent(seen.shares[scarcest]), _percent(verdict.fair[scarcest])
    lines = {
        run.id: f"step {verdict.last.step:,}, judged by {verdict.judge_name} ({_percent(verdict.accuracy)} right)",
        "sure": f"{_percent(seen.confidence)} (of real images {_percent(verdict.confidence_floor)})",
        "classes": f"{seen.covered} of {len(classes)}; {classes[scarcest]} falls short most: {share} instead of {fair}",
        "Fréchet": f"{found.frechet:.1f} ({low:.1f} to {high:.1f}; of real images {found.frechet_floor:.1f})",
        "kernel": f"{found.kernel:.3g} (of real images {found.kernel_floor:.3g})",
        "precision": f"{_percent(found.precision)} (of real images {_percent(found.precision_floor)})",
        "recall": f"{_percent(found.recall)} (of real images {_percent(found.recall_floor)})",
    }
    return "\n".join(f"{name:<10}  {said}" for name, said in lines.items())


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}".replace("%", " %")


def _print(options: argparse.Namespace, values: Any, text: str) -> None:
    print(json.dumps(values) if options.json else text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Train networks and look after their runs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Settings, argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=words, description=words)
        sub.add_argument("--json", action="store_true", help="print JSON only")
        sub.set_defaults(run=run)
        return sub

    train = command("train", _train, "Train a network and wait for its result.")
    train.add_argument("family", help="such as " + ", ".join(FAMILIES))
    train.add_argument("--preset", help="where to start from; see presets")
    default = f"the preset's, else {data.DEFAULT_DATASET}"
    train.add_argument("--dataset", help=f"see datasets (default: {default})")
    train.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    train.add_argument("--name", default="", help="name of the run")
    train.add_argument("--detach", action="store_true", help="do not wait")
    runs = command("runs", _runs, "List the runs, newest first.")
    runs.add_argument("--limit", type=int, default=20)
    for name, run, words in (
        ("show", _show, "Show one run."),
        ("stop", _stop, "Stop a run and wait until it has."),
        ("resume", _resume, "Go on with a stopped or lost run."),
        ("rename", _rename, "Give a run another name."),
        ("delete", _delete, "Delete a run that has ended, with all its files."),
    ):
        sub = command(name, run, words)
        sub.add_argument("id", metavar="RUN")
        if name == "rename":
            sub.add_argument("name", metavar="NAME")
        if name == "resume":
            sub.add_argument("--detach", action="store_true", help="do not wait")
    export = command("export", _export, "Print the plain Keras program that does what a run did.")
    export.add_argument("id", metavar="RUN", nargs="?", help="a run; or give --config")
    export.add_argument("--config", metavar="LINK", help="a shared link, its part after ?, or a JSON file of settings")
    export.add_argument("--format", choices=FORMATS, default="script")
    export.add_argument("--out", type=Path, metavar="PATH", help="file to write (default: standard output)")
    samples = command("samples", _samples, "Let a trained generator make examples.")
    samples.add_argument("id", metavar="RUN", help="a run of a GAN")
    samples.add_argument("--n", type=int, default=64, help="how many")
    samples.add_argument("--seed", type=int, default=0, help="of the noise: the same one makes the same examples")
    samples.add_argument("--moment", type=int, metavar="STEP", help="a saved moment (default: the last)")
    samples.add_argument("--label", metavar="CLASS", help="the class to ask for, if the generator can be told one")
    samples.add_argument("--out", type=Path, metavar="PATH", default=Path("samples.npz"), help="file to write")
    judge = command("judge", _judge, "Let a classifier say how good the images of a GAN are.")
    judge.add_argument("id", metavar="RUN", help="a run of a GAN on images")
    judge.add_argument(
        "--by", metavar="RUN", help="a CNN trained on the same data (default: the best; if none, one is trained)"
    )
    command("presets", _presets, "List the presets.")
    command("datasets", _datasets, "List the data sets.")
    command("doctor", _doctor, "Check this installation.")
    return parser
