"""The part of a printed program that selects training images and corrupts data."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from core.datasets import corruptions
from core.schedule.plan import SPLIT_SEED
from core.schedule.split import training_rows

if TYPE_CHECKING:
    from core.datasets import DataSpec
    from core.families.supervised.config import SupervisedConfig


def print_broken(config: SupervisedConfig, spec: DataSpec) -> str:
    """Return the functions that corrupt data and their calls; empty if nothing is corrupted.

    If `print_split` prints a selection, it corrupts the labels itself: only those of used images are corrupted.
    """
    functions = _functions(config)
    if not functions:
        return ""
    names = ["BREAK_SEED", *(["DARK", "NOISE", "MOVED"] if corruptions.shifted_images in functions else [])]
    constants = "\n".join(f"{name} = {getattr(corruptions, name)!r}" for name in names)
    sources = [inspect.getsource(function).rstrip() for function in functions]
    return "\n\n\n".join(filter(None, [constants, *sources, "\n".join(_calls(config, spec))]))


def print_corrected(config: SupervisedConfig) -> str:
    """Return the lines that correct training labels, and name the examples that `print_split` leaves out."""
    relabelled = {one.row: one.right for one in config.corrected if one.right is not None}
    lines = (
        ["y_train = np.array(y_train)", f"y_train[{[*relabelled]}] = {[*relabelled.values()]}"] if relabelled else []
    )
    return "\n".join([*lines, *([f"left_out = {config.left_out}"] if config.left_out else [])])


def print_split(config: SupervisedConfig, spec: DataSpec) -> str:
    """Return the lines that select training and validation images; empty if all are trained on."""
    if not _is_split(config, spec):
        return ""
    validation_size, drops = config.validation_size(spec), config.left_out
    most = f"[:{config.train_images}]" if _is_cut(config, spec) else ""
    lines = [f"rows = np.random.default_rng({SPLIT_SEED}).permutation(len(x_train)){most}"]
    kept = "np.setdiff1d({}, left_out)" if drops else "np.sort({})"
    if call := _wrong_labels(config, spec, "y_train[used]"):
        lines += [
            f"used, y_train = {kept.format('rows')}, np.array(y_train)",
            f"y_train[used] = {call}  # validation labels too",
        ]
    if spec.groups and validation_size:
        lines.append(f"validation = np.r_[{_say_held(config, spec)}]  # bursts stay whole")
        held = "np.union1d(validation, left_out)" if drops else "validation"
        lines.append(f"learn = np.setdiff1d(rows, {held})")
        lines.append("x_val, y_val = x_train[validation], y_train[validation]")
    elif spec.overlap and validation_size:
        lines = [lines[0].replace(" = ", " = np.sort(") + ")"] if most else ["rows = np.arange(len(x_train))"]
        learned = config.plan(spec).examples
        lines.append(
            f"validation, learn = rows[-{validation_size}:], rows[:{learned}]  # the end, and what lies before"
        )
        lines.append("x_val, y_val = x_train[validation], y_train[validation]")
    elif validation_size:
        drawn = config.drawn_for_validation(spec)
        parts = (kept.format(f"rows[:{drawn}]"), kept.format(f"rows[{drawn}:]"))
        lines.append(f"validation, learn = {', '.join(parts)}")
        lines.append("x_val, y_val = x_train[validation], y_train[validation]")
    else:
        lines.append(f"learn = {kept.format('rows')}")
    return "\n".join([*lines, "x_train, y_train = x_train[learn], y_train[learn]"])


def _say_held(config: SupervisedConfig, spec: DataSpec) -> str:
    """Return the rows that are held back, among those that imbalance keeps, as slices."""
    labels = np.repeat(*np.transpose(spec.groups))
    rows = training_rows(config, labels, spec.num_classes, spec.groups)
    kept = corruptions.kept_rows(labels, config.imbalance, spec.num_classes)
    held = np.searchsorted(kept, rows.validation)
    runs = np.split(held, np.flatnonzero(np.diff(held) > 1) + 1)
    return ", ".join(f"{run[0]}:{run[-1] + 1}" for run in runs)


def _functions(config: SupervisedConfig) -> list[Callable[..., np.ndarray]]:
    used: dict[Callable[..., np.ndarray], bool] = {
        corruptions.kept_counts: config.imbalance != 1,
        corruptions.kept_rows: config.imbalance != 1,
        corruptions.broken_labels: config.label_noise > 0 or config.shuffle_labels == "on",
        corruptions.shifted_images: config.test_shift != "none",
    }
    return [function for function, is_used in used.items() if is_used]


def _calls(config: SupervisedConfig, spec: DataSpec) -> list[str]:
    lines = []
    if config.imbalance != 1:
        lines.append(f"kept = kept_rows(y_train, {config.imbalance!r}, {spec.num_classes})")
        lines.append("x_train, y_train = x_train[kept], y_train[kept]")
    if not _is_split(config, spec) and (call := _wrong_labels(config, spec, "y_train")):
        lines.append(f"y_train = {call}")
    if config.test_shift != "none":
        lines.append(f'x_test = shifted_images(x_test, "{config.test_shift}")')
    return lines


def _wrong_labels(config: SupervisedConfig, spec: DataSpec, labels: str) -> str:
    shuffled = config.shuffle_labels == "on"
    if not config.label_noise and not shuffled:
        return ""
    return f"broken_labels({labels}, {spec.num_classes}, {config.label_noise!r}, {shuffled})"


def _is_split(config: SupervisedConfig, spec: DataSpec) -> bool:
    return _is_cut(config, spec) or config.validation_size(spec) > 0 or bool(config.left_out)


def _is_cut(config: SupervisedConfig, spec: DataSpec) -> bool:
    return 0 < config.train_images < config.kept_size(spec)
