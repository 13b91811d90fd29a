"""Charts and main results of a supervised run, by the kind of its target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, NextToken, Number, TokenSequence
from core.families.family import Chart, Result
from core.families.supervised.config import SupervisedConfig
from core.names import points, signed
from core.schedule.losses import CLASS_LOSSES, NUMBER_LOSSES, SupervisedLoss


def _of_classes(config: object, spec: DataSpec) -> bool:
    return isinstance(spec.target, Classes)


def _of_number(config: object, spec: DataSpec) -> bool:
    return isinstance(spec.target, Number)


def _of_text(config: object, spec: DataSpec) -> bool:
    return isinstance(spec.target, NextToken)


def _of_answers(config: object, spec: DataSpec) -> bool:
    return isinstance(spec.target, TokenSequence)


COUNTED = {"nats_uniform": "all alike", "nats_1gram": "1-gram", "nats_3gram": "3-gram", "nats_5gram": "5-gram"}
_BOTH = ("training", "validation")


def _losses(losses: Mapping[str, SupervisedLoss]) -> Iterator[Chart]:
    """Yield a chart for each loss; only runs with the same loss can be drawn in one."""
    for name, loss in losses.items():
        yield Chart("Loss", loss.unit, ("loss", "val_loss"), _BOTH, takes=partial(_with_loss, name, losses))


def _with_loss(name: str, losses: Mapping[str, SupervisedLoss], config: SupervisedConfig, spec: DataSpec) -> bool:
    kinds = {Classes: CLASS_LOSSES, Number: NUMBER_LOSSES}
    return losses is kinds.get(type(spec.target)) and config.loss_on(spec) == name


CHARTS = (
    *_losses(CLASS_LOSSES),
    *_losses(NUMBER_LOSSES),
    Chart("Accuracy", "share right", ("accuracy", "val_accuracy"), _BOTH, takes=_of_classes, digits=".1%"),
    Chart("Mean absolute error", "in the unit of the target", ("mae", "val_mae"), _BOTH, takes=_of_number),
    Chart("Loss", "nats a character, × 1.44 in bits", ("loss", "val_loss"), _BOTH, takes=_of_text, levels=COUNTED),
    Chart("Next character", "share right", ("accuracy", "val_accuracy"), _BOTH, takes=_of_text, digits=".1%"),
    Chart("Loss", "nats a character", ("loss", "val_loss"), _BOTH, takes=_of_answers),
    Chart("Exact answers", "share right throughout", ("exact", "val_exact"), _BOTH, takes=_of_answers, digits=".1%"),
)
ACCURACY = Result(
    "test_accuracy_last",
    "Test accuracy",
    lambda share: f"{share:.1%}".replace("%", " %"),
    points,
    "Accuracy, confusion matrix and mistakes on test examples appear here after training.",
    ("accuracy", "Training accuracy"),
    page="pages._ui.results.classifier:results",
    is_share=True,
    highest=1,
    takes=lambda spec: _of_classes(None, spec),
)
R2 = Result(
    "test_r2_last",
    "Test R²",
    lambda share: f"R² {share:.3f}",
    lambda apart: signed(apart, ".3f"),
    "Errors on test examples appear here after training.",
    None,
    page="pages._ui.results.number:results",
    more=("test_rmse_last", "test_mae_last"),
    highest=1,
    takes=lambda spec: _of_number(None, spec),
)
NATS = Result(
    "test_nats_last",
    "Surprise at test characters",
    lambda nats: f"{nats:.3f} nats",
    lambda apart: f"{signed(apart, '.3f')} nats",
    "How surprised it is at unseen text, beside methods that count, and what it writes appear here after training.",
    None,
    page="pages._ui.results.next_token:results",
    takes=lambda spec: _of_text(None, spec),
)
EXACT = Result(
    "test_exact_last",
    "Exact answers",
    lambda share: f"{share:.1%} exact".replace("%", " %"),
    points,
    "How many answers to unseen texts are right throughout, and which are not, appear here after training.",
    ("exact", "Exact answers in training"),
    page="pages._ui.results.token_sequence:results",
    more=("test_token_accuracy_last",),
    is_share=True,
    highest=1,
    takes=lambda spec: _of_answers(None, spec),
)
RESULTS = (ACCURACY, R2, NATS, EXACT)
