"""Commands about what a GAN makes: samples, judge."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core import datasets as data
from core.analysis.gan.quality_report import QualityReport
from core.cli.command import Commands
from core.cli.files import write_file
from core.cli.follow import open_home, wait
from core.cli.report import percent, show
from core.runs.gan_quality import queue_judging, read_quality
from core.runs.samples import Request, generate, label_of
from core.settings import Settings
from core.store import Run, Status
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare them."""
    make = command("samples", samples, "Let a trained generator make examples.")
    make.add_argument("id", metavar="RUN", help="a run of a GAN")
    make.add_argument("--n", type=int, default=64, help="how many")
    make.add_argument("--seed", type=int, default=0, help="of the noise: the same one makes the same examples")
    make.add_argument(
        "--snapshot", "--moment", dest="snapshot", type=int, metavar="STEP", help="a snapshot (default: the last)"
    )
    make.add_argument("--label", metavar="CLASS", help="the class to ask for, if the generator can be told one")
    make.add_argument("--out", type=Path, metavar="PATH", default=Path("samples.npz"), help="file to write")
    sub = command("judge", judge, "Let a classifier say how good the images of a GAN are.")
    sub.add_argument("id", metavar="RUN", help="a run of a GAN on images")
    best = "default: the best; if none, one is trained"
    sub.add_argument("--by", metavar="RUN", help=f"a CNN trained on the same data ({best})")


def samples(settings: Settings, options: argparse.Namespace) -> int:
    """Write what a generator makes to a file."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    label = None if options.label is None else label_of(store, run, options.label)
    made = generate(store, run, Request(options.n, options.seed, label, options.snapshot), actor=LOCAL)
    write_file(options.out, made.npz())
    show(options, {**made.about, "out": str(options.out)}, f"{options.out}  {options.n:,} made by {made.about['name']}")
    return 0


def judge(settings: Settings, options: argparse.Namespace) -> int:
    """Let a classifier judge a GAN and print what it found."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    task = queue_judging(store, run, LOCAL, None if options.by is None else store.runs.get(options.by))
    task = wait(store, task, shows=not options.json and sys.stderr.isatty())
    quality = read_quality(store, run) if task.status is Status.SUCCEEDED else None
    if quality is None:
        print(f"glassbox: run {run.id} was not judged. {task.error or 'It was stopped.'}", file=sys.stderr)
        return 1
    classes = data.find_dataset(settings, run.dataset).spec.classes
    show(options, {"run": run.id, "dataset": run.dataset, **quality.to_dict()}, _found(run, quality, classes))
    return 0


def _found(run: Run, quality: QualityReport, classes: Sequence[str]) -> str:
    """Say in lines what a classifier has found, each number beside that of real images."""
    found, seen, scarcest = quality.last.judgement, quality.last.judgement.coverage, quality.scarcest
    low, high = found.frechet_interval
    share, fair = percent(seen.shares[scarcest]), percent(quality.fair[scarcest])
    lines = {
        run.id: f"step {quality.last.step:,}, judged by {quality.judge_name} ({percent(quality.accuracy)} right)",
        "sure": f"{percent(seen.confidence)} (of real images {percent(quality.confidence_floor)})",
        "classes": f"{seen.covered} of {len(classes)}; {classes[scarcest]} falls short most: {share} instead of {fair}",
        "Fréchet": f"{found.frechet:.1f} ({low:.1f} to {high:.1f}; of real images {found.frechet_floor:.1f})",
        "kernel": f"{found.kernel:.3g} (of real images {found.kernel_floor:.3g})",
        "precision": f"{percent(found.precision)} (of real images {percent(found.precision_floor)})",
        "recall": f"{percent(found.recall)} (of real images {percent(found.recall_floor)})",
    }
    return "\n".join(f"{name:<10}  {said}" for name, said in lines.items())
