import dataclasses
from typing import Any

import numpy as np
import pytest

from core.analysis.data.check import DataCheck, check_data
from core.analysis.data.duplicates import Duplicates, Pairs
from core.analysis.data.findings import Finding, findings
from core.analysis.data.label_check import LabelCheck
from core.analysis.data.outliers import Outliers


def pairs(train: int = 0, test: int = 0, between: int = 0, conflicts: int = 0) -> Duplicates:
    return Duplicates(*(Pairs(count, ()) for count in (train, test, between, conflicts)))


@pytest.fixture(scope="module")
def sound() -> DataCheck:
    """A check without a fault: 10,000 training and 1,000 test images of two classes."""
    labels = np.arange(400) % 2
    images = np.random.default_rng(0).integers(0, 256, (400, 8, 8, 1), dtype=np.uint8)
    images[labels == 1, :4] = 0
    check = check_data(images[:300], labels[:300], images[300:], labels[300:], ("cat", "dog"), lambda what, share: None)
    vote = LabelCheck(10_000, 10, 0.934, 0, ())
    return dataclasses.replace(check, train_counts=(5000, 5000), test_counts=(500, 500), labels=vote)


def find(check: DataCheck, kind: str, **change: Any) -> Finding:
    return {finding.kind: finding for finding in findings(dataclasses.replace(check, **change))}[kind]


def test_data_without_a_fault_get_good_findings_only(sound: DataCheck) -> None:
    assert {finding.severity for finding in findings(sound)} == {"good"}
    assert find(sound, "leakage").sentence == "No image is in both training and test."
    assert find(sound, "baseline").sentence == (
        "A nearest-neighbour vote gets 93.4 % of the training labels right: a network should do better."
    )


@pytest.mark.parametrize(
    ("change", "kind", "severity", "sentence"),
    [
        ({"exact": pairs(between=12)}, "leakage", "bad", "12 images are in both training and test (leakage): the test"),
        ({"exact": pairs(between=1)}, "leakage", "look", "1 image is in both training and test (leakage)"),
        ({"near": pairs(between=12)}, "near_leakage", "bad", "12 test images nearly repeat a training image: the"),
        ({"near": pairs(between=2)}, "near_leakage", "look", "2 test images nearly repeat a training image: the"),
        ({"exact": pairs(train=1)}, "duplicates", "look", "1 training image exactly repeats another one."),
        ({"exact": pairs(train=1500)}, "duplicates", "bad", "1,500 training images exactly repeat another one."),
        ({"near": pairs(train=3)}, "near_duplicates", "good", "3 training images nearly repeat another one."),
        ({"near": pairs(train=30)}, "near_duplicates", "look", "30 training images nearly repeat another one."),
        ({"exact": pairs(test=2)}, "test_duplicates", "look", "2 test images exactly repeat another one."),
        ({"exact": pairs(conflicts=2)}, "conflicts", "bad", "2 images have a different label than an identical image"),
        (
            {"near": pairs(conflicts=1)},
            "near_conflicts",
            "look",
            "1 image has a different label than a nearly identical image",
        ),
        ({"train_counts": (9000, 3000)}, "balance", "look", "The largest class has 3 times as many images as the"),
        ({"train_counts": (9500, 500)}, "balance", "bad", "The largest class has 19 times as many images as the"),
        ({"train_counts": (7000, 3000)}, "balance", "good", "The classes have 3,000 to 7,000 training images each."),
        (
            {"train_counts": (10_000, 0)},
            "absent",
            "bad",
            "There are no training images of dog: no network can learn it.",
        ),
        ({"train_counts": (60, 49)}, "few", "look", "There are fewer than 50 training images of dog."),
        ({"test_counts": (0, 1000)}, "untested", "look", "There are no test images of cat: its accuracy is unknown."),
        ({"test_counts": (0, 0)}, "untested", "bad", "There are no test images"),
        ({"empty": Outliers(2, ())}, "empty", "look", "2 images are nearly empty"),
        ({"brightness": Outliers(1, ())}, "brightness", "good", "1 image is much brighter or darker"),
        ({"brightness": Outliers(90, ())}, "brightness", "look", "90 images are much brighter or darker"),
        ({"train_sizes": Outliers(1, ())}, "sizes", "look", "1 original has an unusual size or shape"),
        ({"test_sizes": Outliers(0, ())}, "sizes", "good", "The originals of each class have similar"),
        (
            {"labels": LabelCheck(10_000, 10, 0.93, 37, ())},
            "labels",
            "look",
            "37 labels look wrong: their neighbours agree on another class",
        ),
        (
            {"labels": LabelCheck(10_000, 10, 0.93, 1, ())},
            "labels",
            "look",
            "1 label looks wrong: its neighbours agree",
        ),
        ({"labels": LabelCheck(10_000, 10, 0.93, 300, ())}, "labels", "bad", "300 labels look wrong"),
        ({"labels": LabelCheck(500, 10, 0.93, 9, ())}, "labels", "look", "9 labels of the 500 checked ones look"),
        ({"labels": LabelCheck(10_000, 10, 0.35, 99, ())}, "baseline", "look", "A nearest-neighbour vote gets 35.0 %"),
    ],
)
def test_each_fault_is_said_in_a_sentence(
    sound: DataCheck, change: dict[str, Any], kind: str, severity: str, sentence: str
) -> None:
    found = find(sound, kind, **change)
    assert found.severity == severity
    assert found.sentence.startswith(sentence)
    assert found.sentence.endswith(".")


def test_neighbours_that_are_mostly_wrong_accuse_no_label(sound: DataCheck) -> None:
    check = dataclasses.replace(sound, labels=LabelCheck(10_000, 10, 0.35, 99, ()))
    assert "labels" not in {finding.kind for finding in findings(check)}


def test_the_worst_comes_first(sound: DataCheck) -> None:
    check = dataclasses.replace(sound, exact=pairs(between=500), empty=Outliers(1, ()))
    severities = [finding.severity for finding in findings(check)]
    assert severities == ["bad", "look"] + ["good"] * (len(severities) - 2)


def test_many_classes_are_not_all_named(sound: DataCheck) -> None:
    classes = ("cat", *(f"bird {i}" for i in range(6)))
    check = dataclasses.replace(sound, classes=classes, train_counts=(9, *[0] * 6), test_counts=(1,) * 7)
    assert find(check, "absent").sentence.startswith(
        "There are no training images of bird 0, bird 1, bird 2 and 3 more"
    )


def test_each_kind_is_said_once(sound: DataCheck) -> None:
    kinds = [finding.kind for finding in findings(sound)]
    assert len(kinds) == len(set(kinds))
