"""Command that says why a trained network answered as it did: explain."""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.analysis.attribution.ways import WAYS
from core.cli.command import Commands, refuse
from core.cli.follow import open_home
from core.cli.predict import read_examples
from core.cli.report import percent, show, write_file
from core.datasets import Dataset, find_dataset
from core.datasets.targets import NextToken
from core.errors import DatasetError
from core.runs.explain import check_explained, explain, step_of, target_of, tested_example, written_example
from core.settings import Settings
from core.store import Run, Store
from core.store.records import LOCAL

TEST, TEXT = "test:", "text:"
_INPUT = "a test example, a text, or a file with a picture or a row"


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("explain", answer, "Say which parts of an input moved a network's answer, and how much.")
    sub.add_argument("id", metavar="RUN", help="a run that learned classes or a number")
    sub.add_argument("--method", required=True, choices=list(WAYS), help="how to find that out")
    sub.add_argument("--step", type=int, help="a saved snapshot; by default the one that answers for the run")
    sub.add_argument("--target", metavar="CLASS", help="the class to explain; by default the network's answer")
    sub.add_argument("--input", required=True, metavar="test:N|text:TEXT|FILE", help=_INPUT)
    sub.add_argument("--out", required=True, type=Path, metavar="FILE.npz", help="where the arrays go")


def answer(settings: Settings, options: argparse.Namespace) -> int:
    """Write the attribution of one input, and print what it is about."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    dataset = find_dataset(settings, run.dataset)
    check_explained(store, run, dataset, options.method)
    step = step_of(store, run, options.step)
    try:
        target = target_of(dataset, options.target)
        example = _example(store, run, dataset, options.input)
    except DatasetError as error:
        return refuse(error)
    found = explain(store, run, example, options.method, target=target, step=step, actor=LOCAL)
    write_file(options.out, _packed(example, found, dataset))
    said = _said(found, dataset)
    show(options, {"run": run.id, "step": step, "method": options.method, **said}, _line(said, options.out))
    return 0


def _example(store: Store, run: Run, dataset: Dataset, given: str) -> np.ndarray:
    if given.startswith(TEST):
        row = given.removeprefix(TEST)
        if not row.isdecimal() or len(row) > 9:
            raise DatasetError("there is no such test example", expected="test:N, such as test:17", received=given)
        return tested_example(store, run, int(row), actor=LOCAL)
    if given.startswith(TEXT):
        return written_example(dataset, given.removeprefix(TEXT))
    asked, examples = read_examples([Path(given)], dataset)
    if len(examples) != 1:
        raise DatasetError(f"{Path(given).name} has {len(asked)} rows", expected="a table of one row")
    return examples[0]


def _packed(example: np.ndarray, found: Mapping[str, np.ndarray], dataset: Dataset) -> bytes:
    """Return the arrays as an `.npz` file."""
    kept = {"input": example, "attribution": found["attribution"], "target": found["target"]}
    kept["probabilities" if _names(dataset) else "number"] = found["answers"]
    kept |= {name: found[name] for name in ("completeness",) if name in found}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **kept)
    return buffer.getvalue()


def _said(found: Mapping[str, np.ndarray], dataset: Dataset) -> dict[str, object]:
    target, residual = int(found["target"]), found.get("completeness")
    answer = float(found["answers"][target])
    about: dict[str, object] = {"value": float(f"{answer:.6g}")}
    if names := _names(dataset):
        about = {"target": names[target], "probability": round(answer, 6)}
    return {**about, "residual": None if residual is None else round(float(residual), 6)}


def _names(dataset: Dataset) -> tuple[str, ...]:
    """Return what the answers are of: classes, or the next characters; () of a number."""
    target = dataset.spec.target
    return target.vocabulary if isinstance(target, NextToken) else dataset.spec.classes


def _line(said: dict[str, object], out: Path) -> str:
    share = said.get("probability")
    what = f"{said['value']:g}" if share is None else f"{said['target']}  {percent(float(str(share)))}"
    residual = said["residual"]
    missed = "" if residual is None else f"  adds up but for {percent(float(str(residual)))}"
    return f"{what}{missed}  {out}"
