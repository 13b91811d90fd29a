"""Charts and main results of a supervised run, by the kind of its target."""

from __future__ import annotations

from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.families.family import Chart, Result
from core.names import points, signed


def _of_classes(config: object, spec: DataSpec) -> bool:
    return isinstance(spec.target, Classes)


def _of_number(config: object, spec: DataSpec) -> bool:
    return isinstance(spec.target, Number)


_BOTH = ("training", "validation")
CHARTS = (
    Chart("Loss", "cross-entropy, nats", ("loss", "val_loss"), _BOTH, takes=_of_classes),
    Chart("Accuracy", "share right", ("accuracy", "val_accuracy"), _BOTH, takes=_of_classes, digits=".1%"),
    Chart("Loss", "squared error, standardised", ("loss", "val_loss"), _BOTH, takes=_of_number),
    Chart("Mean absolute error", "in the unit of the target", ("mae", "val_mae"), _BOTH, takes=_of_number),
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
RESULTS = (ACCURACY, R2)
