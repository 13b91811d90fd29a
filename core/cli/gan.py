"""Commands for the output of a GAN: samples, judge."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core import datasets as data
from core.analysis.gan.quality_report import QualityReport
from core.cli.command import Commands
from core.cli.follow import open_home, wait
from core.cli.report import percent, show, write_file
from core.runs.gan_quality import queue_judging, read_quality
from core.runs.samples import Request, generate, label_of
from core.settings import Settings
from core.store import Run, Status
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    make = command("samples", samples, "Generate examples with a trained generator.")
    make.add_argument("id", metavar="RUN", help="a GAN run")
    make.add_argument("--n", type=int, default=64, help="number of examples")
    make.add_argument("--seed", type=int, default=0, help="seed of the noise: the same seed gives the same examples")
    make.add_argument(
        "--snapshot", "--moment", dest="snapshot", type=int, metavar="STEP", help="a snapshot (default: the last)"
    )
    make.add_argument("--label", metavar="CLASS", help="class to generate; for a conditional generator")
    make.add_argument("--out", type=Path, metavar="PATH", default=Path("samples.npz"), help="file to write")
    sub = command("judge", judge, "Measure the quality of a GAN's images with a classifier.")
    sub.add_argument("id", metavar="RUN", help="a GAN run on images")
    best = "default: the best; if there is none, one is trained"
    sub.add_argument("--by", metavar="RUN", help=f"a CNN trained on the same data ({best})")


def samples(settings: Settings, options: argparse.Namespace) -> int:
    """Write generated examples to a file."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    label = None if options.label is None else label_of(store, run, options.label)
    made = generate(store, run, Request(options.n, options.seed, label, options.snapshot), actor=LOCAL)
    write_file(options.out, made.npz())
    show(options, {**made.about, "out": str(options.out)}, f"{options.out}  {options.n:,} made by {made.about['name']}")
    return 0


def judge(settings: Settings, options: argparse.Namespace) -> int:
    """Measure a GAN with a classifier and print the findings."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    task = queue_judging(store, run, LOCAL, None if options.by is None else store.runs.get(options.by))
    task = wait(store, task, shows=not options.json and sys.stderr.isatty())
    quality = read_quality(store, run) if task.status is Status.SUCCEEDED else None
    if quality is None:
        print(f"glassbox: run {run.id} was not measured. {task.error or 'The task was stopped.'}", file=sys.stderr)
        return 1
    classes = data.find_dataset(settings, run.dataset).spec.classes
    show(options, {"run": run.id, "dataset": run.dataset, **quality.to_dict()}, _found(run, quality, classes))
    return 0


def _found(run: Run, quality: QualityReport, classes: Sequence[str]) -> str:
    """Return the findings as lines, each number beside that of real images."""
    found, seen, scarcest = quality.last.judgement, quality.last.judgement.coverage, quality.scarcest
    low, high = found.frechet_interval
    share, fair = percent(seen.shares[scarcest]), percent(quality.fair[scarcest])
    lines = {
        run.id: f"step {quality.last.step:,}, measured by {quality.judge_name} ({percent(quality.accuracy)} right)",
        "sure": f"{percent(seen.confidence)} (real images {percent(quality.confidence_floor)})",
        "classes": f"{seen.covered} of {len(classes)}; {classes[scarcest]} falls short most: {share} instead of {fair}",
        "Fréchet": f"{found.frechet:.1f} ({low:.1f} to {high:.1f}; real images {found.frechet_floor:.1f})",
        "kernel": f"{found.kernel:.3g} (real images {found.kernel_floor:.3g})",
        "precision": f"{percent(found.precision)} (real images {percent(found.precision_floor)})",
        "recall": f"{percent(found.recall)} (real images {percent(found.recall_floor)})",
    }
    return "\n".join(f"{name:<10}  {said}" for name, said in lines.items())
