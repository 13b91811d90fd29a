"""Small tables from scikit-learn: flowers, wines, tumours, and diabetes with a number to predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Column, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.settings import Settings

SEED = 0
SHARE = 0.2  # of the rows are for testing


@dataclass(frozen=True)
class _Table:
    title: str
    source: str
    columns: tuple[Column, ...]
    target: Classes | Number
    train_size: int
    test_size: int


def _columns(*measured: tuple[str, float, float]) -> tuple[Column, ...]:
    """Return columns of (name, mean, standard deviation) over the training rows; a test recomputes them."""
    return tuple(Column(name, mean=mean, spread=spread) for name, mean, spread in measured)


_TABLES = {
    "iris": _Table(
        "Iris: three species of 150 flowers",
        "Fisher, The use of multiple measurements in taxonomic problems, 1936",
        _columns(
            ("sepal length in cm", 5.8575, 0.851436),
            ("sepal width in cm", 3.04917, 0.445158),
            ("petal length in cm", 3.75917, 1.7808),
            ("petal width in cm", 1.2075, 0.763671),
        ),
        Classes(("setosa", "versicolor", "virginica"), (40, 40, 40)),
        120,
        30,
    ),
    "wine": _Table(
        "Wine: three growers, 13 measures",
        "Aeberhard and Forina, UCI Wine, 1991",
        _columns(
            ("alcohol", 13.0221, 0.814781),
            ("malic acid", 2.33577, 1.12964),
            ("ash", 2.37768, 0.272285),
            ("alcalinity of ash", 19.6789, 3.41675),
            ("magnesium", 99.0141, 13.5231),
            ("total phenols", 2.29556, 0.614226),
            ("flavanoids", 2.0293, 1.00583),
            ("nonflavanoid phenols", 0.365563, 0.120477),
            ("proanthocyanins", 1.59852, 0.581861),
            ("color intensity", 5.01528, 2.32615),
            ("hue", 0.95307, 0.217686),
            ("OD280/OD315", 2.61359, 0.699526),
            ("proline", 750.915, 324.104),
        ),
        Classes(("grower 1", "grower 2", "grower 3"), (47, 57, 38)),
        142,
        36,
    ),
    "breast_cancer": _Table(
        "Breast cancer: tumours of 569 patients",
        "Wolberg, Street and Mangasarian, UCI Breast Cancer Wisconsin (Diagnostic), 1993",
        _columns(
            ("mean radius", 14.1407, 3.59689),
            ("mean texture", 19.2288, 4.35313),
            ("mean perimeter", 92.0493, 24.7869),
            ("mean area", 657.659, 362.721),
            ("mean smoothness", 0.0964813, 0.0138771),
            ("mean compactness", 0.104119, 0.052037),
            ("mean concavity", 0.0879233, 0.0769001),
            ("mean concave points", 0.0491028, 0.0388787),
            ("mean symmetry", 0.181072, 0.0270682),
            ("mean fractal dimension", 0.0627191, 0.00697519),
            ("radius error", 0.404835, 0.284997),
            ("texture error", 1.21422, 0.56452),
            ("perimeter error", 2.87617, 2.10186),
            ("area error", 40.6882, 47.7232),
            ("smoothness error", 0.00708365, 0.00308004),
            ("compactness error", 0.0253229, 0.0171434),
            ("concavity error", 0.0310979, 0.0258836),
            ("concave points error", 0.011803, 0.00603902),
            ("symmetry error", 0.0205469, 0.00833957),
            ("fractal dimension error", 0.0037421, 0.00227295),
            ("worst radius", 16.2773, 4.91205),
            ("worst texture", 25.5918, 6.21601),
            ("worst perimeter", 107.365, 34.1858),
            ("worst area", 883.72, 584.499),
            ("worst smoothness", 0.132465, 0.0227265),
            ("worst compactness", 0.254187, 0.155446),
            ("worst concavity", 0.269816, 0.203356),
            ("worst concave points", 0.114925, 0.066569),
            ("worst symmetry", 0.289765, 0.0605975),
            ("worst fractal dimension", 0.0839525, 0.0177111),
        ),
        Classes(("malignant", "benign"), (170, 285)),
        455,
        114,
    ),
    "diabetes": _Table(
        "Diabetes: how far it went in a year",
        "Efron et al., Least angle regression, 2004",
        _columns(
            ("age", 48.7479, 13.3305),
            ("sex", 1.48725, 0.499837),
            ("body mass index", 26.3113, 4.53559),
            ("blood pressure", 94.4551, 13.6652),
            ("total cholesterol", 188.773, 34.2397),
            ("LDL", 114.875, 30.0718),
            ("HDL", 49.7295, 12.8182),
            ("cholesterol ratio", 4.08176, 1.30218),
            ("log triglycerides", 4.64174, 0.537349),
            ("glucose", 91.2153, 11.9123),
        ),
        Number("disease progression in a year", "", 151.606, 78.2988),
        353,
        89,
    ),
}


def _load(name: str) -> Arrays:
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    target = _TABLES[name].target
    options = {} if isinstance(target, Classes) else {"scaled": False}  # in the original units
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True, **options)
    x, y = x.astype(np.float32), y.astype(target.dtype)
    by_class = y if isinstance(target, Classes) else None
    parts = train_test_split(x, y, test_size=SHARE, random_state=SEED, stratify=by_class)
    return dict(zip(("x_train", "x_test", "y_train", "y_test"), parts, strict=True))


def _program(name: str) -> str:
    """Return lines of Python that load the same arrays."""
    target = _TABLES[name].target
    of_classes = isinstance(target, Classes)
    return f"""\
from sklearn.datasets import load_{name}
from sklearn.model_selection import train_test_split

x, y = load_{name}(return_X_y=True{"" if of_classes else ", scaled=False"})
x, y = x.astype("float32"), y.astype("{target.dtype}")
x_train, x_test, y_train, y_test = train_test_split(
    x, y, test_size={SHARE}, random_state={SEED}{", stratify=y" if of_classes else ""}
)"""


def _dataset(name: str) -> Dataset:
    table = _TABLES[name]

    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        return _load(name)

    return Dataset(
        id=name,
        title=table.title,
        spec=DataSpec(Vector(table.columns), table.target, table.train_size, table.test_size),
        split=f"{table.train_size} training rows and {table.test_size} test rows, drawn from a fixed seed"
        + (" with equal shares of each class." if isinstance(table.target, Classes) else "."),
        source=f"{table.source}; scikit-learn",
        licence="BSD-3-Clause, as scikit-learn; UCI's are CC BY 4.0",
        load=load,
        program=_program(name),
        split_seed=SEED,
    )


TABLES = tuple(_dataset(name) for name in _TABLES)
